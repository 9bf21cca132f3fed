"""Who is still there, as workers of other machines tell it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from photomill.catalog import Catalog
from photomill.jobs.store import workers
from photomill.jobs.store.workers import WorkerTable

LEASE = 10.0


class Clock:
    """The time of one machine, which a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(workers, "time", clock)
    return clock


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog.open("", tmp_path)
    yield catalog
    catalog.close()


@pytest.fixture
def here(catalog: Catalog, tmp_path: Path) -> WorkerTable:
    return WorkerTable(catalog, tmp_path / "here", LEASE)


@pytest.fixture
def there(catalog: Catalog, tmp_path: Path) -> WorkerTable:
    """The workers as another machine has them, which sees no lock of this one."""
    return WorkerTable(catalog, tmp_path / "there", LEASE)


def test_a_silent_worker_is_gone_within_a_lease_and_a_half(
    here: WorkerTable, there: WorkerTable, clock: Clock
) -> None:
    silent, other = here.join(), there.join()
    died = clock.now
    while not (expired := there.expired()):
        clock.now += LEASE / 4
        there.heartbeat(other)
    assert [(each.id, each.killed) for each in expired] == [(silent, False)]
    assert LEASE < clock.now - died <= 1.5 * LEASE


@pytest.mark.parametrize("apart", [-3600.0, 3600.0])
def test_the_clocks_of_two_machines_may_differ(
    here: WorkerTable, there: WorkerTable, clock: Clock, apart: float
) -> None:
    worker = here.join()
    for _ in range(20):
        clock.now += apart
        here.heartbeat(worker)
        clock.now -= apart
        assert there.expired() == []
        clock.now += LEASE / 4


def test_a_process_that_was_cut_off_takes_nobody_for_gone(
    here: WorkerTable, there: WorkerTable, clock: Clock
) -> None:
    here.join()
    for _ in range(3):
        assert there.expired() == []
        clock.now += LEASE / 4
    # Nobody reached the catalog for a minute.
    clock.now += 60
    assert there.expired() == []
    clock.now += LEASE / 4
    assert there.expired() == []


def test_a_worker_that_leaves_is_not_gone_but_forgotten(
    here: WorkerTable, there: WorkerTable, clock: Clock
) -> None:
    worker = here.join()
    assert there.expired() == []
    here.leave(worker)
    for _ in range(10):
        clock.now += LEASE / 4
        assert there.expired() == []
