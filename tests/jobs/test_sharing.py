"""Workers that share the items of one job."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobItem, JobState, NewItem

WORKERS = 2

OpenWorkers = Callable[[int], tuple[list[Engine], set[int]]]


class Together(JobKind):
    """No item ends before each worker has begun one."""

    kind = "together"

    def __init__(self, worker: int, begun: set[int], changed: threading.Condition) -> None:
        self._worker = worker
        self._begun = begun
        self._changed = changed

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        first = 0 if after is None else after.position + 1
        for number in range(first, job.plan["count"]):
            yield NewItem(str(number), {})

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        with self._changed:
            self._begun.add(self._worker)
            self._changed.notify_all()
            self._changed.wait_for(lambda: len(self._begun) == WORKERS)
        return {}

    def finish(self, job: Job) -> Mapping[str, Any]:
        return {}


@pytest.fixture
def open_workers(tmp_path: Path) -> Iterator[OpenWorkers]:
    """Open engines over one data folder that do so many items at a time; also returns who has begun."""
    opened: list[Engine] = []
    begun: set[int] = set()
    changed = threading.Condition()

    def open_some(threads: int) -> tuple[list[Engine], set[int]]:
        overrides: dict[str, Any] = {
            "photomill.data_dir": str(tmp_path),
            "executors.main": {"use": "workers", "options": {"threads": threads}},
        }
        for worker in range(WORKERS):
            engine = Engine.open(load_settings(environ={}, overrides=overrides))
            engine.jobs.register(Together(worker, begun, changed))
            opened.append(engine)
        return opened, begun

    yield open_some
    with changed:
        # Also where the test failed, they can be closed.
        begun.update(range(WORKERS))
        changed.notify_all()
    for engine in opened:
        engine.close()


@pytest.mark.parametrize(("threads", "count"), [(1, 4), (2, 8), (4, 16)])
def test_no_worker_takes_all_that_others_could_begin(
    open_workers: OpenWorkers,
    wait_until: Callable[[Callable[[], object]], None],
    threads: int,
    count: int,
) -> None:
    """Also where one of them comes late."""
    (early, late), begun = open_workers(threads)
    early.jobs.start()
    job = early.jobs.submit("together", {"count": count})
    wait_until(lambda: 0 in begun)
    late.jobs.start()
    assert early.jobs.wait(job.number, 120).state is JobState.DONE
