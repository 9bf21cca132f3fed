"""Room on disks."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photomill.errors import StorageFull

LEAST_FREE = 1024 * 1024
"""Bytes below which a disk counts as full: a catalog needs some to note even that."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No room on the disk, none in the quota, none in the file."""


def is_full(error: OSError) -> bool:
    """Whether the system refused to write because there is no room."""
    return error.errno in _FULL


@contextmanager
def room_for(what: str) -> Iterator[None]:
    """Say in the engine's words that there is no room.

    :raises StorageFull: in place of the system's error; every other error stays as it is.
    """
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise StorageFull(f"there is no room for {what}: {error.strerror}") from error
        raise


def free_bytes(folder: Path) -> int:
    """How much can be written to the disk of a folder by whoever runs this process.

    :raises OSError: the folder is not there.
    """
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
