"""Growth: how what Photomill does grows with what it holds.

Search, filters, inserts, deletes, memory and opening are measured at several sizes; an exponent is fitted to each by least
squares over the logarithms: 0 is what does not grow, 1 what grows as the collection does. Imports and batch edits of small
drawn images, claims of a job's items, and the listing of a folder are measured by the item at several sizes likewise.

    python benchmarks/growth.py --sizes 10000 100000 1000000 --items 1000 10000 --output growth.json
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from attrs import asdict, frozen
from PIL import Image
from search import filled, open_engine
from vectors import clustered

from photomill import EditRequest, Pixels, Resizing, load_settings
from photomill.collections.collection import Collection
from photomill.collections.model import ByVector, NewRecord, SearchOptions
from photomill.engine import Engine

_CHANGED = 1000
"""Records of one insert and of one delete."""
_QUERIES = 50

OPENED = """
import json, sys, time
started = time.perf_counter()
sys.path.insert(0, {here!r})
import numpy as np
from photomill.collections.model import ByVector, SearchOptions
from search import open_engine

def resident():
    fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(fields["VmRSS"].split()[0]) * 1024

engine = open_engine(sys.argv[1], int(sys.argv[3]))
before, loaded = resident(), time.perf_counter()
collection = engine.collections.open(sys.argv[2])
collection.count()
opened = time.perf_counter() - loaded
query = np.eye(1, int(sys.argv[3]), dtype=np.float32)[0]
collection.search(ByVector(query), SearchOptions(limit=10))
answered = time.perf_counter() - loaded
print(json.dumps({{"open": opened, "answer": answered, "bytes": resident() - before}}))
"""


@frozen
class Row:
    """What was measured at one size.

    :ivar promised: the exponent that is promised; None where nothing is.
    """

    what: str
    unit: str
    size: int
    value: float
    promised: float | None = None


def collections(sizes: Sequence[int], dimension: int) -> Iterator[Row]:
    for size in sizes:
        everything = clustered(size + _QUERIES + _CHANGED, dimension, seed=7)
        vectors, queries = everything[:size], everything[size : size + _QUERIES]
        with tempfile.TemporaryDirectory() as folder:
            with open_engine(folder, dimension) as engine:
                collection = filled(engine, np.ascontiguousarray(vectors), "auto")
                yield from _asked(collection, size, queries)
                yield from _changed(collection, size, everything[-_CHANGED:])
                identity = collection.info.id
            opened = _opened(folder, identity, dimension)
        yield Row("open", "s", size, opened["open"], 1.0)
        yield Row("open and first answer", "s", size, opened["answer"], 1.0)
        yield Row("memory a record", "bytes", size, opened["bytes"] / size, 0.0)


def _asked(collection: Collection, size: int, queries: Any) -> Iterator[Row]:
    ways = {
        "search": SearchOptions(limit=10),
        "exact search": SearchOptions(limit=10, exact=True),
        "search, a hundredth let through": SearchOptions(limit=10, filter={"share": {"$lt": 10}}),
    }
    for name, options in ways.items():
        for query in queries[:5]:
            collection.search(ByVector(query), options)
        seconds = [
            timed(lambda: collection.search(ByVector(query), options))  # noqa: B023
            for query in queries
        ]
        yield Row(name, "ms", size, 1000 * statistics.median(seconds), 1.0)
    seconds = [timed(lambda: collection.count({"share": {"$lt": 10}})) for _ in range(20)]
    yield Row("count of a filter", "ms", size, 1000 * statistics.median(seconds), 1.0)


def _changed(collection: Collection, size: int, vectors: Any) -> Iterator[Row]:
    names = [f"new {number}" for number in range(_CHANGED)]
    records = [NewRecord(name, vector=vector) for name, vector in zip(names, vectors, strict=True)]
    yield Row(
        "insert",
        "ms a record",
        size,
        1000 * timed(lambda: collection.insert(records)) / _CHANGED,
        0.0,
    )
    yield Row(
        "delete",
        "ms a record",
        size,
        1000 * timed(lambda: collection.delete(names)) / _CHANGED,
        0.0,
    )


def _opened(folder: str, identity: str, dimension: int) -> dict[str, float]:
    script = OPENED.format(here=str(Path(__file__).parent))
    command = [sys.executable, "-c", script, folder, identity, str(dimension)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(printed)
    return found


def items(counts: Sequence[int]) -> Iterator[Row]:
    """Imports, batch edits and claims, by the item."""
    for count in counts:
        with (
            tempfile.TemporaryDirectory() as folder,
            small_images(Path(folder), count) as images,
            engine_in(folder) as engine,
        ):
            info = engine.collections.create("growth", thumbnails=False)
            imported = timed(lambda: engine.importing.run(info.id, [images]))  # noqa: B023
            yield Row("import", "ms an image", count, 1000 * imported / count, 0.0)
            request = EditRequest(resizing=Resizing(width=Pixels(8), height=Pixels(8)))
            found = engine.file_editing.find([images], request, f"{folder}/results/")
            edited = timed(lambda: engine.file_editing.run(found))  # noqa: B023
            yield Row("batch edit", "ms an image", count, 1000 * edited / count, 0.0)
            peak = traced(lambda: _list(engine, images))
            yield Row("listing a folder", "MB at most", count, peak / 1e6, 0.0)


def _list(engine: Engine, images: Path) -> None:
    engine.storages.operator.create("images", "local", {"path": str(images)})
    for _ in engine.storages.operator.storage("images").list_objects(""):
        pass


@contextmanager
def small_images(folder: Path, count: int) -> Iterator[Path]:
    """A folder of so many images of 16 pixels square, no two alike."""
    images = folder / "images"
    generator = np.random.default_rng(count)
    for number in range(count):
        below = images / f"{number // 1000:04}"
        below.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(below / f"{number:07}.png", compress_level=1)
    yield images


@contextmanager
def engine_in(folder: str) -> Iterator[Engine]:
    overrides = {"photomill.data_dir": f"{folder}/data", "embedders.main": {"use": "descriptor"}}
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        yield engine


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def traced(work: Callable[[], object]) -> int:
    """The most bytes that Python held for it at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def exponents(rows: Sequence[Row]) -> dict[str, float]:
    """By what was measured, the power of the size that it grows with."""
    found = {}
    for what in dict.fromkeys(row.what for row in rows):
        points = [(row.size, row.value) for row in rows if row.what == what and row.value > 0]
        if len(points) > 1:
            sizes, values = np.log(np.array(points)).T
            found[what] = float(np.polyfit(sizes, values, 1)[0])
    return found


def print_table(rows: Sequence[Row], found: dict[str, float]) -> None:
    for what in dict.fromkeys(row.what for row in rows):
        those = [row for row in rows if row.what == what]
        values = "  ".join(f"{row.size}: {row.value:.4g}" for row in those)
        power = f"exponent {found[what]:+.2f}" if what in found else ""
        promised = those[0].promised
        wanted = "" if promised is None else f"(promised at most {promised:g})"
        print(f"{what:<32} {those[0].unit:<12} {values}   {power} {wanted}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--items", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    rows = [*collections(arguments.sizes, arguments.dimension), *items(arguments.items)]
    found = exponents(rows)
    print_table(rows, found)
    if arguments.output:
        document = {"rows": [asdict(row) for row in rows], "exponents": found}
        arguments.output.write_text(json.dumps(document, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
