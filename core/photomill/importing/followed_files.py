"""Listing the files of folders that are followed: what is there, and what may be there though it is not seen."""

import os
from collections.abc import Callable, Iterator, Sequence, Set
from pathlib import Path

from attrs import define, field

from photomill.collections.model import Record
from photomill.errors import SourceUnreachable
from photomill.importing.importer import ImportFailure
from photomill.names import unescape_name
from photomill.sources.walking import FoundFile, find_images

Stamp = tuple[int, int, int]
"""Bytes, and when the content and the entry were changed: a file is at rest while they stay."""


@define
class FollowedFiles:
    """The files below some folders.

    :ivar unseen: folders below which there may be more, as nothing is in them or they cannot be read.
    """

    files: dict[Path, tuple[FoundFile, Stamp]] = field(factory=dict)
    unseen: list[Path] = field(factory=list)
    failures: list[ImportFailure] = field(factory=list)

    def missing(self, known: Set[Path], places: Sequence[Path]) -> set[Path]:
        """Those of some files that are gone, and not only out of sight.

        :param known: files that were there.
        :param places: the folders and files that were looked at.
        """
        gone = {
            path
            for path in known - self.files.keys()
            if not any(path.is_relative_to(unseen) for unseen in self.unseen)
        }
        ends, empty = set(places), dict[Path, bool]()
        return {path for path in gone if not _is_unmounted(path, ends, empty)}


def find_files(places: Sequence[Path]) -> FollowedFiles:
    """List the images of folders, and files that are named themselves."""
    found = FollowedFiles()

    def unreadable(error: OSError) -> None:
        path = Path(os.fsdecode(error.filename))
        found.unseen.append(path)
        found.failures.append(ImportFailure(path, SourceUnreachable(str(error))))

    for place in places:
        count = 0
        for file in _images_of(place, unreadable):
            count += 1
            try:
                status = file.path.stat()
            except FileNotFoundError:
                continue  # It is gone again.
            except OSError as error:
                unreadable(error)
                continue
            stamp = status.st_size, status.st_mtime_ns, status.st_ctime_ns
            found.files.setdefault(file.path, (file, stamp))
        if not count:
            found.unseen.append(place)
    return found


def file_of(record: Record) -> Path | None:
    """The file that a record was made from; None where it is of no file of a name that a system takes."""
    known = record.attributes.get("_file")
    return Path(unescape_name(known)) if isinstance(known, str) else None


def is_lost(record: Record) -> bool:
    """Whether the file of a record is gone, and not only out of reach."""
    path = file_of(record)
    if path is None:
        return False
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return True
    except OSError:
        return False
    return False


def _images_of(place: Path, unreadable: Callable[[OSError], None]) -> Iterator[FoundFile]:
    """The images of a folder, or a file that is named itself; none where it is not there."""
    try:
        if place.exists():
            yield from find_images([place], unreadable=unreadable)
    except OSError as error:
        # A file system over the network that is away, or a folder above that may not be searched.
        error.filename = error.filename or str(place)
        unreadable(error)


def _is_unmounted(path: Path, places: set[Path], empty: dict[Path, bool]) -> bool:
    """Whether a file, or a folder that it was in, is a link that leads nowhere, or the folder is empty: a disk is away.

    :param places: where the folders end that are looked at.
    :param empty: what is known of folders, from one file to the next.
    """
    if path.is_symlink():
        return True
    for folder in path.parents:
        if folder in places:
            return False
        if folder not in empty:
            empty[folder] = _is_empty(folder)
        if empty[folder]:
            return True
    return False


def _is_empty(folder: Path) -> bool:
    """Whether a folder is there, and nothing in it that is not hidden."""
    try:
        with os.scandir(folder) as entries:
            return all(entry.name.startswith(".") for entry in entries)
    except OSError:
        # A folder that is gone itself was deleted; a link stays where what it leads to is away.
        return folder.is_symlink()
