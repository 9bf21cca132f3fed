"""Index plugins beside bare libraries: time to build, memory, milliseconds a query, recall.

Every contender holds the same clustered unit vectors (``vectors.py`` says how they are made) and answers the same queries
in turns, on one thread; what gives candidates measures them again in float32. Then the plugins that can filter, against
gathering the allowed rows and scanning them.

    python benchmarks/indexes.py --sizes 10000 100000 300000 --output indexes.json
"""

import argparse
import ctypes
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import asdict, frozen
from numpy.typing import NDArray
from search import (
    SELECTIVITIES,
    Ask,
    K,
    Vectors,
    faiss_rabitq,
    hnswlib_graph,
    in_turns,
    nmslib_graph,
    numpy_blas,
    recall,
    truth,
    usearch_graph,
)
from vectors import clustered

from photomill.components import OpenContext, VectorIndex
from photomill.config.settings import FetchSettings
from photomill_exact import ExactIndex
from photomill_faiss import IvfRabitqIndex, RabitqIndex
from photomill_nmslib import NmslibIndex

PLUGINS: tuple[type[VectorIndex], ...] = (ExactIndex, RabitqIndex, IvfRabitqIndex, NmslibIndex)


@frozen
class Contender:
    """What is measured.

    :ivar bytes_per_row: resident memory that building added, without the vectors, which all refer to.
    """

    ask: Ask
    seconds: float
    cpu_seconds: float
    bytes_per_row: float
    index: VectorIndex | None = None


@frozen
class Row:
    """One line of the table.

    :ivar percent: of the rows that a filter let through; None without one.
    :ivar against: milliseconds over those of gathering and scanning; None without a filter.
    """

    size: int
    what: str
    recall: float
    milliseconds: float
    percent: float | None = None
    against: float | None = None
    build_seconds: float | None = None
    build_cpu_seconds: float | None = None
    bytes_per_row: float | None = None


