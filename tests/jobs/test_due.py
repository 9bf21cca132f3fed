"""When a worker looks for work again."""

from photomill.jobs.model import NewItem
from photomill.jobs.store.claims import JobClaims
from photomill.jobs.store.plans import PlanTable

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
