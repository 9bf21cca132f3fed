"""What is made of a photo once it is stored: its derivatives and its record. One job of one item a photo."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from photomill.albums.context import AlbumContext
from photomill.albums.derivatives import Recipes
from photomill.albums.files import derivative_key
from photomill.albums.model import Photo
from photomill.albums.store.photos import AlbumFile
from photomill.albums.tokens import new_path
from photomill.collections.collection import Collection
from photomill.collections.model import ById, DuplicateKind, NewRecord
from photomill.editing.editing import Editing
from photomill.errors import ImageError, NotFound, PhotomillError
from photomill.images.image import Image
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobItem, NewItem, SkipItem
from photomill.sources.source import BytesSource

logger = logging.getLogger(__name__)

PHOTO = "photo"
"""The kind of job; its plan is ``{"photo": id, "original": key}``."""

_SAME = {DuplicateKind.EXACT, DuplicateKind.NEAR}


class Processing:
    """Submits the jobs of photos. Thread-safe."""

    def __init__(self, context: AlbumContext) -> None:
        self._context = context

    def begin(self, photo: Photo) -> None:
        """Have what is missing of a photo made, unless there is a job that has not ended."""
        files = self._context.tables.photos.files([photo.id])
        original = next((file.storage_key for file in files if file.kind == "original"), None)
        if original is None:
            # Removed for good meanwhile.
            return
        plan = {"photo": photo.id, "original": original}
        key = f"{PHOTO} {photo.id} {original}"
        submit = self._context.jobs.submit
        job = submit(PHOTO, plan, owner=photo.owner, idempotency_key=key)
        while job.state.ended:
            again = f"{key} {job.number}"
            job = submit(PHOTO, plan, owner=photo.owner, idempotency_key=again)


class PhotoRecords:
    """Keeps each photo as a record of its owner's collection, and finds duplicates. Thread-safe."""

    def __init__(self, context: AlbumContext) -> None:
        self._context = context

    def insert(
        self,
        collection: Collection,
        photo: Photo,
        read: Callable[[], bytes],
        image: Image | None = None,
    ) -> None:
        """Insert a photo, unless it is there; a record of a file that was replaced is removed.

        What the record says of the photo is what the catalog says, whatever happened to the photo meanwhile.

        :param read: returns the original.
        :param image: the photo as ``Collection.decode`` returns it; None decodes it.
        """
        (old,) = collection.get([photo.id])
        if old is None or old.attributes.get("sha256") != photo.sha256:
            if old is not None:
                collection.delete([photo.id])
            attributes = {**_placed(photo), "sha256": photo.sha256}
            record = NewRecord(photo.id, BytesSource(read()), attributes, image=image)
            for skipped in collection.insert([record]).skipped:
                if skipped.error is not None:
                    raise skipped.error
            now = self.current(photo.id)
            if now is None or now.sha256 != photo.sha256:
                collection.delete([photo.id])
        self.follow(collection, photo.id)

    def follow(self, collection: Collection, photo_id: str) -> None:
        """Have the record of a photo, where there is one, say in which group the photo is, and what it is called."""
        while (now := self.current(photo_id)) is not None:
            (record,) = collection.get([photo_id])
            if record is None or _placed(now).items() <= record.attributes.items():
                return
            # The photo may have been moved since it was looked at: who is last finds that it is as it should be.
            collection.update([(photo_id, _placed(now))])

    def current(self, photo_id: str) -> Photo | None:
        """The photo as it is now; None where it was deleted."""
        try:
            photo = self._context.tables.photos.get(photo_id)
        except NotFound:
            return None
        return photo if photo.deleted is None else None

    def find_duplicates(self, collection: Collection, photo: Photo) -> None:
        """Note at the later of two photos that look the same which the earlier one is.

        Both directions, since photos are embedded in any order: whichever comes second finds the other. A copy was
        uploaded when its original was, so neither is the earlier one.
        """
        hits = collection.near_duplicates(ById(photo.id)).hits
        distances = {
            hit.id: hit.distance for hit in hits if hit.id != photo.id and hit.kind in _SAME
        }
        photos = self._context.tables.photos
        duplicates = photos.shown(list(distances), ready=False).values()
        earlier = [each for each in duplicates if _age(each) < _age(photo)]
        if earlier and not photo.duplicate_of:
            nearest = min(earlier, key=lambda each: (distances[each.id], _age(each), each.id))
            photos.note_duplicate(photo.id, nearest.id)
        for each in duplicates:
            if _age(each) > _age(photo) and not each.duplicate_of:
                photos.note_duplicate(each.id, photo.id)


