"""Keeping columns in step with the records."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from photomill.columns.cache import CachedColumn, is_most
from photomill.columns.column import Column, ColumnBuilder

Record = Mapping[str, Any]
RecordReader = Callable[[Sequence[int] | None], Iterable[tuple[int, Record]]]
"""Reads (row, record) for some rows, or for every row; rows without a record are left out."""

_AT_ONCE = 4096


def update_columns(
    behind: Sequence[CachedColumn], stale: set[int], size: int, read: RecordReader
) -> None:
    """Write into columns' builders what is new in the first ``size`` rows.

    :param stale: older rows that any of them holds other values of.
    """
    known = [kept for kept in behind if kept.column is not None]
    first = min((kept.builder.size for kept in known), default=size)
    rows = sorted({row for row in stale if row < first}.union(range(first, size)))
    everything = is_most(len(rows), size)
    for kept in known:
        if everything or kept.builder.is_wasteful():
            kept.builder, kept.column = ColumnBuilder(kept.builder.path), None
    known = [kept for kept in known if kept.column is not None]
    unknown = [kept.builder for kept in behind if kept not in known]
    if unknown:
        _write(unknown, read(None), size, rewrite=False)
    if rows and known:
        builders = [kept.builder for kept in known]
        rewrite = rows[0] < max(builder.size for builder in builders)
        _write(builders, read(rows), size, rewrite=rewrite)


def patch(column: Column, rows: Sequence[int], size: int, read: RecordReader) -> Column:
    """A column with some rows written anew; rows that no record is read for keep what they hold.

    :param size: of the new column, not less than of the old.
    """
    if not rows and size == len(column):
        return column
    builder = ColumnBuilder.over(column)
    _write([builder], read(rows) if rows else (), size, rewrite=True)
    return builder.column()


def _write(
    builders: Sequence[ColumnBuilder],
    records: Iterable[tuple[int, Record]],
    size: int,
    *,
    rewrite: bool,
) -> None:
    for builder in builders:
        builder.begin(size, rewrite=rewrite)
    # Rows that were added since are left for the next time.
    pairs = (pair for pair in records if pair[0] < size)
    while batch := list(islice(pairs, _AT_ONCE)):
        rows = [row for row, _ in batch]
        some = [record for _, record in batch]
        for builder in builders:
            builder.write(rows, some)
