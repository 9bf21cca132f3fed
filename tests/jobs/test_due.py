"""When a worker looks for work again."""

from photomill.jobs.model import ItemState, NewItem
from photomill.jobs.store.claims import ItemOutcome, JobClaims
from photomill.jobs.store.plans import PlanClaim, PlanTable

from .conftest import OpenEngine

KINDS = ["counting"]


def test_what_a_worker_does_not_do_is_never_due(open_engine: OpenEngine) -> None:
    """Else one that is there for one job would ask again and again as long as another waits."""
    engine = open_engine()
    mine, other = (engine.jobs.submit("counting", {"count": 1}).number for _ in range(2))
    plans, claims = PlanTable(engine._catalog), JobClaims(engine._catalog)
    assert plans.claim("somebody", KINDS, mine)
    assert plans.next_due(KINDS) == 0.0
    assert plans.next_due(KINDS, mine) is None
    assert plans.next_due(["failing"]) is None
    assert plans.claim("somebody", KINDS, other)
    assert plans.next_due(KINDS) is None
    assert claims.next_due(KINDS) is None
    assert plans.add_items(other, "somebody", 0, [NewItem("item", {"index": 0})])
    assert claims.next_due(KINDS) == 0.0
    assert claims.next_due(KINDS, only=mine) is None
    assert claims.next_due(KINDS, but=[other]) is None
    assert claims.next_due(["failing"]) is None


def test_what_is_put_off_is_due_then(open_engine: OpenEngine) -> None:
    engine = open_engine()
    number = engine.jobs.submit("counting", {"count": 1}).number
    plans = PlanTable(engine._catalog)
    assert plans.claim("somebody", KINDS)
    plans.give_back(number, "somebody", 4e9)
    assert plans.next_due(KINDS) == 4e9
    assert plans.claim("somebody", KINDS) is None


def test_many_that_wait_for_their_items_hide_nothing(open_engine: OpenEngine) -> None:
    engine = open_engine()
    plans, claims = PlanTable(engine._catalog), JobClaims(engine._catalog)
    waiting = [engine.jobs.submit("counting", {"count": 1}).number for _ in range(25)]
    for number in waiting:
        assert plans.claim("somebody", KINDS, number)
        assert plans.add_items(number, "somebody", 0, [NewItem("item", {"index": 0})])
        plans.end_listing(number, "somebody")
    assert plans.next_due(KINDS) is None
    without_items = engine.jobs.submit("counting", {"count": 0}).number
    assert plans.claim("somebody", KINDS) == PlanClaim(without_items, 1, unlisted=True)
    plans.end_listing(without_items, "somebody")
    assert plans.next_due(KINDS) == 0.0
    assert plans.claim("somebody", KINDS) == PlanClaim(without_items, 1, unlisted=False)
    # Each after the one that was served last, and from the first on again.
    served = [claims.claim("somebody", KINDS, after, 1, 1) for after in (waiting[-2], waiting[-1])]
    assert [found.job for found in served if found] == [waiting[-1], waiting[0]]
    resting = waiting[:20]
    found = claims.claim("somebody", KINDS, 0, 1, 1, but=resting)
    assert found is not None
    assert found.job == waiting[20]
    assert claims.claim("somebody", KINDS, 0, 1, 1, only=waiting[0]) is None
    done = [
        ItemOutcome(number, 0, ItemState.DONE) for number in (waiting[-1], waiting[0], waiting[20])
    ]
    claims.record("somebody", done)
    assert plans.next_due(KINDS) == 0.0
    ended = [plans.claim("somebody", KINDS) for _ in done]
    assert [each.job for each in ended if each] == sorted(each.job for each in done)
    assert plans.next_due(KINDS) is None
