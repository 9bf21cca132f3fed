"""Opening files whose names strangers chose."""

import os
import stat
from typing import BinaryIO


def open_regular(path: str | os.PathLike[str], *, follow: bool = False) -> BinaryIO | None:
    """Open a file whose path was resolved and checked; None where it is a folder, a pipe or a device.

    A link that stands there now was not checked: it is an ``OSError``, as is whatever else the system refuses.

    :param follow: take links too, of whoever may name every file.
    """
    # Without O_NONBLOCK a pipe would wait until somebody writes.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags if follow else flags | os.O_NOFOLLOW)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    return None
