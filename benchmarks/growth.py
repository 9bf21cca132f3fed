"""Growth: how what Photomill does grows with what it holds.

Search, filters, inserts, deletes, memory and opening are measured at several sizes; an exponent is fitted to each by least
squares over the logarithms: 0 is what does not grow, 1 what grows as the collection does. Imports and batch edits of small
drawn images, and the listing of a folder, are measured by the item at several sizes likewise.

    python benchmarks/growth.py --sizes 10000 100000 1000000 --items 1000 10000 --output growth.json
"""

import argparse
import json
import statistics
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from attrs import asdict, frozen
from import_speed import timed
from memory import open_elsewhere
from PIL import Image
from search import filled, open_engine, wait_for_codes
from vectors import clustered

from photomill import EditRequest, Pixels, Resizing, load_settings
from photomill.collections.collection import Collection
from photomill.collections.model import ByVector, NewRecord, SearchOptions
from photomill.collections.proving import PAYS_FROM
from photomill.engine import Engine

_CHANGED = 1000
"""Records of one insert and of one delete."""
_TURNS = 7
"""Inserts and deletes, of which the median counts: one alone may wait for the disk."""
_QUERIES = 50

PROMISED: Mapping[str, float] = {
    "search": 1.0,
    "exact search": 1.0,
    "search, a hundredth let through": 1.0,
    "count of a filter": 1.0,
    "insert": 0.1,
    "delete": 0.1,
    "open": 1.0,
    "memory a record": 0.1,
    "import": 0.1,
    "batch edit": 0.1,
    "listing a folder": 0.1,
}
"""The exponents that are promised at most; a tenth is noise."""


@frozen
class Row:
    """What was measured at one size."""

    what: str
    unit: str
    size: int
    value: float


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
            measured = open_elsewhere(folder, identity, dimension)
        yield Row("open", "s", size, measured["opened"])
        held = measured["bytes"] - measured["empty"]
        yield Row("memory a record", "bytes", size, held / size)


def _asked(collection: Collection, size: int, queries: Any) -> Iterator[Row]:
    ways = {
        "search": SearchOptions(limit=10),
        "exact search": SearchOptions(limit=10, exact=True),
        "search, a hundredth let through": SearchOptions(limit=10, filter={"share": {"$lt": 10}}),
    }
    if size * queries.shape[1] >= PAYS_FROM:
        # They are made beside the searches that would gain by them, and beside what is measured next.
        exact = ways["exact search"]
        wait_for_codes(lambda query: collection.search(ByVector(query), exact), queries[0])
    for name, options in ways.items():
        for query in queries[:5]:
            collection.search(ByVector(query), options)
        seconds = [
            timed(lambda: collection.search(ByVector(query), options))  # noqa: B023
            for query in queries
        ]
        yield Row(name, "ms", size, 1000 * statistics.median(seconds))
    seconds = [timed(lambda: collection.count({"share": {"$lt": 10}})) for _ in range(20)]
    yield Row("count of a filter", "ms", size, 1000 * statistics.median(seconds))


def _changed(collection: Collection, size: int, vectors: Any) -> Iterator[Row]:
    inserts, deletes = [], []
    for turn in range(_TURNS):
        names = [f"new {turn} {number}" for number in range(_CHANGED)]
        records = [
            NewRecord(name, vector=vector) for name, vector in zip(names, vectors, strict=True)
        ]
        inserts.append(timed(lambda: collection.insert(records)))  # noqa: B023
        deletes.append(timed(lambda: collection.delete(names)))  # noqa: B023
    for what, seconds in (("insert", inserts), ("delete", deletes)):
        yield Row(what, "ms a record", size, 1000 * statistics.median(seconds) / _CHANGED)


def items(counts: Sequence[int]) -> Iterator[Row]:
    """Imports and batch edits, by the item, and what a listing holds at once."""
    for count in counts:
        with tempfile.TemporaryDirectory() as folder, engine_in(folder) as engine:
            images = draw_small_images(Path(folder), count)
            info = engine.collections.create("growth", thumbnails=False)
            imported = timed(lambda: engine.importing.run(info.id, [images]))  # noqa: B023
            yield Row("import", "ms an image", count, 1000 * imported / count)
            request = EditRequest(resizing=Resizing(width=Pixels(8), height=Pixels(8)))
            found = engine.file_editing.find([images], request, f"{folder}/results/")
            edited = timed(lambda: engine.file_editing.run(found))  # noqa: B023
            yield Row("batch edit", "ms an image", count, 1000 * edited / count)
            peak = traced(lambda: _list(engine, images))  # noqa: B023
            yield Row("listing a folder", "MB at most", count, peak / 1e6)


def _list(engine: Engine, images: Path) -> None:
    engine.storages.operator.create("images", "local", {"path": str(images)})
    for _ in engine.storages.operator.storage("images").list_objects(""):
        pass


def draw_small_images(folder: Path, count: int) -> Path:
    """Fill a folder with so many images of 16 pixels square, no two alike."""
    images = folder / "images"
    generator = np.random.default_rng(count)
    for number in range(count):
        below = images / f"{number // 1000:04}"
        below.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(below / f"{number:07}.png", compress_level=1)
    return images


@contextmanager
def engine_in(folder: str) -> Iterator[Engine]:
    overrides = {"photomill.data_dir": f"{folder}/data", "embedders.main": {"use": "descriptor"}}
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        yield engine


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
        promised = f"(promised at most {PROMISED[what]:g})"
        print(f"{what:<32} {those[0].unit:<12} {values}   {power} {promised}")


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
