"""Opening files that a client or the command line names."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from photomill.errors import SourceForbidden, SourceUnreachable
from photomill.sources.source import PathSource


def open_path(source: PathSource, roots: Iterable[str]) -> BinaryIO:
    """Open a regular file, below one of the roots unless the path is trusted.

    :raises SourceForbidden: outside the roots, by a link too, or not a regular file.
    :raises SourceUnreachable: not there, or not readable.
    """
    path = _resolved(source.path)
    if not source.trusted and not any(path.is_relative_to(_resolved(root)) for root in roots):
        raise SourceForbidden(f"{source.path!r} is not below a folder of [photomill] source_roots")
    # The resolved path has no links: one that appears since is an attempt. A pipe would block for ever.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        file = os.fdopen(os.open(path, flags), "rb")
    except OSError as error:
        raise SourceUnreachable(f"{source.path!r}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise SourceForbidden(f"{source.path!r} is not a regular file")
    return file


def _resolved(path: str) -> Path:
    try:
        return Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceForbidden(f"{path!r} is no path: {error}") from None
