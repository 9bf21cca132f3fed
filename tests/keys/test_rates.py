"""Rate limits, which all processes keep together."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.catalog import Catalog
from photomill.keys import RateLimit


@pytest.fixture(scope="module")
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Catalog]]:
    """Two connections to one catalog, as two processes have."""
    folder: Path = tmp_path_factory.mktemp("data")
    with ExitStack() as stack:
        opened = [Catalog.open("", folder) for _ in range(2)]
        for catalog in opened:
            stack.callback(catalog.close)
        yield opened


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_count_begins_anew(catalogs: list[Catalog]) -> None:
    clock = Clock()
    rate = RateLimit(catalogs[0], "anew", 1, burst=1, clock=clock)
    first, second = rate.count("key"), rate.count("key")
    assert first is not None
    assert second is not None
    assert (first.remaining, first.reset, first.exceeded) == (0, 60, False)
    assert (second.remaining, second.exceeded) == (-1, True)
    clock.now += 60.0
    again = rate.count("key")
    assert again is not None
    assert not again.exceeded


def test_no_limit(catalogs: list[Catalog]) -> None:
    assert RateLimit(catalogs[0], "none", 0).count("key") is None


def test_tables_of_callers_do_not_grow(catalogs: list[Catalog]) -> None:
    limit = RateLimit(catalogs[0], "callers", 60, remembered=10)
    for number in range(30):
        limit.seconds_to_wait(f"192.0.2.{number}")
    assert len(limit) == 10


def test_a_caller_that_one_process_forgot_is_still_limited(catalogs: list[Catalog]) -> None:
    clock = Clock()
    limit = RateLimit(catalogs[0], "forgotten", 5, burst=5, remembered=1, clock=clock)
    waits = []
    for _ in range(8):
        waits.append(limit.seconds_to_wait("busy"))
        limit.seconds_to_wait("other")
    assert [bool(seconds) for seconds in waits[5:]] == [True] * 3


def test_two_processes_allow_no_more_than_one(catalogs: list[Catalog]) -> None:
    clock = Clock()
    limits = [RateLimit(each, "two", 100, burst=100, clock=clock) for each in catalogs]
    allowed = sum(limits[turn % 2].seconds_to_wait("key") == 0 for turn in range(300))
    assert allowed == 100
    clock.now += 30.0
    assert sum(limits[turn % 2].seconds_to_wait("key") == 0 for turn in range(300)) == 50


def test_threads_of_two_processes_allow_no_more_than_one(catalogs: list[Catalog]) -> None:
    clock = Clock()
    limits = [RateLimit(each, "threads", 60, burst=60, clock=clock) for each in catalogs]
    allowed: list[int] = []

    def call(limit: RateLimit) -> None:
        allowed.append(sum(limit.seconds_to_wait("key") == 0 for _ in range(30)))

    threads = [threading.Thread(target=call, args=(limits[each % 2],)) for each in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(allowed) == 60


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 1), st.floats(0.0, 20.0, allow_nan=False)), max_size=40
    ),
    number=st.integers(0, 2**60),
)
def test_a_minute_never_has_more_than_the_burst_and_the_rate(
    catalogs: list[Catalog], steps: list[tuple[int, float]], number: int
) -> None:
    clock = Clock()
    limits = [RateLimit(each, "law", 12, burst=4, clock=clock) for each in catalogs]
    start, allowed = clock.now, 0
    for which, passed in steps:
        clock.now += passed
        allowed += limits[which].seconds_to_wait(str(number)) == 0
        assert allowed <= 4 + (clock.now - start) * 12 / 60 + 1e-6
