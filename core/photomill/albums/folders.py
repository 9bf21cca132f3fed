"""Files of this machine into a group."""

import hashlib
from collections.abc import Callable, Iterable

from attrs import define, field

from photomill.albums.albums import Albums
from photomill.albums.model import Group, Photo
from photomill.errors import PhotomillError, SourceUnreachable
from photomill.importing import Failure, FoundFile


@define
class GroupImport:
    """What an import has done so far.

    :ivar added: photos that are stored now, and listed soon.
    :ivar present: files that the group had before, of the same name and bytes.
    :ivar failures: files that are no photos of the group.
    :ivar stopped: whether it ended before its files did.
    """

    added: list[Photo] = field(factory=list)
    present: int = 0
    failures: list[Failure] = field(factory=list)
    stopped: bool = False

    @property
    def seen(self) -> int:
        return len(self.added) + self.present + len(self.failures)


def import_into_group(
    albums: Albums,
    group: Group,
    files: Iterable[FoundFile],
    *,
    progress: Callable[[GroupImport], None] = lambda report: None,
    stop: Callable[[], bool] = lambda: False,
) -> GroupImport:
    """Upload files into a group, one after the other; a bad one fails alone.

    Files that are there already are left alone, so an import that broke off goes on when it is run again.

    :param stop: asked before each file.
    """
    report = GroupImport()
    for file in files:
        if stop():
            report.stopped = True
            break
        try:
            _import(albums, group, file, report)
        except PhotomillError as error:
            report.failures.append(Failure(file.path, error))
        except OSError as error:
            report.failures.append(Failure(file.path, SourceUnreachable(str(error))))
        progress(report)
    return report


def _import(albums: Albums, group: Group, found: FoundFile, report: GroupImport) -> None:
    with open(found.path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if albums.photos.holds(group, found.name.name, sha256):
            report.present += 1
            return
        file.seek(0)
        report.added.append(albums.uploads.add(group, file, found.name.name))
