"""Exact search: the engine, that proves by 8-bit codes what it leaves out, against scans in float32, side by side.

Asks the engine, ``numpy`` (``vectors @ query``), faiss' flat index and usearch's exact search the same queries in turns,
each on one thread, and prints milliseconds a query (the best of several rounds, median over the queries), how many answers
codes proved, how many vectors were measured in float32 for each, and seconds until the codes were there. Then all pairs
within a radius, by the engine and by multiplying each vector with each, in seconds of processor time. Answers that differ
end it.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/certified.py --sizes 20000 100000
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray
from search import K, Vectors, open_engine, wait_for_codes
from threadpoolctl import threadpool_limits
from usearch.index import search as usearch_search
from vectors import clustered

from photomill.collections.collection import Collection
from photomill.collections.matrix import MatrixView
from photomill.collections.model import ByVector, NewRecord, SearchOptions
from photomill.collections.pairs import pairs_within

_ROUNDS = 7
_RADIUS = 0.1
"""Euclidean: what the engine takes for near-duplicates."""

_COPIES = 0.01
"""The share of rows for which a pair is planted, at up to twice the radius."""

_ROWS_AT_ONCE = 1024


def filled(engine: Any, vectors: Vectors) -> Collection:
    collection: Collection = engine.collections.open(
        engine.collections.create("bench", embedder="bench").id
    )
    for start in range(0, len(vectors), 10_000):
        block = vectors[start : start + 10_000]
        collection.insert(
            [NewRecord(str(row), vector=vector) for row, vector in enumerate(block, start)]
        )
    collection.settle()
    return collection


def measure(size: int, dimension: int, queries: int) -> list[dict[str, Any]]:
    everything = clustered(size + queries, dimension, 1)
    vectors, asked = everything[:size].copy(), everything[size:]
    flat = faiss.IndexFlatIP(dimension)
    flat.add(vectors)

    def scan(query: Vectors) -> set[str]:
        products = vectors @ query
        return {str(row) for row in np.argpartition(products, size - K)[size - K :]}

    with tempfile.TemporaryDirectory() as folder, open_engine(folder, dimension) as engine:
        collection = filled(engine, vectors)
        options = SearchOptions(limit=K, exact=True)

        def search(query: Vectors) -> Any:
            return collection.search(ByVector(query), options)

        waited = wait_for_codes(search, asked[0])
        ways: dict[str, Callable[[Vectors], Any]] = {
            "engine": search,
            "numpy": scan,
            "faiss flat": lambda query: flat.search(query[np.newaxis], K),
            "usearch exact": lambda query: usearch_search(
                vectors, query, K, "ip", exact=True, threads=1
            ),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        proven, measured = 0, []
        for query in asked:
            best = dict.fromkeys(ways, float("inf"))
            for _ in range(_ROUNDS):
                for name, way in ways.items():
                    started = time.perf_counter()
                    way(query)
                    best[name] = min(best[name], 1000 * (time.perf_counter() - started))
            for name, milliseconds in best.items():
                times[name].append(milliseconds)
            answer = search(query)
            proven += answer.plan == "codes"
            measured.append(answer.scanned)
            assert answer.certified
            assert {hit.id for hit in answer.hits} == scan(query)
    print(f"{size} × {dimension}: codes after {waited:.1f} s, {proven} of {queries} proven by them")
    print(f"  measured in float32: median {statistics.median(measured):.0f}, most {max(measured)}")
    for name, each in times.items():
        print(f"  {name:14} {statistics.median(each):6.2f} ms, slowest {max(each):6.2f}")
    return [
        {"size": size, "what": name, "milliseconds": statistics.median(each)}
        for name, each in times.items()
    ]


def with_copies(vectors: Vectors) -> Vectors:
    """The vectors, of which some are moved near to others."""
    random = np.random.default_rng(3)
    count = int(_COPIES * len(vectors))
    originals, copies = random.permutation(len(vectors))[: 2 * count].reshape(2, count)
    away = random.normal(size=(count, vectors.shape[1]))
    away *= random.uniform(0, 2 * _RADIUS, (count, 1)) / np.linalg.norm(away, axis=1, keepdims=True)
    planted = vectors[originals] + away
    vectors[copies] = planted / np.linalg.norm(planted, axis=1, keepdims=True)
    return vectors


def each_with_each(vectors: Vectors) -> set[tuple[int, int]]:
    """All pairs within the radius by products of all vectors; those near the edge are measured in float64."""
    least = 1.0 - _RADIUS**2 / 2.0 - 1e-5
    found: set[tuple[int, int]] = set()
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        first, second = np.nonzero(
            vectors[start : start + _ROWS_AT_ONCE] @ vectors[start:].T >= least
        )
        first, second = first[first < second] + start, second[first < second] + start
        difference: NDArray[np.float64] = vectors[first].astype(np.float64) - vectors[second]
        near = np.linalg.norm(difference, axis=1) <= _RADIUS
        found.update(zip(first[near].tolist(), second[near].tolist(), strict=True))
    return found


def pairs_of(vectors: Vectors) -> set[tuple[int, int]]:
    """All pairs within the radius, as the engine finds them."""
    view = MatrixView((vectors,), (0,), *vectors.shape)
    return {
        (min(a, b), max(a, b))
        for found in pairs_within(view, np.arange(len(vectors)), _RADIUS)
        for a, b in zip(found.first.tolist(), found.second.tolist(), strict=True)
    }


def measure_pairs(size: int, dimension: int) -> list[dict[str, Any]]:
    vectors = with_copies(clustered(size, dimension, 2))
    seconds, answers = [], []
    for way in (pairs_of, each_with_each):
        started = time.process_time()
        answers.append(way(vectors))
        seconds.append(time.process_time() - started)
    assert answers[0] == answers[1]
    print(f"all pairs of {size} × {dimension} within {_RADIUS}: {len(answers[0])}")
    print(f"  engine {seconds[0]:.2f} s, each with each {seconds[1]:.2f} s of processor time")
    return [
        {"size": size, "what": f"all pairs, {name}", "seconds": taken}
        for name, taken in zip(("engine", "each with each"), seconds, strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    faiss.omp_set_num_threads(1)
    with threadpool_limits(1):
        for size in arguments.sizes:
            rows += measure(size, arguments.dimension, arguments.queries)
            rows += measure_pairs(size, arguments.dimension)
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
