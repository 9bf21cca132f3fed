"""Noting how photos look: each is a record of its owner's collection."""

from collections.abc import Iterator, Mapping
from typing import Any

from photomill.albums.files import AlbumStorage
from photomill.albums.model import Photo
from photomill.albums.processing import EMBED
from photomill.albums.store.owners import OwnerTable
from photomill.albums.store.photos import PhotoTable
from photomill.catalog import Catalog
from photomill.collections.collection import Collection
from photomill.collections.collections import Collections
from photomill.collections.model import ById, DuplicateKind, NewRecord
from photomill.errors import NotFound
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobItem, NewItem, SkipItem
from photomill.sources.source import BytesSource

_SAME = {DuplicateKind.EXACT, DuplicateKind.NEAR}


class Embedding(JobKind):
    """Embeds one photo into its owner's collection, and finds an earlier photo that looks the same."""

    kind = EMBED
    max_attempts = 8
    keep_seconds = 3600.0

    def __init__(self, catalog: Catalog, storage: AlbumStorage, collections: Collections) -> None:
        self._photos = PhotoTable(catalog)
        self._owners = OwnerTable(catalog)
        self._storage = storage
        self._collections = collections

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        if after is None:
            yield NewItem(str(job.plan["photo"]))

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        photo = self._photo(str(job.plan["photo"]))
        if photo is None:
            raise SkipItem("the photo was deleted")
        collection = self._collections.open(self._owners.get(photo.owner).collection)
        self._insert(collection, photo, str(job.plan["original"]))
        now = self._photo(photo.id)
        if now is None or now.sha256 != photo.sha256:
            collection.delete([photo.id])
            raise SkipItem("the photo was deleted or replaced meanwhile")
        self._find_duplicates(collection, now)
        return {}

    def _photo(self, photo_id: str) -> Photo | None:
        try:
            photo = self._photos.get(photo_id)
        except NotFound:
            return None
        return photo if photo.deleted is None else None

    def _insert(self, collection: Collection, photo: Photo, original: str) -> None:
        """Insert the photo, unless it is there; a record of a file that was replaced gives way."""
        (old,) = collection.get([photo.id])
        if old is not None:
            if old.attributes.get("sha256") == photo.sha256:
                return
            collection.delete([photo.id])
        attributes = {"group": photo.group, "name": photo.sort_name, "sha256": photo.sha256}
        try:
            source = BytesSource(self._storage.read(original))
        except NotFound:
            raise SkipItem("the photo was deleted or replaced meanwhile") from None
        report = collection.insert([NewRecord(photo.id, source, attributes)])
        for skipped in report.skipped:
            if skipped.error is not None:
                raise skipped.error

    def _find_duplicates(self, collection: Collection, photo: Photo) -> None:
        """Tell the later of two photos that look the same of the earlier one.

        Both directions, since photos are embedded in any order: whichever comes second finds the other. A copy was
        uploaded when its original was, so neither is the earlier one.
        """
        hits = collection.near_duplicates(ById(photo.id)).hits
        distances = {
            hit.id: hit.distance for hit in hits if hit.id != photo.id and hit.kind in _SAME
        }
        duplicates = self._photos.shown(list(distances), ready=False)
        earlier = [duplicate for duplicate in duplicates.values() if _age(duplicate) < _age(photo)]
        if earlier and not photo.duplicate_of:
            nearest = min(
                earlier,
                key=lambda duplicate: (distances[duplicate.id], _age(duplicate), duplicate.id),
            )
            self._photos.note_duplicate(photo.id, nearest.id)
        for duplicate in duplicates.values():
            if _age(duplicate) > _age(photo) and not duplicate.duplicate_of:
                self._photos.note_duplicate(duplicate.id, photo.id)


def _age(photo: Photo) -> float:
    return photo.uploaded or 0.0
