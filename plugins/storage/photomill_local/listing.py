"""The files below a folder, in the order of their keys."""

import os
from collections.abc import Iterator
from pathlib import Path

from photomill.plugin import ObjectInfo
from photomill_local.paths import PARTIAL_PREFIX


def list_objects(root: Path, prefix: str, *, recursive: bool) -> Iterator[ObjectInfo]:
    """List regular files whose key begins with ``prefix``, folder by folder; links are not followed.

    Without ``recursive`` only those without a further ``/`` after the prefix.
    """
    folder, _, beginning = prefix.rpartition("/")
    start = f"{folder}/" if folder else ""
    for entry in _entries(root / folder):
        if entry.name.startswith(beginning):
            yield from _below(entry, start + entry.name, recursive=recursive)


def _below(entry: "os.DirEntry[str]", key: str, *, recursive: bool) -> Iterator[ObjectInfo]:
    if entry.is_file(follow_symlinks=False):
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            # It was deleted since the folder was read.
            return
        yield ObjectInfo(key, found.st_size, found.st_mtime)
    elif recursive and entry.is_dir(follow_symlinks=False):
        for inner in _entries(Path(entry.path)):
            yield from _below(inner, f"{key}/{inner.name}", recursive=True)


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    """What is in a folder, so that the keys of all that is below it come in order: ``a.jpg`` before ``a/b.jpg``."""
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if not entry.name.startswith(PARTIAL_PREFIX)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found, key=lambda entry: entry.name + "/" * entry.is_dir(follow_symlinks=False))
