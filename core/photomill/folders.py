"""Folders and files that only the user who runs Photomill may read, whatever the umask is."""

import os
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600

_OTHERS = 0o007


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are not there, for this user alone; one that is there stays as it is.

    :raises OSError: it cannot be made.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_private_folder(folder.parent)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def make_private_file(path: Path) -> None:
    """Make an empty file for this user alone; one that is there stays as it is.

    :raises OSError: it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))
    except FileExistsError:
        return


def file_identity(path: Path) -> tuple[int, int] | None:
    """What stays the same while a file or folder is renamed, and tells it from every other; None for none there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_to_others(path: Path) -> bool:
    """Whether a file or folder has rights for every user of the machine."""
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False
