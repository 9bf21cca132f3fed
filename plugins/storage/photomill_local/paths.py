"""From keys to paths that stay below the root."""

import os
from pathlib import Path
from typing import BinaryIO

from photomill.plugin import NotFound, SourceForbidden, open_regular

PARTIAL_PREFIX = ".photomill-partial-"
"""Names of files that are being written; they are no objects."""


def locate(root: Path, key: str) -> Path:
    """The path of a key, its folder resolved: only the last part may still be a link.

    :raises SourceForbidden: no plain relative path, or a link on the way leads outside.
    """
    parts = key.split("/")
    if not _is_plain(key) or any(_is_special(part) for part in parts):
        raise SourceForbidden(f"{key!r} is no key: expected a path like 'folder/name.jpg'")
    folder = _below(root, root.joinpath(*parts[:-1]), key) if len(parts) > 1 else root
    return folder / parts[-1]


def open_object(root: Path, key: str) -> BinaryIO:
    """Open a regular file.

    :raises SourceForbidden: it lies outside the root, by a link.
    :raises NotFound: a folder, a pipe, a device.
    """
    path = locate(root, key)
    # One that becomes a link after this is not opened.
    file = open_regular(_below(root, path, key) if path.is_symlink() else path)
    if file is None:
        raise NotFound(f"{key!r} is not a file")
    return file


def check_prefix(root: Path, prefix: str) -> None:
    """Check the beginning of keys, which may end anywhere.

    :raises SourceForbidden: what begins so is no key, or lies outside the root.
    """
    locate(root, f"{prefix}-")


def _below(root: Path, path: Path, key: str) -> Path:
    resolved = Path(os.path.realpath(path))
    if not resolved.is_relative_to(root):
        raise SourceForbidden(f"{key!r} leads outside the storage's folder")
    return resolved


def _is_plain(key: str) -> bool:
    try:
        return b"\0" not in os.fsencode(key)
    except UnicodeEncodeError:
        return False


def _is_special(part: str) -> bool:
    return part in ("", ".", "..") or part.startswith(PARTIAL_PREFIX)
