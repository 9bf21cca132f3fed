"""Many records in an order, without what is stored of each."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.contents import View
from photomill.collections.store.records import RecordTable
from photomill.components.index import Rows

ID = "_id"

_DIGITS = re.compile(r"(\d+)")


@frozen(eq=False)
class Listing:
    """Records in an order, as of one moment.

    :ivar sizes: int32 (n, 2): width and height of the originals in pixels; 0 where there is no image.
    """

    ids: Sequence[str]
    sizes: NDArray[np.int32]


def listing(view: View, rows: Rows, table: RecordTable, order: str, *, descending: bool) -> Listing:
    """List these rows.

    :param order: a dotted attribute, ``_id`` by the numbers in it too, or empty for the order of insertion.
    """
    ordered = _ordered(view, rows, order, descending=descending)
    return Listing(view.ids_of(ordered.tolist()), table.sizes(view.serials[ordered]))


def _ordered(view: View, rows: Rows, order: str, *, descending: bool) -> Rows:
    if not order:
        return rows[::-1] if descending else rows
    keys: list[Any]
    if order == ID:
        keys = [natural_key(record_id) for record_id in view.ids_of(rows.tolist())]
    else:
        keys = [_value_key(values) for values in view.columns.values(order, rows)]
    known = [place for place, key in enumerate(keys) if key is not None]
    known.sort(key=keys.__getitem__, reverse=descending)
    unknown = [place for place, key in enumerate(keys) if key is None]
    return rows[np.array([*known, *unknown], np.int64)]


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """What texts are ordered by as people order them: ``img2`` before ``IMG10``."""
    parts = _DIGITS.split(text.casefold())
    return tuple(
        (0, int(part), "") if place % 2 and len(part) < 19 else (1, 0, part)
        for place, part in enumerate(parts)
        if part
    )


def _value_key(values: Sequence[Any]) -> tuple[int, float, tuple[tuple[int, int, str], ...]] | None:
    """Numbers before texts; of an array its first element; None for what has no order."""
    first = values[0] if values else None
    if isinstance(first, bool | int | float):
        return 0, float(first), ()
    return (1, 0.0, natural_key(first)) if isinstance(first, str) else None
