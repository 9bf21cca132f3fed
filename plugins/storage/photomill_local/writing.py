"""Files that are there whole or not at all."""

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from photomill_local.paths import PARTIAL_PREFIX

_OURS = re.compile(re.escape(PARTIAL_PREFIX) + "[0-9a-f]+")
_UNLOCKABLE_SECONDS = 3600.0


@contextmanager
def replaced(path: Path, mode: int, *, durable: bool) -> Iterator[BinaryIO]:
    """Write a file beside ``path`` and put it there once the block has succeeded.

    :param mode: the file's rights, of which the umask still takes some away.
    :param durable: wait until the disk has it.
    """
    # Plain strings: to make paths of them takes longer than to look a file up.
    folder = os.path.dirname(path)
    partial = f"{folder}/{PARTIAL_PREFIX}{secrets.token_hex(8)}"

    def partial_opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode)

    try:
        with open(partial, "xb", opener=partial_opener) as file:
            _claim(file.fileno())
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(partial)
        raise
    if durable:
        _sync_folder(folder)


def remove_partial(folder: Path, before: float) -> None:
    """Remove what was being written when a process died, if it was last written to before a moment.

    What is being written now is locked by who writes it, however slowly; where files cannot be locked, it is left alone
    for an hour more.
    """
    for path in folder.rglob(f"{PARTIAL_PREFIX}*"):
        if _OURS.fullmatch(path.name):
            with suppress(FileNotFoundError):
                _remove_abandoned(path, before)


def _remove_abandoned(path: Path, before: float) -> None:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_mtime >= before:
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        claimed = _claim(descriptor)
        unlockable = claimed is None and status.st_mtime < before - _UNLOCKABLE_SECONDS
        if claimed or unlockable:
            path.unlink()
    finally:
        os.close(descriptor)


def _claim(descriptor: int) -> bool | None:
    """Lock a file for as long as it is open; False where somebody has, None where files cannot be locked here."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
