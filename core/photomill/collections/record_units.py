"""Listing records that nobody looked at yet as the units of a job."""

from collections.abc import Callable, Iterator, Sequence

from photomill.collections.store.face_searches import Unsearched
from photomill.collections.store.texts import UnreadRecord
from photomill.jobs.model import JobItem, NewItem

_UNIT = 16
"""Records of one unit."""


def record_units(
    listed: Callable[..., Sequence[UnreadRecord | Unsearched]], after: JobItem | None
) -> Iterator[NewItem]:
    """The items of such a job: each has the ``ids`` of some records as its input.

    :param listed: as ``Texts.unread``: some records behind a serial, in the order of insertion.
    :param after: as of ``JobKind.items``.
    """
    last = -1 if after is None else after.input["last"]
    while some := listed(after=last, limit=_UNIT):
        last = some[-1].serial
        ids = [each.id for each in some]
        shown = ids[0] if len(ids) == 1 else f"{ids[0]} … {ids[-1]}"
        yield NewItem(shown, {"ids": ids, "last": last})
