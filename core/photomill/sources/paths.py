"""Opening files that a client or the command line names."""

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from photomill.errors import SourceForbidden, SourceUnreachable
from photomill.sources.regular import open_regular
from photomill.sources.source import PathSource


def open_path(source: PathSource, roots: Iterable[str]) -> BinaryIO:
    """Open a regular file, below one of the roots unless the path is trusted.

    :raises SourceForbidden: outside the roots, by a link too, or not a regular file.
    :raises SourceUnreachable: not there, or not readable.
    """
    path = _resolved(source.path)
    if not source.trusted and not any(path.is_relative_to(_resolved(root)) for root in roots):
        raise SourceForbidden(f"{source.path!r} is not below a folder of [photomill] source_roots")
    try:
        file = open_regular(path)
    except OSError as error:
        raise SourceUnreachable(f"{source.path!r}: {error.strerror}") from None
    if file is None:
        raise SourceForbidden(f"{source.path!r} is not a regular file")
    return file


def _resolved(path: str) -> Path:
    try:
        return Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceForbidden(f"{path!r} is no path: {error}") from None
