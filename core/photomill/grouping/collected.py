"""What a job found out about its images, put together."""

from collections.abc import Iterable, Sequence

from attrs import frozen

from photomill.collections.collections import Collections
from photomill.collections.model import Record
from photomill.components import GroupingInput
from photomill.errors import Conflict, InvalidInput
from photomill.grouping.clock import camera_time_of, common_times
from photomill.grouping.image_rules import SkippedInput, SkipReason, skipped_input
from photomill.grouping.inputs import CollectionInput
from photomill.grouping.vectors import unpack_vectors
from photomill.jobs.model import ItemState, JobItem

TAKEN = ("taken", "captured")
"""The attributes of a record that say when its image was taken, the first that tells it; ``camera_time_of`` says how."""


@frozen(eq=False)
class CollectedInputs:
    """
    :ivar names: every image that was given, in order.
    :ivar positions: which of them can be grouped; ``images`` holds them in this order. None where none can.
    :ivar skipped: the others.
    :ivar notes: of single images.
    """

    names: Sequence[str]
    positions: Sequence[int]
    images: GroupingInput | None
    skipped: Sequence[SkippedInput]
    notes: Sequence[str] = ()


def collect_items(items: Iterable[JobItem], names: Sequence[str] | None) -> CollectedInputs:
    """Put items together.

    :param names: the images as they were given, where one may be given twice; None for one of each.
    :raises Conflict: items that were embedded by different models.
    """
    ended = {item.name: item for item in items}
    given = list(ended) if names is None else list(names)
    positions, results, lost = [], [], []
    for position, name in enumerate(given):
        item = ended[name]
        if item.state is ItemState.DONE and item.result is not None:
            positions.append(position)
            results.append(item.result)
        else:
            lost.append(skipped_input(name, item.error, item.error_detail))
    if not results:
        return CollectedInputs(given, [], None, lost)
    if len({result["fingerprint"] for result in results}) > 1:
        raise Conflict("the configured embedders changed while the images were looked at")
    times = common_times(
        [result.get("clock") for result in results], [result.get("offset") for result in results]
    )
    vectors = unpack_vectors([result["vector"] for result in results])
    notes = [
        f"{given[position]}: {note}"
        for position, result in zip(positions, results, strict=True)
        for note in result.get("notes", ())
    ]
    return CollectedInputs(given, positions, GroupingInput(vectors, times), lost, notes)


def collect_records(
    wanted: CollectionInput, collections: Collections, limit: int
) -> CollectedInputs:
    """Take the vectors of records, and when their images were taken.

    Records that are named and not there any more are skipped.

    :raises NotFound: no such collection.
    :raises InvalidFilter: the filter is wrong.
    :raises InvalidInput: more records than the limit.
    """
    collection = collections.open(wanted.collection)
    with collection.pinned() as pinned:
        if wanted.ids is None:
            ids = pinned.ids(wanted.filter, limit=limit + 1)
        else:
            ids = list(dict.fromkeys(wanted.ids))
        if len(ids) > limit:
            raise InvalidInput(f"more than {limit} records match", path="inputs")
        found, vectors = pinned.vectors(ids)
        records = pinned.get(found)
    there = set(found)
    positions = [position for position, record_id in enumerate(ids) if record_id in there]
    gone = [
        SkippedInput(record_id, SkipReason.UNREACHABLE, "the record is not there")
        for record_id in ids
        if record_id not in there
    ]
    if not found:
        return CollectedInputs(ids, [], None, gone)
    times = [_taken(record) for record in records]
    common = common_times([clock for clock, _ in times], [offset for _, offset in times])
    return CollectedInputs(ids, positions, GroupingInput(vectors, common), gone)


def _taken(record: Record | None) -> tuple[float | None, float | None]:
    """When a record's image was taken, as ``camera_time_of`` gives it."""
    told = (camera_time_of(record.attributes.get(name)) for name in TAKEN) if record else ()
    return next((time for time in told if time[0] is not None), (None, None))