class PhotoJob(JobKind):
    """Makes one photo's derivatives, then the photo ready, and then sees that it is a record of its owner's collection.

    What is there already is not made again. A disk that is full, or an engine that is missing, is met by further tries:
    for some minutes here, and with every cleanup; until then the photo stays uploaded. A photo that cannot be edited
    fails, and says why.
    """

    kind = PHOTO
    max_attempts = 8
    keep_seconds = 3600.0

    def __init__(self, context: AlbumContext, records: PhotoRecords, editing: Editing) -> None:
        self._context = context
        self._tables = context.tables
        self._records = records
        self._recipes = Recipes(context.settings)
        self._editing = editing

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        if after is None:
            yield NewItem(str(job.plan["photo"]))

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        original = str(job.plan["original"])
        photo = self._current(str(job.plan["photo"]), original)
        made = self._make_derivatives(photo, original) if photo.state == "uploaded" else 0
        collection = self._context.collection(photo.owner)
        self._records.insert(collection, photo, lambda: self._read(original))
        self._records.find_duplicates(collection, self._current(photo.id, original))
        return {"files": made}

    def _current(self, photo_id: str, original: str) -> Photo:
        """The photo, if it still is of this original."""
        photo = self._records.current(photo_id)
        keys = {file.storage_key for file in self._tables.photos.files([photo_id])}
        if photo is None or original not in keys:
            raise SkipItem("the photo was deleted or replaced meanwhile")
        return photo

    def _read(self, original: str) -> bytes:
        try:
            return self._context.storage.read(original)
        except NotFound:
            raise SkipItem("the photo was deleted or replaced meanwhile") from None

    def _make_derivatives(self, photo: Photo, original: str) -> int:
        written: list[str] = []
        try:
            files = [
                self._write(photo, derivative_key(original, kind), kind, data, written)
                for kind, data in self._edited(photo, original)
            ]
        except BaseException as error:
            self._remove(written)
            if isinstance(error, ImageError):
                self._tables.uploads.fail(photo.id, original, str(error))
            raise
        # Not removed where this fails: nobody knows then whether it was committed.
        if not self._tables.uploads.finish(photo, original, files):
            self._remove(written)
            raise SkipItem("the original was replaced meanwhile")
        return len(files)

    def _edited(self, photo: Photo, original: str) -> Iterator[tuple[str, bytes]]:
        """Every derivative, from one decoding of the original; a watermark is laid over what is there without it."""
        owner = self._tables.owners.get(photo.owner)
        requests = self._recipes.requests(owner.name)
        source = BytesSource(self._read(original))
        outcomes = self._editing.edit_many(source, list(requests.values()), interactive=False)
        for kind, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, PhotomillError):
                raise outcome
            yield kind, outcome.data

    def _write(
        self, photo: Photo, key: str, kind: str, data: bytes, written: list[str]
    ) -> AlbumFile:
        written.append(key)
        self._context.storage.write(key, data)
        return AlbumFile(new_path("jpg"), photo.id, kind, key)

    def _remove(self, keys: list[str]) -> None:
        """Remove files that no photo has: another worker may have finished the same photo.

        What cannot be removed now is left to the cleanup.
        """
        for key in set(keys) - self._tables.photos.used_keys(keys):
            try:
                self._context.storage.delete(key)
            except PhotomillError:
                logger.warning("%s is left to the cleanup", key, exc_info=True)


def _placed(photo: Photo) -> dict[str, str]:
    return {"group": photo.group, "name": photo.sort_name}


def _age(photo: Photo) -> float:
    return photo.uploaded or 0.0
