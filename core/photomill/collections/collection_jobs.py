"""Jobs that work on the records of one collection: which there are, and records as the units of one."""

from collections.abc import Callable, Collection, Iterator, Sequence

from attrs import frozen

from photomill.collections.store.face_searches import Unsearched
from photomill.collections.store.texts import UnreadRecord
from photomill.jobs.jobs import Jobs
from photomill.jobs.model import ItemState, Job, JobItem, JobState, NewItem

_UNIT = 16
"""Records of one unit."""

_LISTED = 1000
"""Jobs of a kind that are looked through, the newest."""


def jobs_of(
    jobs: Jobs, kind: str, collection: str, states: Collection[JobState] | None = None
) -> list[Job]:
    """The jobs of a kind that work on a collection, newest first.

    :param collection: its id.
    :param states: only those in one of these; None for all.
    """
    listed = jobs.list_jobs(kind=kind, states=states, limit=_LISTED)
    return [job for job in listed if job.plan["collection"] == collection]


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


@frozen
class UnreadableRecord:
    """A record that a job could do nothing with, as its original cannot be read.

    :ivar position: of the job's item that it belongs to.
    """

    position: int
    id: str
    error: str


def unreadable_records(jobs: Jobs, number: int) -> Iterator[UnreadableRecord]:
    """The records whose originals a job could not read, in the order of its items; none of jobs that read no originals.

    Such a job is done all the same: its items, which are some records each, have not failed.

    :raises NotFound: there is no job of this number.
    """
    for item in jobs.items(number, state=ItemState.DONE):
        if item.result is not None and "ids" in item.input:
            for record_id, error in item.result.get("unreadable", ()):
                yield UnreadableRecord(item.position, record_id, error)
