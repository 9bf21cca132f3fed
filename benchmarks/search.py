"""Search: the engine against the bare libraries, side by side in one run.

Fills collections of clustered unit vectors (``vectors.py`` says how they are made), asks the engine and each bare library
the same queries, the engine in turns with the library that its index is made of, and prints recall@10, milliseconds a query
on one thread, what the engine adds to the bare call, filtered search at several selectivities (beside the engine gathering
and scanning the survivors), and the planner's constants as this machine has them.

    python benchmarks/search.py --sizes 10000 100000 300000 --output search.json
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
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

Vectors = NDArray[np.float32]
K = 10
SELECTIVITIES = (50.0, 10.0, 1.0, 0.1)
_LONGEST_WAIT = 120.0


@frozen
class Row:
    """One line of the table.

    :ivar milliseconds: median over the queries of the median round.
    """

    size: int
    what: str
    recall: float
    milliseconds: float
    built_seconds: float | None = None
    plan: str = ""
    against_bare: float | None = None


Ask = Callable[[Vectors], Any]
"""One query vector → the rows found, nearest first."""


def truth(
    vectors: Vectors, queries: Vectors, allowed: NDArray[np.bool_] | None = None
) -> list[set[int]]:
    rows = np.arange(len(vectors)) if allowed is None else np.flatnonzero(allowed)
    found = []
    for query in queries:
        products = vectors[rows] @ query
        best = np.argsort(-products)[:K]
        found.append({int(row) for row in rows[best]})
    return found


def in_turns(
    asks: dict[str, Ask], queries: Vectors, rounds: int = 3
) -> dict[str, tuple[list[list[int]], float]]:
    """Ask everyone each query in turn; returns answers and the median milliseconds a query."""
    times: dict[str, list[float]] = {name: [] for name in asks}
    answers: dict[str, list[list[int]]] = {name: [] for name in asks}
    for query in queries[:5]:
        for ask in asks.values():
            ask(query)
    for turn in range(rounds):
        for query in queries:
            for name, ask in asks.items():
                started = time.perf_counter()
                answer = ask(query)
                times[name].append(1000 * (time.perf_counter() - started))
                if turn == 0:
                    answers[name].append(list(map(int, answer)))
    return {name: (answers[name], statistics.median(times[name])) for name in asks}


def in_pairs(
    asks: Mapping[str, Ask], pairs: Mapping[str, str], queries: Vectors
) -> dict[str, tuple[list[list[int]], float]]:
    """Ask each with the one it is held against: what others read between them would cool the caches of both."""
    together = [
        {bare: asks[bare], name: asks[name]}
        for name, bare in pairs.items()
        if name in asks and bare in asks
    ]
    paired = {name for each in together for name in each}
    alone = [{name: ask} for name, ask in asks.items() if name not in paired]
    found: dict[str, tuple[list[list[int]], float]] = {}
    for each in [*together, *alone]:
        found |= in_turns(each, queries)
    return {name: found[name] for name in asks}


def recall(answers: list[list[int]], expected: list[set[int]]) -> float:
    return float(
        np.mean(
            [
                len(set(answer) & best) / len(best)
                for answer, best in zip(answers, expected, strict=True)
            ]
        )
    )


def timed(build: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    made = build()
    return made, time.perf_counter() - started


# ---------------------------------------------------------------- the bare libraries


def bare_libraries(vectors: Vectors, names: Sequence[str]) -> dict[str, tuple[Ask, float]]:
    makers = {
        "numpy": numpy_blas,
        "faiss": faiss_rabitq,
        "hnswlib": hnswlib_graph,
        "usearch": usearch_graph,
        "nmslib": nmslib_graph,
    }
    return {name: makers[name](vectors) for name in names}


def numpy_blas(vectors: Vectors) -> tuple[Ask, float]:
    def ask(query: Vectors) -> Sequence[int]:
        products = vectors @ query
        best = np.argpartition(-products, K)[:K]
        return list(best[np.argsort(-products[best])])

    return ask, 0.0


def faiss_rabitq(vectors: Vectors) -> tuple[Ask, float]:
    import faiss

    faiss.omp_set_num_threads(1)

    def build() -> Any:
        rotation = faiss.RandomRotationMatrix(vectors.shape[1], vectors.shape[1])
        rotation.init(7)
        index = faiss.IndexPreTransform(
            rotation, faiss.IndexRaBitQFastScan(vectors.shape[1], faiss.METRIC_L2)
        )
        index.train(vectors)
        index.add(vectors)
        return index

    index, seconds = timed(build)

    def ask(query: Vectors) -> Sequence[int]:
        _, found = index.search(query[np.newaxis], 400)
        rows = found[0][found[0] >= 0]
        products = vectors[rows] @ query
        return list(rows[np.argsort(-products)[:K]])

    return ask, seconds


def hnswlib_graph(vectors: Vectors) -> tuple[Ask, float]:
    import hnswlib

    index = hnswlib.Index("ip", vectors.shape[1])
    index.init_index(len(vectors), M=16, ef_construction=200, random_seed=7)
    _, seconds = timed(lambda: index.add_items(vectors, num_threads=2))
    index.set_ef(128)
    index.set_num_threads(1)
    return lambda query: index.knn_query(query, K)[0][0], seconds


def usearch_graph(vectors: Vectors) -> tuple[Ask, float]:
    from usearch.index import Index

    index = Index(
        ndim=vectors.shape[1],
        metric="ip",
        dtype="f16",
        connectivity=16,
        expansion_add=128,
        expansion_search=128,
    )
    _, seconds = timed(lambda: index.add(np.arange(len(vectors)), vectors, threads=2))
    return lambda query: index.search(query, K, threads=1).keys, seconds


def nmslib_graph(vectors: Vectors) -> tuple[Ask, float]:
    import nmslib

    index = nmslib.init(method="hnsw", space="cosinesimil")
    index.addDataPointBatch(vectors)
    _, seconds = timed(
        lambda: index.createIndex({"M": 16, "efConstruction": 100, "indexThreadQty": 2})
    )
    index.setQueryTimeParams({"efSearch": 200})
    return lambda query: index.knnQuery(query, K)[0], seconds


# ---------------------------------------------------------------- the engine


def open_engine(folder: str, dimension: int) -> Engine:
    embedder = {"use": "vectors", "options": {"dimension": dimension}}
    return Engine.open(
        load_settings(
            environ={}, overrides={"photomill.data_dir": folder, "embedders.bench": embedder}
        )
    )


def filled(engine: Engine, vectors: Vectors, index: str) -> Collection:
    """A collection of the vectors, indexed."""
    info = engine.collections.create("bench", embedder="bench", index=index)
    collection = engine.collections.open(info.id)
    for start in range(0, len(vectors), 1000):
        # Row r is let through by {"share": {"$lt": s}} for s thousandths of the rows.
        collection.insert(
            [
                NewRecord(
                    f"{row:07}", attributes={"share": (row * 7919) % 1000}, vector=vectors[row]
                )
                for row in range(start, min(start + 1000, len(vectors)))
            ]
        )
    collection.settle()
    return collection


def wait_for_codes(ask: Callable[[Vectors], Any], query: Vectors) -> float:
    """Seconds until codes answer; infinite where a scan is as good."""
    started = time.perf_counter()
    while ask(query).plan != "codes":
        if time.perf_counter() - started > _LONGEST_WAIT:
            return float("inf")
        time.sleep(0.1)
    return time.perf_counter() - started


def build_seconds(engine: Engine, vectors: Vectors, index: str) -> float:
    """How long such an index takes to build, by itself."""
    alone = engine.components.new_index(index)
    _, seconds = timed(lambda: alone.build(vectors))
    alone.close()
    return seconds


def asking(collection: Collection, options: SearchOptions) -> Ask:
    return lambda query: [int(hit.id) for hit in collection.search(ByVector(query), options).hits]


def unfiltered(
    size: int,
    vectors: Vectors,
    queries: Vectors,
    engine: Engine,
    bare: Sequence[str],
    indexes: Sequence[str],
) -> list[Row]:
    expected = truth(vectors, queries)
    libraries = bare_libraries(vectors, bare)
    asks = {f"bare {name}": ask for name, (ask, _) in libraries.items()}
    built = {f"bare {name}": seconds for name, (_, seconds) in libraries.items()}
    plans = {}
    for index in indexes:
        collection = filled(engine, vectors, index)
        seconds = build_seconds(engine, vectors, index)
        name = f"engine {index}"
        asks[name], built[name] = asking(collection, SearchOptions(limit=K)), seconds
        plans[name] = collection.search(ByVector(queries[0]), SearchOptions(limit=K)).plan
    pairs = {
        "engine exact": "bare numpy",
        "engine large": "bare faiss",
        "engine graph": "bare nmslib",
    }
    measured = in_pairs(asks, pairs, queries)
    rows = []
    for name, (answers, milliseconds) in measured.items():
        partner = measured.get(pairs.get(name, ""))
        against = milliseconds / partner[1] if partner else None
        rows.append(
            Row(
                size,
                name,
                recall(answers, expected),
                milliseconds,
                built.get(name),
                plans.get(name, ""),
                against,
            )
        )
    return rows


def filtered(
    size: int, vectors: Vectors, queries: Vectors, engine: Engine, indexes: Sequence[str]
) -> list[Row]:
    shares = (np.arange(size) * 7919) % 1000
    rows = []
    for index in indexes:
        collection = filled(engine, vectors, index)
        for percent in SELECTIVITIES:
            limit = round(10 * percent)
            allowed = shares < limit
            expression = {"share": {"$lt": limit}}
            planned = SearchOptions(limit=K, filter=expression)
            gathered = SearchOptions(limit=K, filter=expression, exact=True)
            asks = {
                "planned": asking(collection, planned),
                "gathered": asking(collection, gathered),
            }
            measured = in_turns(asks, queries)
            answers, milliseconds = measured["planned"]
            rows.append(
                Row(
                    size,
                    f"{index} filtered to {percent} %",
                    recall(answers, truth(vectors, queries, allowed)),
                    milliseconds,
                    plan=collection.search(ByVector(queries[0]), planned).plan,
                    against_bare=milliseconds / measured["gathered"][1],
                )
            )
    return rows


def constants(vectors: Vectors, queries: Vectors) -> dict[str, float]:
    """Microseconds a float of scanning in place and of gathering, for ``planner.py``."""
    scattered = np.sort(
        np.random.default_rng(7).choice(len(vectors), len(vectors) // 10, replace=False)
    )
    measured = in_turns(
        {"scan": lambda query: vectors @ query, "gather": lambda query: vectors[scattered] @ query},
        queries[:20],
    )
    dimension = vectors.shape[1]
    return {
        "SCAN_PER_FLOAT": 1000 * measured["scan"][1] / (len(vectors) * dimension),
        "GATHER_PER_FLOAT": 1000 * measured["gather"][1] / (len(scattered) * dimension),
    }


def print_table(rows: Sequence[Row]) -> None:
    print(
        f"{'rows':>8}  {'what':<28} {'recall@10':>9} {'ms':>8} {'/ bare':>7} {'built s':>8}  plan"
    )
    for row in rows:
        against = f"{row.against_bare:.2f}" if row.against_bare is not None else ""
        built = f"{row.built_seconds:.2f}" if row.built_seconds is not None else ""
        print(
            f"{row.size:>8}  {row.what:<28} {row.recall:>9.4f} {row.milliseconds:>8.3f} {against:>7} {built:>8}  {row.plan}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument(
        "--bare", nargs="*", default=["numpy", "faiss", "hnswlib", "usearch", "nmslib"]
    )
    parser.add_argument("--indexes", nargs="*", default=["exact", "large", "ivf", "graph"])
    parser.add_argument("--filtered", nargs="*", default=["large"])
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    rows: list[Row] = []
    fitted = {}
    for size in arguments.sizes:
        everything = clustered(size + arguments.queries, arguments.dimension, seed=7)
        vectors, queries = np.ascontiguousarray(everything[:size]), everything[size:]
        with (
            tempfile.TemporaryDirectory() as folder,
            open_engine(folder, arguments.dimension) as engine,
        ):
            rows += unfiltered(size, vectors, queries, engine, arguments.bare, arguments.indexes)
            rows += filtered(size, vectors, queries, engine, arguments.filtered)
        fitted[size] = constants(vectors, queries)
    print_table(rows)
    for size, found in fitted.items():
        print(size, ", ".join(f"{name} = {value:.5f} µs" for name, value in found.items()))
    if arguments.output:
        arguments.output.write_text(
            json.dumps({"rows": [asdict(row) for row in rows], "constants": fitted}, indent=1)
        )


if __name__ == "__main__":
    main()
