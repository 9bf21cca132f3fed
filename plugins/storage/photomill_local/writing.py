"""Files that are there whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from photomill_local.paths import PARTIAL_PREFIX


@contextmanager
def replaced(path: Path, mode: int) -> Iterator[BinaryIO]:
    """Write a file beside ``path`` and put it there, durably, once the block has succeeded.

    :param mode: the file's rights, of which the umask still takes some away.
    """
    partial = path.with_name(PARTIAL_PREFIX + secrets.token_hex(8))

    def partial_opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode)

    try:
        with open(partial, "xb", opener=partial_opener) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def remove_partial(folder: Path, before: float) -> None:
    """Remove what was being written when a process died, if it was last written to before a moment."""
    for path in folder.rglob(f"{PARTIAL_PREFIX}*"):
        with suppress(FileNotFoundError):
            if path.lstat().st_mtime < before:
                path.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