def faiss_hnsw(vectors: Vectors) -> tuple[Ask, float]:
    import faiss

    index = faiss.IndexHNSWFlat(vectors.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 200
    index.hnsw.efSearch = 128
    started = time.perf_counter()
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    index.add(vectors)
    faiss.omp_set_num_threads(1)
    seconds = time.perf_counter() - started
    return lambda query: index.search(query[np.newaxis], K)[1][0], seconds


LIBRARIES: dict[str, Callable[[Vectors], tuple[Ask, float]]] = {
    "numpy": numpy_blas,
    "faiss": faiss_rabitq,
    "faiss-hnsw": faiss_hnsw,
    "hnswlib": hnswlib_graph,
    "usearch": usearch_graph,
    "nmslib": nmslib_graph,
}


def anonymous_memory() -> int:
    """Resident bytes of this process that no file backs, after giving back what is free."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields["RssAnon"].split()[0]) * 1024


def contender(make: Callable[[Vectors], tuple[Any, ...]], vectors: Vectors) -> Contender:
    # What a library takes once is not what its rows take.
    make(vectors[:1000])
    memory, cpu = anonymous_memory(), time.process_time()
    ask, seconds, *index = make(vectors)
    cpu = time.process_time() - cpu
    return Contender(ask, seconds, cpu, (anonymous_memory() - memory) / len(vectors), *index)


def plugin(kind: type[VectorIndex], vectors: Vectors) -> tuple[Ask, float, VectorIndex]:
    index = kind(kind.Options())
    index.open(OpenContext("bench", Path(tempfile.gettempdir()), FetchSettings()))
    started = time.perf_counter()
    index.build(vectors)
    return asking(index, vectors), time.perf_counter() - started, index


def asking(index: VectorIndex, vectors: Vectors, allowed: NDArray[np.bool_] | None = None) -> Ask:
    """Ask for candidates and measure them again, as the engine does."""
    count = index.candidates(K)

    def ask(query: Vectors) -> Sequence[int]:
        rows = index.search(query[np.newaxis], count, allowed=allowed)[0]
        rows = rows[rows >= 0]
        return list(rows[np.argsort(-(vectors[rows] @ query))[:K]])

    return ask


def gathering(vectors: Vectors, allowed: NDArray[np.bool_]) -> Ask:
    def ask(query: Vectors) -> Sequence[int]:
        rows = np.flatnonzero(allowed)
        products = vectors[rows] @ query
        best = np.argpartition(-products, min(K, len(rows)) - 1)[:K]
        return list(rows[best[np.argsort(-products[best])]])

    return ask


def unfiltered(
    contenders: dict[str, Contender], vectors: Vectors, queries: Vectors, rounds: int
) -> list[Row]:
    expected = truth(vectors, queries)
    measured = in_turns({name: each.ask for name, each in contenders.items()}, queries, rounds)
    return [
        Row(
            size=len(vectors),
            what=name,
            recall=recall(answers, expected),
            milliseconds=milliseconds,
            build_seconds=contenders[name].seconds,
            build_cpu_seconds=contenders[name].cpu_seconds,
            bytes_per_row=contenders[name].bytes_per_row,
        )
        for name, (answers, milliseconds) in measured.items()
    ]


def filtered(
    contenders: dict[str, Contender], vectors: Vectors, queries: Vectors, rounds: int
) -> list[Row]:
    indexes = {
        name: each.index
        for name, each in contenders.items()
        if each.index is not None and each.index.can_filter
    }
    rows = []
    for percent in SELECTIVITIES:
        allowed = np.random.default_rng(1).random(len(vectors)) < percent / 100
        allowed[:K] = True
        asks = {name: asking(index, vectors, allowed) for name, index in indexes.items()}
        measured = in_turns({"gather": gathering(vectors, allowed), **asks}, queries, rounds)
        expected = truth(vectors, queries, allowed)
        rows += [
            Row(
                size=len(vectors),
                what=name,
                recall=recall(answers, expected),
                milliseconds=milliseconds,
                percent=percent,
                against=milliseconds / measured["gather"][1],
            )
            for name, (answers, milliseconds) in measured.items()
        ]
    return rows


def print_table(rows: Sequence[Row]) -> None:
    def shown(value: float | None, digits: int) -> str:
        return "" if value is None else f"{value:.{digits}f}"

    print(
        f"{'rows':>8}  {'what':<20}{'filter %':>9}{'recall@10':>11}{'ms':>9}{'/ gather':>10}"
        f"{'build s':>9}{'CPU s':>8}{'bytes/row':>11}"
    )
    for row in rows:
        print(
            f"{row.size:>8}  {row.what:<20}{shown(row.percent, 1):>9}{row.recall:>11.4f}"
            f"{row.milliseconds:>9.3f}{shown(row.against, 2):>10}{shown(row.build_seconds, 2):>9}"
            f"{shown(row.build_cpu_seconds, 1):>8}{shown(row.bytes_per_row, 0):>11}"
        )


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [kind.name for kind in PLUGINS]
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plugins", nargs="*", choices=names, default=names)
    parser.add_argument("--bare", nargs="*", choices=list(LIBRARIES), default=list(LIBRARIES))
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


def main() -> None:
    arguments = parsed()
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        # Is read when numpy is loaded; queries are to run on one thread.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        os.execve(sys.executable, [sys.executable, *sys.argv], environment)
    rows: list[Row] = []
    for size in arguments.sizes:
        everything = clustered(size + arguments.queries, arguments.dimension, seed=7)
        vectors, queries = everything[:size], everything[size:]
        contenders = {
            f"bare {name}": contender(LIBRARIES[name], vectors) for name in arguments.bare
        }
        for kind in PLUGINS:
            if kind.name in arguments.plugins:
                contenders[kind.name] = contender(
                    lambda vectors, kind=kind: plugin(kind, vectors),  # type: ignore[misc]
                    vectors,
                )
        rows += unfiltered(contenders, vectors, queries, arguments.rounds)
        rows += filtered(contenders, vectors, queries, arguments.rounds)
    print_table(rows)
    if arguments.output:
        arguments.output.write_text(json.dumps([asdict(row) for row in rows], indent=1))


if __name__ == "__main__":
    main()
