"""Files of this machine into a group, and waiting until they are processed."""

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence

from attrs import define, field

from photomill.albums.albums import Albums
from photomill.albums.model import Group, Owner, Photo
from photomill.albums.photos import Photos
from photomill.albums.processing import PHOTO
from photomill.errors import PhotomillError, SourceUnreachable
from photomill.importing import FoundFile, ImportFailure
from photomill.jobs.jobs import Jobs
from photomill.jobs.model import RUNNING_STATES

_LOOK_SECONDS = 0.05


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
    failures: list[ImportFailure] = field(factory=list)
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
            report.failures.append(ImportFailure(file.path, error))
        except OSError as error:
            report.failures.append(ImportFailure(file.path, SourceUnreachable(str(error))))
        progress(report)
    return report


def _import(albums: Albums, group: Group, found: FoundFile, report: GroupImport) -> None:
    with open(found.path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        photo = albums.uploads.add_once(group, file, found.name.name, sha256)
    if photo is None:
        report.present += 1
    else:
        report.added.append(photo)


def wait_until_processed(
    photos: Photos,
    jobs: Jobs,
    owner: Owner,
    uploaded: Sequence[Photo],
    *,
    progress: Callable[[int], None] = lambda done: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Photo]:
    """Return an owner's photos as they are once nobody works on them any more.

    :param progress: called with how many are processed.
    :param stop: asked now and then.
    """
    processed: list[Photo] = []
    for photo in uploaded:
        now = photos.get(photo.id)
        while now.state == "uploaded" and _is_busy(jobs, owner) and not stop():
            time.sleep(_LOOK_SECONDS)
            now = photos.get(photo.id)
        processed.append(now)
        progress(len(processed))
    return processed


def _is_busy(jobs: Jobs, owner: Owner) -> bool:
    return bool(jobs.list_jobs(kind=PHOTO, owner=owner.id, states=RUNNING_STATES, limit=1))
