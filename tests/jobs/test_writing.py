"""Starts and outcomes are stored in groups."""

import threading
from collections.abc import Sequence

from photomill.jobs.model import ItemState
from photomill.jobs.store.claims import ItemOutcome, JobClaims, Start
from photomill.jobs.writing import OutcomeWriter, PendingStart


class Noting(JobClaims):
    """Notes what is stored together, and stores nothing."""

    def __init__(self) -> None:
        self.groups: list[tuple[list[int], list[int]]] = []

    def record(
        self, worker: str, outcomes: Sequence[ItemOutcome], starts: Sequence[Start] = ()
    ) -> list[bool]:
        self.groups.append(
            ([each.position for each in outcomes], [each.position for each in starts])
        )
        return [True] * len(starts)


def _done(position: int) -> ItemOutcome:
    return ItemOutcome(1, position, ItemState.DONE)


def _starting(position: int) -> PendingStart:
    return PendingStart(Start(1, position, "me"))


def test_an_end_is_stored_with_the_start_that_follows() -> None:
    claims = Noting()
    writer = OutcomeWriter(claims, "me")
    assert writer.start(_starting(0))
    for position in range(20):
        writer.add(_done(position))
        assert writer.start(_starting(position + 1))
    writer.close()
    written = [position for outcomes, _ in claims.groups for position in outcomes]
    assert written == list(range(20))
    # Where the machine pauses this thread for long, an end goes alone; not each of them.
    assert any(outcomes and starts for outcomes, starts in claims.groups)


def test_a_flush_waits_for_what_was_added_and_for_nothing_else() -> None:
    claims = Noting()
    writer = OutcomeWriter(claims, "me")
    writer.add(_done(3))
    writer.flush()
    assert claims.groups == [([3], [])]
    writer.close()


def test_what_puts_no_item_back_is_told_of() -> None:
    told = threading.Event()
    writer = OutcomeWriter(Noting(), "me", told.set)
    writer.add(ItemOutcome(1, 0, ItemState.WAITING))
    writer.flush()
    assert not told.is_set()
    writer.add(_done(1))
    writer.flush()
    assert told.is_set()
    writer.close()


def test_starts_ahead_are_stored_with_the_first_and_once() -> None:
    claims = Noting()
    writer = OutcomeWriter(claims, "me")
    starts = [_starting(position) for position in range(3)]
    assert writer.start(starts[0], starts)
    assert claims.groups == [([], [0, 1, 2])]
    assert writer.start(starts[1], starts)
    assert writer.start(starts[2])
    assert len(claims.groups) == 1
    writer.close()
