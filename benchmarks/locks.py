"""Locks: how long searches and writers wait while one insert checks 1,000 records for near-duplicates.

Fills a collection of clustered unit vectors. Then searches, filtered searches, key creations, updates of the same
collection and updates of another one each run in a loop, first alone and then beside the insert. Prints for each the
median and the longest time of both phases, and the longest wait: the longest time beside the insert less the longest
alone. Nice values, other load and the interpreter's lock are part of what is measured.

    python benchmarks/locks.py --rows 300000 --records 1000 --output locks.json
"""

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from itertools import count
from pathlib import Path

import numpy as np
from attrs import asdict, frozen
from search import filled, open_engine
from vectors import clustered

from photomill.collections.collection import Collection
from photomill.collections.model import ByVector, NewRecord, SearchOptions
from photomill.engine import Engine

IDLE_SECONDS = 8.0
PAUSE = 0.01
RADIUS = 5.0


@frozen
class Row:
    """One line of the table, milliseconds."""

    what: str
    calls: int
    alone_median: float
    alone_longest: float
    beside_median: float
    beside_longest: float
    wait: float


Calls = Mapping[str, list[tuple[float, float]]]
"""By what is called: (when it began, seconds it took)."""


@contextmanager
def repeated(actions: Mapping[str, Callable[[], object]]) -> Iterator[Calls]:
    """Call each action again and again, each in a thread of its own."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in actions}
    stopping = threading.Event()

    def repeat(name: str) -> None:
        while not stopping.is_set():
            started = time.perf_counter()
            actions[name]()
            times[name].append((started, time.perf_counter() - started))
            stopping.wait(PAUSE)

    threads = [threading.Thread(target=repeat, args=(name,)) for name in actions]
    for thread in threads:
        thread.start()
    try:
        yield times
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def actions_on(
    engine: Engine, collection: Collection, queries: np.ndarray
) -> dict[str, Callable[[], object]]:
    other = engine.collections.open(engine.collections.create("other", embedder="bench").id)
    other.insert([NewRecord("there", vector=queries[0])])
    numbers = count()
    plain = SearchOptions(limit=10)
    filtered = SearchOptions(limit=10, filter={"share": {"$lt": 500}})

    def query() -> ByVector:
        return ByVector(queries[next(numbers) % len(queries)])

    return {
        "search": lambda: collection.search(query(), plain),
        "filtered search": lambda: collection.search(query(), filtered),
        "key creation": lambda: engine.keys.create("bench"),
        "update of the collection": lambda: collection.update([("0000000", {"n": next(numbers)})]),
        "update of another": lambda: other.update([("there", {"n": next(numbers)})]),
    }


def new_records(vectors: np.ndarray, records: int, run: str) -> list[NewRecord]:
    """Half of them near-duplicates of stored records, a tenth of one another."""
    random = np.random.default_rng()
    fresh = clustered(records, vectors.shape[1], seed=int(random.integers(1 << 30)))
    half = records // 2
    fresh[:half] = vectors[random.integers(len(vectors), size=half)]
    fresh[-records // 10 :] = fresh[-2 * (records // 10) : -(records // 10)]
    fresh += random.normal(scale=1e-4, size=fresh.shape).astype(np.float32)
    fresh /= np.linalg.norm(fresh, axis=1, keepdims=True)
    order = random.permutation(records)
    return [NewRecord(f"{run}-{place}", vector=fresh[row]) for place, row in enumerate(order)]


def rows_of(times: Calls, started: float, ended: float) -> list[Row]:
    rows = []
    for name, calls in times.items():
        alone = [1e3 * seconds for began, seconds in calls if began + seconds < started]
        beside = [
            1e3 * seconds
            for began, seconds in calls
            if began < ended and began + seconds >= started
        ]
        rows.append(
            Row(
                name,
                len(beside),
                statistics.median(alone),
                max(alone),
                statistics.median(beside),
                max(beside),
                max(0.0, max(beside) - max(alone)),
            )
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--folder", help="a data folder to keep, and to find filled the next time")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    vectors = np.ascontiguousarray(clustered(arguments.rows, arguments.dimension, seed=7))
    queries = clustered(1000, arguments.dimension, seed=8)
    place = nullcontext(arguments.folder) if arguments.folder else tempfile.TemporaryDirectory()
    with place as folder, open_engine(folder, arguments.dimension) as engine:
        known = engine.collections.named("bench")
        if known:
            collection = engine.collections.open(known[0].id)
        else:
            collection = filled(engine, vectors, "auto")
        collection.settle()
        records = new_records(vectors, arguments.records, str(time.time_ns()))
        actions = actions_on(engine, collection, queries)
        for action in actions.values():
            action()
        with repeated(actions) as times:
            time.sleep(IDLE_SECONDS)
            started = time.perf_counter()
            report = collection.insert(records, near_radius=RADIUS)
            ended = time.perf_counter()
    rows = rows_of(times, started, ended)
    print(
        f"{arguments.rows} rows, insert of {arguments.records}: {ended - started:.2f} s, "
        f"{len(report.inserted)} inserted, {len(report.skipped)} refused; "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, nice {os.nice(0)}"
    )
    print(f"{'milliseconds':<28}{'calls':>7}{'alone':>18}{'beside':>18}{'longest':>10}")
    print(f"{'':<28}{'':>7}{'median   longest':>18}{'median   longest':>18}{'wait':>10}")
    for row in rows:
        print(
            f"{row.what:<28}{row.calls:>7}{row.alone_median:>9.1f}{row.alone_longest:>9.1f}"
            f"{row.beside_median:>9.1f}{row.beside_longest:>9.1f}{row.wait:>10.1f}"
        )
    if arguments.output:
        arguments.output.write_text(json.dumps([asdict(row) for row in rows], indent=1))


if __name__ == "__main__":
    main()
