"""How the images of records look, in the catalog: what copies of an image are known by."""

from collections.abc import Mapping, Sequence

import numpy as np
import sqlalchemy as sa
from attrs import field, frozen
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from photomill.catalog.catalog import ReadConnection, rows_among
from photomill.collections.image_text import ImageKind, ImageText
from photomill.collections.store.tables import (
    ROWS_AT_ONCE,
    dropped_records,
    records,
    signatures,
    texts,
)

_64_BITS = (1 << 64) - 1


@frozen(eq=False)
class Appearance:
    """How a record's image looks.

    :ivar digest: of its pixels; empty where unknown.
    :ivar perceptual_hash: 64 bits; None where there was no image.
    :ivar hashes: uint64 (8,): the perceptual hash of the image turned and mirrored in every way; empty where unknown.
    :ivar signature: see ``photomill.images.signature``; empty where unknown.
    :ivar text: what is written in it; None where that was not read.
    """

    digest: bytes = b""
    perceptual_hash: int | None = None
    hashes: NDArray[np.uint64] = field(factory=lambda: np.empty(0, np.uint64))
    signature: bytes = field(default=b"", repr=False)
    text: ImageText | None = None


class AppearanceTable:
    """How the images of one collection's records look."""

    def __init__(self, read: ReadConnection, collection_id: str) -> None:
        self._read = read
        self._collection_id = collection_id
        self._mine = records.c.collection_id == collection_id

    def of(self, ids: Sequence[str]) -> dict[str, Appearance]:
        """What is known of how records' images look, by id."""
        query = (
            sa.select(
                records.c.id,
                records.c.digest,
                records.c.perceptual_hash,
                signatures.c.hashes,
                signatures.c.signature,
                texts.c.text,
                texts.c.kind,
            )
            .outerjoin(signatures, signatures.c.serial == records.c.serial)
            .outerjoin(texts, texts.c.serial == records.c.serial)
            .where(self._mine)
        )
        with self._read() as connection:
            return {
                row.id: Appearance(
                    row.digest,
                    None if row.perceptual_hash is None else row.perceptual_hash & _64_BITS,
                    np.frombuffer(row.hashes or b"", "<u8").astype(np.uint64),
                    row.signature or b"",
                    None if row.kind is None else ImageText(row.text, ImageKind(row.kind)),
                )
                for row in rows_among(connection, query, records.c.id, ids)
            }

    def hashes(self, after: int = -1) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """The perceptual hashes of records that have signatures, in the order of insertion.

        Those of dropped records are among them: such a record may come back.

        :param after: leave out serials up to this one.
        :returns: serials, int64 (n,), and hashes, uint64 (n, 8).
        """
        there = (
            sa.select(signatures.c.serial, signatures.c.hashes)
            .join(records, records.c.serial == signatures.c.serial)
            .where(self._mine, records.c.serial > after)
        )
        dropped = sa.select(dropped_records.c.serial, dropped_records.c.hashes).where(
            dropped_records.c.collection_id == self._collection_id,
            dropped_records.c.serial > after,
            dropped_records.c.hashes.is_not(None),
        )
        query = (
            there.union_all(dropped).order_by("serial").execution_options(yield_per=ROWS_AT_ONCE)
        )
        serials, hashes = [], []
        with self._read() as connection:
            for serial, some in connection.execute(query):
                serials.append(serial)
                hashes.append(some)
        joined = np.frombuffer(b"".join(hashes), "<u8").reshape(-1, 8)
        return np.array(serials, np.int64), joined.astype(np.uint64)

    # ------------------------------------------------------------ inside one transaction

    def insert(self, seen: Mapping[int, Appearance], connection: Connection) -> None:
        """Store what copies are compared by in detail, by the records' serials; of images that have it."""
        rows = [
            {
                "serial": serial,
                "hashes": each.hashes.astype("<u8").tobytes(),
                "signature": each.signature,
            }
            for serial, each in seen.items()
            if each.signature
        ]
        if rows:
            connection.execute(sa.insert(signatures), rows)


def to_signed(bits: int | None) -> int | None:
    """A hash as it is stored: databases have no unsigned 64-bit integers; the bits are what counts."""
    return bits if bits is None or bits < 1 << 63 else bits - (1 << 64)
