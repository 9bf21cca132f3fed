"""Finding the images of a folder."""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import frozen

from photomill.errors import NotFound
from photomill.images.formats import sniff
from photomill.names import escape_name
from photomill.sources.source import PathSource, Source

IMAGE_SUFFIXES = frozenset(
    {
        ".avif",
        ".bmp",
        ".gif",
        ".heic",
        ".heif",
        ".jfif",
        ".jpe",
        ".jpeg",
        ".jpg",
        ".png",
        ".tif",
        ".tiff",
        ".webp",
    }
)
"""Names of images end so, in upper and lower case alike: such a file is taken unread, and its fault is told."""
_HEAD = 512
"""Bytes that tell an image from what is none."""


@frozen
class FoundFile:
    """A file to import.

    :ivar path: absolute.
    :ivar name: the path relative to the folder that was searched, with ``/`` between its parts; of a file that was
        named itself, its name.
    :ivar named: whether it was named itself, and not found in a folder.
    """

    path: Path
    name: PurePosixPath
    named: bool = False

    @property
    def folder(self) -> Path:
        """The folder that was searched; of a file that was named itself, the one that it is in."""
        return self.path.parents[len(self.name.parts) - 1]

    @property
    def place(self) -> tuple[str, str]:
        """The attribute of a record that says where the image is, and what it says."""
        return "_file", escape_name(str(self.path))

    @property
    def source(self) -> Source:
        return PathSource(str(self.path), trusted=True)

    def facts(self) -> dict[str, Any]:
        """What is known without reading it: ``bytes`` and ``modified``.

        :raises OSError: the file is gone, or its folder cannot be read.
        """
        status = self.path.stat()
        return {"bytes": status.st_size, "modified": iso_moment(status.st_mtime)}


def iso_moment(seconds: float) -> str:
    """A moment in ISO 8601 and UTC, to the second.

    :param seconds: since the epoch.
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def find_images(
    places: Iterable[Path],
    *,
    unreadable: Callable[[OSError], None] | None = None,
    left_out: Callable[[Path], None] = lambda path: None,
) -> Iterator[FoundFile]:
    """Yield the images of folders, as they are found and in the order of their names.

    Folders are searched to any depth for files that are images by their names or their contents; hidden files and
    folders are passed by. Symbolic links are followed, into each folder once. A file that is named itself is taken
    whatever it is.

    :param unreadable: told of each folder that cannot be read, by ``error.filename``; without it, it is raised.
    :param left_out: told of each file of a folder that is no image.
    :raises NotFound: a place does not exist.
    :raises OSError: a folder cannot be read.
    """
    for place in places:
        start = place.absolute()
        if start.is_dir():
            yield from _images_below(start, unreadable or _raise, left_out)
        elif start.exists():
            yield FoundFile(start, PurePosixPath(start.name), named=True)
        else:
            raise NotFound(f"no file or folder {str(place)!r}")


def _images_below(
    root: Path, unreadable: Callable[[OSError], None], left_out: Callable[[Path], None]
) -> Iterator[FoundFile]:
    visited: set[tuple[int, int]] = set()
    # A stack, as a tree of folders may be deeper than Python recurses.
    pending = [_entries(root, visited, unreadable)]
    while pending:
        entry = next(pending[-1], None)
        if entry is None:
            pending.pop()
        elif _is_folder(entry):
            pending.append(_entries(Path(entry.path), visited, unreadable))
        elif _is_image(entry):
            path = Path(entry.path)
            yield FoundFile(path, PurePosixPath(path.relative_to(root)))
        else:
            left_out(Path(entry.path))


def _entries(
    folder: Path, visited: set[tuple[int, int]], unreadable: Callable[[OSError], None]
) -> Iterator[os.DirEntry[str]]:
    """What is shown in a folder, by name; nothing where it was visited before."""
    try:
        status = folder.stat()
        identity = status.st_dev, status.st_ino
        if identity in visited:
            return iter(())
        visited.add(identity)
        with os.scandir(folder) as entries:
            shown = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        unreadable(error)
        return iter(())
    return iter(sorted(shown, key=lambda entry: entry.name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _is_image(entry: os.DirEntry[str]) -> bool:
    if os.path.splitext(entry.name)[1].lower() in IMAGE_SUFFIXES:
        return True
    try:
        # What is no file may block whoever opens it.
        if not entry.is_file():
            return False
        with open(entry.path, "rb") as file:
            return sniff(file.read(_HEAD)) is not None
    except OSError:
        return False


def _raise(error: OSError) -> None:
    raise error
