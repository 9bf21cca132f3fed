"""Concepts and colours for records that were inserted before these were kept."""

from collections.abc import Callable

import numpy as np
from attrs import frozen

from photomill.catalog import Catalog
from photomill.collections.backend import Followed
from photomill.collections.sight import Sight, pack_classes
from photomill.collections.store.records import RecordTable
from photomill.collections.store.sights import UnseenRecord
from photomill.collections.touching import touching
from photomill.components import Embedder
from photomill.errors import Unsupported
from photomill.images.colours import colour_shares, pack_colours
from photomill.images.reduction import halved
from photomill.images.signature import unpacked_signature

_BATCH = 500


@frozen(eq=False)
class Filling:
    """Finds out what records' images show from what is stored of them: their vectors and their signatures.

    No image is read. Each batch is durable before the next one begins, so what was broken off goes on where it stopped.
    """

    catalog: Catalog
    table: RecordTable
    store: Followed
    embedder: Embedder

    def __call__(self, progress: Callable[[int], None], stop: Callable[[], bool]) -> int:
        """Fill in what is missing; returns for how many records.

        :param progress: told how many were looked at so far.
        :param stop: asked before every batch.
        """
        seen, added, last = 0, 0, -1
        while not stop():
            unseen = self.table.sights.unseen(last, _BATCH)
            if not unseen:
                break
            last = unseen[-1].serial
            added += self._store(
                dict(zip((each.serial for each in unseen), self._sights(unseen), strict=True))
            )
            seen += len(unseen)
            progress(seen)
        return added

    def _sights(self, records: list[UnseenRecord]) -> list[Sight]:
        classes = [b""] * len(records)
        if self.embedder.vocabulary is not None:
            vectors = np.frombuffer(b"".join(each.vector for each in records), "<f4")
            try:
                posteriors = self.embedder.concepts_of(vectors.reshape(len(records), -1))
                classes = pack_classes(posteriors)
            except Unsupported:
                pass  # It tells only from images, which may be gone; the colours are still to be had.
        return [
            Sight(some, _colours(each.signature))
            for some, each in zip(classes, records, strict=True)
        ]

    def _store(self, sights: dict[int, Sight]) -> int:
        with touching(self.catalog, self.table, self.store) as (connection, touched):
            # Others may have deleted some, or filled them in.
            left = self.table.sights.still_unseen(list(sights), connection)
            seen = {serial: sights[serial] for serial in left}
            touched += self.table.sights.insert(seen, connection)
        return len(touched)


def _colours(signature: bytes) -> bytes:
    if not signature:
        return b""
    try:
        signed = unpacked_signature(signature)
    except ValueError:
        return b""  # Of another version, or damaged: as if there were none.
    return pack_colours(colour_shares(halved(signed.luma, 2), signed.blue, signed.red))
