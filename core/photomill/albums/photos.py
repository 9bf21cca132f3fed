"""Photos: the facade."""

import logging
import time
from collections.abc import Sequence

from attrs import frozen

from photomill.albums.context import AlbumContext
from photomill.albums.files import ending
from photomill.albums.model import Group, Photo
from photomill.albums.processing import PhotoRecords, Processing
from photomill.albums.tokens import new_path
from photomill.albums.uploads import sort_name
from photomill.errors import Conflict, InvalidInput, NotFound, PhotomillError

logger = logging.getLogger(__name__)


@frozen
class UploadFile:
    """A file that may be uploaded.

    :ivar sha256: of its bytes, in hexadecimal; empty where nobody knows: its size is compared then.
    """

    name: str
    bytes: int
    sha256: str = ""


class Photos:
    """Finds, moves, copies and deletes photos; ``Uploads`` makes them. Thread-safe."""

    def __init__(
        self, context: AlbumContext, processing: Processing, records: PhotoRecords
    ) -> None:
        self._context = context
        self._table = context.tables.photos
        self._processing = processing
        self._records = records

    def get(self, photo_id: str) -> Photo:
        """A photo by its id.

        :raises NotFound: there is no such photo; a deleted one, or one that only has a place yet, is still there.
        """
        return self._table.get(photo_id)

    def held(self, group: Group, files: Sequence[UploadFile]) -> list[bool]:
        """Which of these files a group has, ready or not; those that could not be read count as missing."""
        held = [each for each in self._table.of_group(group.id, ready=False) if not each.error]
        hashes = {(each.sort_name, each.sha256) for each in held}
        sizes = {(each.sort_name, each.bytes) for each in held}
        return [
            (sort_name(file.name), file.sha256) in hashes
            if file.sha256
            else (sort_name(file.name), file.bytes) in sizes
            for file in files
        ]

    def rename(self, photo: Photo, name: str) -> Photo:
        """Change what a photo is called.

        :param name: of a file; its ending is left out.
        :raises InvalidInput: nothing is left of it.
        """
        changed = sort_name(name)
        if not changed:
            raise InvalidInput("expected a name", path="name")
        if changed != photo.sort_name:
            self._table.mark(photo, sort_name=changed)
        return self._followed(photo)

    def delete(self, photo: Photo) -> None:
        """Hide a photo; it is removed for good some time later. Does no harm twice: what failed is then made good."""
        if photo.deleted is None:
            self._table.leave(photo, deleted=time.time())
        if photo.state != "reserved":
            self._context.collection(photo.owner).delete([photo.id])

    def move(self, photo: Photo, group: Group) -> Photo:
        """Put a photo into another group of its owner.

        :raises NotFound: the photo was deleted, or the group was, or is somebody else's.
        """
        _check(photo, group)
        if photo.group != group.id:
            self._table.leave(photo, group_id=group.id, position=None)
        return self._followed(photo)

    def copy(self, photo: Photo, group: Group) -> Photo:
        """Make another photo of the same files, under paths of its own.

        :raises NotFound: the photo was deleted, or the group was, or is somebody else's.
        :raises Conflict: the photo is not ready.
        """
        _check(photo, group)
        if photo.state != "ready":
            raise Conflict("the photo is not ready yet")
        original = ending(photo.format)
        paths = {kind: new_path(original if kind == "original" else "jpg") for kind in photo.files}
        copied = self._table.copy(photo, group.id, paths)
        self._processing.begin(copied)
        return copied

    def mark_favourite(self, photo: Photo, favourite: bool) -> Photo:
        """Note whether a photo is a favourite."""
        if photo.favourite != favourite:
            self._table.mark(photo, favourite=int(favourite))
        return self._table.get(photo.id)

    def _followed(self, photo: Photo) -> Photo:
        """The photo as it is now, which its record says too; where it cannot now, a job sees to it."""
        try:
            self._records.follow(self._context.collection(photo.owner), photo.id)
        except PhotomillError:
            logger.warning("a job changes the record of the photo %s", photo.id, exc_info=True)
            self._processing.begin(photo)
        return self._table.get(photo.id)


def _check(photo: Photo, group: Group) -> None:
    if photo.deleted is not None:
        raise NotFound(f"no photo {photo.id!r}")
    if group.owner != photo.owner or group.deleted is not None:
        raise NotFound(f"no group {group.id!r}")
