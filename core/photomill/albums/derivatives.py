"""Making the files that are shown instead of an original."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from photomill.albums.files import AlbumStorage, derivative_key
from photomill.albums.model import Photo
from photomill.albums.processing import DERIVE
from photomill.albums.recipes import Recipes
from photomill.albums.store.owners import OwnerTable
from photomill.albums.store.photo_rows import AlbumFile
from photomill.albums.store.photos import PhotoTable
from photomill.albums.store.uploads import UploadTable
from photomill.albums.tokens import new_path
from photomill.catalog import Catalog
from photomill.editing.editing import Editing
from photomill.errors import ImageError, NotFound, PhotomillError
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobItem, NewItem, SkipItem
from photomill.sources.source import BytesSource

logger = logging.getLogger(__name__)


class Derivatives(JobKind):
    """Makes all derivatives of one photo, and then the photo ready.

    A disk that is full, or an engine that is missing, is met by further tries: for some minutes here, and with every
    sweep; until then the photo stays uploaded. A photo that cannot be edited fails, and says why.
    """

    kind = DERIVE
    max_attempts = 8
    keep_seconds = 3600.0

    def __init__(
        self, recipes: Recipes, catalog: Catalog, storage: AlbumStorage, editing: Editing
    ) -> None:
        self._recipes = recipes
        self._photos = PhotoTable(catalog)
        self._owners = OwnerTable(catalog)
        self._uploads = UploadTable(catalog)
        self._storage = storage
        self._editing = editing

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        if after is None:
            yield NewItem(str(job.plan["photo"]))

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        original = str(job.plan["original"])
        photo = self._waiting(str(job.plan["photo"]), original)
        written: list[str] = []
        try:
            files = [
                self._made(photo, original, kind, data, written)
                for kind, data in self._edited(photo, original)
            ]
        except BaseException as error:
            self._remove(written)
            if isinstance(error, ImageError):
                self._uploads.fail(photo.id, original, str(error))
            raise
        # Not removed where this fails: nobody knows then whether it was committed.
        ready = self._uploads.finish(photo, original, files)
        if not ready:
            self._remove(written)
            raise SkipItem("the original was replaced meanwhile")
        return {"files": len(files)}

    def _waiting(self, photo_id: str, original: str) -> Photo:
        """The photo, if it still waits for derivatives of this original."""
        try:
            photo = self._photos.get(photo_id)
        except NotFound as error:
            raise SkipItem(str(error)) from None
        keys = {file.storage_key for file in self._photos.files([photo_id])}
        if photo.state != "uploaded" or photo.deleted is not None or original not in keys:
            raise SkipItem("there is nothing to do any more")
        return photo

    def _edited(self, photo: Photo, original: str) -> Iterator[tuple[str, bytes]]:
        source = BytesSource(self._storage.read(original))
        owner = self._owners.get(photo.owner)
        for kind, request in self._recipes.requests(owner.name).items():
            yield kind, self._editing.edit(source, request, interactive=False).data

    def _made(
        self, photo: Photo, original: str, kind: str, data: bytes, written: list[str]
    ) -> AlbumFile:
        key = derivative_key(original, kind)
        written.append(key)
        self._storage.write(key, data)
        return AlbumFile(new_path("jpg"), photo.id, kind, key)

    def _remove(self, keys: list[str]) -> None:
        """Remove files that nobody will find; the sweeper takes what cannot be removed now."""
        for key in keys:
            try:
                self._storage.delete(key)
            except PhotomillError:
                logger.warning("%s is left to the sweeper", key, exc_info=True)
