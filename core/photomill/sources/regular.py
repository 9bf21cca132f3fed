"""Opening files whose names strangers chose."""

import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path) -> BinaryIO | None:
    """Open a file whose path was resolved and checked; None where it is a folder, a pipe or a device.

    A link that stands there now was not checked: it is an ``OSError``, as is whatever else the system refuses.
    """
    # Without O_NONBLOCK a pipe would wait until somebody writes.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    return None
