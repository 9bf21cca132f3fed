"""Thumbnails of one collection: those that are there, and those that are made again from originals."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from attrs import frozen

from photomill.catalog import Catalog
from photomill.collections.ingest import Ingest
from photomill.collections.model import (
    Thumbnail,
    ThumbnailInfo,
    ThumbnailReport,
    ThumbnailUsage,
)
from photomill.collections.originals import read_original
from photomill.collections.store.thumbnails import (
    Illustrated,
    StoredThumbnail,
    ThumbnailTable,
    known_tokens,
)
from photomill.collections.thumbnails.files import ThumbnailFiles, token_of
from photomill.errors import NotFound, PhotomillError, Unsupported
from photomill.parallel import Parallel
from photomill.portions import portions

_BATCH = 64
_GRACE = 3600.0
"""Seconds that files may lie about before the catalog knows them: an insert of many records takes a while."""
_RIFF = b"RIFF"
"""What every WebP file begins with."""


@frozen(eq=False)
class Thumbnails:
    """Finds and makes the thumbnails of one collection. Thread-safe."""

    collection_id: str
    table: ThumbnailTable
    files: ThumbnailFiles
    ingest: Ingest
    parallel: Parallel

    def get(self, record_id: str) -> Thumbnail:
        """A record's thumbnail, made from the original where there is none.

        :raises NotFound: no such record, or no thumbnail and no original that can be read.
        :raises StorageError: the storage of thumbnails fails.
        """
        found = self.table.find(record_id)
        if found.token:
            try:
                data = self.files.read(self.collection_id, found.token)
            except NotFound:
                data = b""  # It was lost, or the record was deleted a moment ago.
            if _is_whole(data, found.bytes):
                return Thumbnail(data, found.token, found.width, found.height)
        if not self.table.wanted():
            raise NotFound(f"no thumbnail of {record_id!r}: the collection makes none")
        try:
            data, token = self._make(found, trusted=False)
        except PhotomillError as error:
            raise NotFound(f"no thumbnail of {record_id!r}: {error}") from error
        return Thumbnail(data, token, found.width, found.height)

    def infos(self, ids: Sequence[str]) -> dict[str, ThumbnailInfo]:
        return self.table.infos(ids)

    def usage(self) -> ThumbnailUsage:
        return ThumbnailUsage(*self.table.usage())

    def make_missing(
        self,
        *,
        trusted: bool,
        progress: Callable[[ThumbnailReport], None],
        stop: Callable[[], bool],
    ) -> ThumbnailReport:
        """Make what is missing, in the order of insertion; what was made stays made, so it can be broken off."""
        report = ThumbnailReport()
        after = -1
        while some := self.table.missing(after, _BATCH):
            if stop():
                report.stopped = True
                break
            failed: dict[int, tuple[str, str]] = {}
            for each, made in self.parallel.run(partial(self._make, trusted=trusted), some):
                if isinstance(made, PhotomillError):
                    failed[each.serial] = (each.id, str(made))
                else:
                    report.made += 1
            report.unreadable += [failed[serial] for serial in sorted(failed)]
            after = some[-1].serial
            progress(report)
        return report

    def _make(self, found: Illustrated, *, trusted: bool) -> tuple[bytes, str]:
        """Make and keep a thumbnail; returns its bytes and its token.

        :raises PhotomillError: the original cannot be read, or is another image by now.
        """
        _, image = read_original(
            self.ingest,
            found.attributes,
            found.digest,
            partial(self.ingest.decode, thumbnail=True),
            trusted=trusted,
        )
        if not image.thumbnail:
            raise Unsupported("no encoder that makes thumbnails is configured")
        stored = self.files.write(self.collection_id, image.thumbnail).result()
        # What cannot be kept can be shown all the same.
        token = image.digest.hex()[:32] if stored is None else stored.token
        if stored is not None and not self._keep(found, stored):
            self.files.remove(self.collection_id, [stored.token])
        return image.thumbnail, token

    def _keep(self, found: Illustrated, stored: StoredThumbnail) -> bool:
        return self.table.keep(found.serial, stored, found.token)


def _is_whole(data: bytes, size: int) -> bool:
    """Whether a file is as it was written: power that failed may have left it empty, cut off, or full of zeros."""
    return len(data) == size and data.startswith(_RIFF)


def remove_orphans(catalog: Catalog, files: ThumbnailFiles, now: float | None = None) -> int:
    """Remove files that no record has: what a process left that ended before its insert did; tells how many.

    :param now: seconds since the epoch; None for now.
    :raises PhotomillError: the storage or the catalog fails.
    """
    before = (time.time() if now is None else now) - _GRACE
    storage = files.storage
    if not storage.can_list:
        return 0
    storage.tidy("", before)
    old = (
        found
        for found in storage.list_objects()
        if token_of(found.key) and found.modified is not None and found.modified < before
    )
    removed = 0
    for some in portions(old):
        known = known_tokens(catalog, [token_of(found.key) for found in some])
        removed += files.remove_now(each for each in some if token_of(each.key) not in known)
    return removed
