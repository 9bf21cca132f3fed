"""What a collection of a million to a billion records would take: a model, from constants that this script measures.

Collections of several sizes are filled in a PostgreSQL of its own, resident and in each external index that is installed, and
asked. How each quantity grows is stated in ``GROWTH``. The first table draws that line from the smallest size, beside what was
measured at the others, so that one sees what it is worth; the second one goes on from the largest. An engine that was not measured has no
rows. Requests to a bucket are counted in a real import from SeaweedFS, and left out where that is not installed.

Processor time is that of the processes concerned, so a busy machine lengthens it by less than by half.

    python benchmarks/scale_model.py --sizes 100000 300000 1000000 --external 100000 --output scale.json
"""

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from attrs import asdict, frozen
from bucket_requests import counted_requests
from external import BATCH, K, alone, cpu_of_tree, database, insert, records, resident_mib
from numpy.typing import NDArray
from vectors import clustered

from photomill.collections.model import ByVector, SearchOptions
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import ConfigError, PluginError

QUERIES = 50
MODELLED = (10**6, 10**7, 10**8, 10**9)
EXTERNAL = ("pgvector", "lance")
PUT_COST, GET_COST = 5.0, 0.4
"""Dollars of a million requests, times a thousand: S3 Standard in us-east-1, November 2026."""


@frozen
class Measured:
    """What was measured of one collection.

    :ivar insert_ms: processor milliseconds of a record's insertion: this process and the database.
    :ivar inserted_a_second: records, on this machine as busy as it was.
    :ivar build_ms: processor milliseconds of a record in the index, beyond its insertion.
    :ivar memory_bytes: of a record, in a process that opens the collection and searches.
    :ivar index_bytes: of a record in the external index's tables, graph and all.
    :ivar graph_bytes: of a record in the graph alone, which the database's memory should hold.
    :ivar catalog_bytes: of a record in the catalog.
    :ivar open_ms: processor milliseconds of a record until the first answer of a new process.
    :ivar query_ms: processor milliseconds of a search, this process and the database.
    :ivar recall: of the ten nearest.
    """

    engine: str
    size: int
    insert_ms: float
    inserted_a_second: float
    build_ms: float
    memory_bytes: float
    index_bytes: float
    graph_bytes: float
    catalog_bytes: float
    open_ms: float
    query_ms: float
    recall: float


Grows = Callable[[float, float], float]


def as_size(size: float, base: float) -> float:
    return size / base


def as_root(size: float, base: float) -> float:
    return math.sqrt(size / base)


def as_logarithm(size: float, base: float) -> float:
    return math.log(size) / math.log(base)


def not_at_all(size: float, base: float) -> float:
    return 1.0


GROWTH: dict[str, dict[str, Grows]] = {
    # Every code is looked at.
    "resident": {"query_ms": as_size},
    # A graph is looked through in steps that grow with the logarithm.
    "pgvector": {
        "build_ms": as_logarithm,
        "query_ms": as_logarithm,
    },
    # Lists grow with the root of the records, and so do those that are looked at.
    "lance": {
        "build_ms": as_root,
        "query_ms": as_root,
    },
}
"""How what a record or a search takes grows with the number of records; the rest stays as it is."""


def modelled(base: Measured, quantity: str, size: int) -> float:
    """A quantity of a record or a search, at a size that need not have been measured."""
    grows = GROWTH[base.engine].get(quantity, not_at_all)
    value: float = getattr(base, quantity)
    return value * grows(size, base.size)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--external", type=int, nargs="+", default=[100_000])
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--machine-gib", type=float, default=256, help="Memory of one machine.")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    found: list[Measured] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with database(folder) as (url, pid):
            wanted = [("resident", size) for size in options.sizes]
            wanted += [(index, size) for index in EXTERNAL for size in options.external]
            for engine, size in wanted:
                # A database of its own: what one collection leaves behind is not the next one's size.
                mine = new_database(url, f"{engine}{size}")
                place = str(folder / f"{engine}{size}")
                if engine != "resident" and not alone(is_installed, engine, mine, place):
                    continue
                found.append(alone(measured, engine, size, options.dimension, mine, pid, place))
                print(found[-1], flush=True)
        requests = alone(counted_requests, str(folder))
    print("\n".join(tables(found, requests, options.machine_gib)))
    if options.output is not None:
        options.output.write_text(json.dumps([asdict(each) for each in found], indent=1))


def new_database(url: str, name: str) -> str:
    server = sa.make_url(url)
    engine = sa.create_engine(server, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    return server.set(database=name).render_as_string(hide_password=False)


# ---------------------------------------------------------------- measuring


def opened(index: str, dimension: int, url: str, folder: str) -> Engine:
    overrides: dict[str, Any] = {
        "photomill.data_dir": folder,
        "catalog.url": url,
        "embedders.given": {"use": "vectors", "options": {"dimension": dimension}},
    }
    if index != "resident":
        overrides[f"indexes.{index}"] = {"use": index}
    if index == "lance":
        files = Path(folder) / "lance"
        files.mkdir(parents=True, exist_ok=True)
        overrides["indexes.lance"]["options"] = {"place": str(files)}
    return Engine.open(load_settings(environ={}, overrides=overrides))


def is_installed(index: str, url: str, folder: str) -> bool:
    try:
        with opened(index, 8, url, folder) as engine:
            info = engine.collections.create("probe", embedder="given", index=index)
            engine.collections.delete(info.id)
    except (ConfigError, PluginError):
        return False
    return True


def measured(engine: str, size: int, dimension: int, url: str, pid: int, folder: str) -> Measured:
    """Fill a collection, and ask it in another process."""
    stored, queries = np.split(clustered(size + QUERIES, dimension, seed=1), [size])

    def cpu() -> float:
        return time.process_time() + cpu_of_tree(pid)

    with opened(engine, dimension, url, folder) as opening:
        index = "auto" if engine == "resident" else engine
        info = opening.collections.create(f"{engine}{size}", embedder="given", index=index)
        collection = opening.collections.open(info.id)
        begun, before = time.perf_counter(), cpu()
        for start in range(0, size, BATCH):
            insert(collection, records(stored, start, min(size, start + BATCH)))
        seconds, inserted = time.perf_counter() - begun, cpu() - before
        while collection.statistics().pending:
            time.sleep(0.2)
        collection.settle()
        built = cpu() - before - inserted
        table, graph = index_bytes(url) if engine == "pgvector" else (0.0, 0.0)
    asked = alone(ask, engine, info.id, dimension, url, pid, folder, stored, queries)
    with opened(engine, dimension, url, folder) as opening:
        catalog = table_bytes(url, "records")
        opening.collections.delete(info.id)
    return Measured(
        engine,
        size,
        insert_ms=round(1000 * inserted / size, 4),
        inserted_a_second=round(size / seconds),
        build_ms=round(1000 * built / size, 4),
        index_bytes=round(table / size),
        graph_bytes=round(graph / size),
        catalog_bytes=round(catalog / size),
        **asked,
    )


def ask(
    engine: str,
    collection_id: str,
    dimension: int,
    url: str,
    pid: int,
    folder: str,
    stored: NDArray[np.float32],
    queries: NDArray[np.float32],
) -> dict[str, float]:
    """What a new process needs to open a collection, and to search it."""
    nearest = [
        {f"r{row}" for row in np.argpartition(-(stored @ query), K)[:K].tolist()}
        for query in queries
    ]
    size = len(stored)
    options = SearchOptions(limit=K)
    with opened(engine, dimension, url, folder) as opening:
        # The part of this process that has nothing to do with the collection.
        memory, before = resident_mib(), time.process_time()
        collection = opening.collections.open(collection_id)
        collection.search(ByVector(queries[0]), options)
        collection.settle()
        opened_after = time.process_time() - before
        memory = resident_mib() - memory
        before = time.process_time() + cpu_of_tree(pid)
        found = [collection.search(ByVector(query), options).hits for query in queries]
        spent = time.process_time() + cpu_of_tree(pid) - before
    hits = sum(
        len(near & {hit.id for hit in some}) for near, some in zip(nearest, found, strict=True)
    )
    return {
        "memory_bytes": round(memory * 2**20 / size),
        "open_ms": round(1000 * opened_after / size, 5),
        "query_ms": round(1000 * spent / len(queries), 2),
        "recall": round(hits / (K * len(queries)), 4),
    }


def index_bytes(url: str) -> tuple[float, float]:
    """Of the table of vectors with all that belongs to it, and of its graph; there is one."""
    table = "relname LIKE 'photomill_vectors_%' AND relkind = 'r'"
    return (
        _asked(url, f"SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE {table}"),
        _asked(
            url,
            "SELECT coalesce(sum(pg_relation_size(oid)), 0) FROM pg_class "
            "WHERE relname LIKE 'photomill_graph_%'",
        ),
    )


def table_bytes(url: str, table: str) -> float:
    return _asked(url, f"SELECT pg_total_relation_size('{table}')")


def _asked(url: str, sql: str) -> float:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return float(connection.execute(sa.text(sql)).scalar_one())


# ---------------------------------------------------------------- telling


def tables(
    found: list[Measured], requests: dict[str, float] | None, machine_gib: float
) -> Iterator[str]:
    """The model's tables in Markdown."""
    smallest = {each.engine: each for each in sorted(found, key=lambda each: -each.size)}
    largest = {each.engine: each for each in sorted(found, key=lambda each: each.size)}
    yield "| Engine | Records | | Build, CPU ms a record | Search, CPU ms | Memory, bytes a record | Recall |"
    yield "|---|---|---|---|---|---|---|"
    for each in found:
        name = f"| {each.engine} | {each.size:,} "
        memory = f"{each.memory_bytes:,.0f}" if each.engine == "resident" else "does not grow"
        yield (
            f"{name}| measured | {each.build_ms:.2f} | {each.query_ms:.2f} | {memory} | {each.recall:.3f} |"
        )
        base = smallest[each.engine]
        if each is not base:
            build, query = (modelled(base, name, each.size) for name in ("build_ms", "query_ms"))
            memory = f"{base.memory_bytes:,.0f}" if base.engine == "resident" else memory
            yield f"{name}| model | {build:.2f} | {query:.2f} | {memory} | |"
    yield ""
    yield (
        "| Engine | Records | Memory of a server | Index | its graph | Catalog | Insert, CPU hours | Build, CPU hours "
        f"| Open, CPU s | Search, CPU ms | In {machine_gib:g} GiB |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for base in largest.values():
        for size in MODELLED:
            yield _row(base, size, machine_gib)
    yield ""
    if requests is None:
        yield "Requests to a bucket were not counted: SeaweedFS is not installed."
        return
    cost = sum(
        count * (PUT_COST if method in ("PUT", "POST") else GET_COST)
        for method, count in requests.items()
    )
    asked = ", ".join(f"{count:g} {method}" for method, count in sorted(requests.items()))
    costs = ", ".join(f"{_count(size)} ${cost * size / 1e6:,.0f}" for size in MODELLED)
    yield f"Requests to the bucket that an imported image takes: {asked}. Their cost: {costs}. A search takes none."


def _row(base: Measured, size: int, machine_gib: float) -> str:
    resident = base.engine == "resident"
    memory = base.memory_bytes * size
    # A graph that does not fit the memory of its machine is read from disk at each step.
    needed = memory if resident else base.graph_bytes * size
    fits = needed <= machine_gib * 2**30
    return (
        f"| {base.engine} | {_count(size)} | {_size(memory) if resident else 'does not grow'} | "
        f"{_size(base.index_bytes * size)} | {_size(base.graph_bytes * size)} | "
        f"{_size(base.catalog_bytes * size)} | {base.insert_ms * size / 3.6e6:,.1f} | "
        f"{modelled(base, 'build_ms', size) * size / 3.6e6:,.1f} | "
        f"{f'{base.open_ms * size / 1000:,.0f}' if resident else '–'} | "
        f"{modelled(base, 'query_ms', size):,.1f} | {'yes' if fits else 'no'} |"
    )


def _count(size: int) -> str:
    return f"{size // 10**9} B" if size >= 10**9 else f"{size // 10**6} M"


def _size(size: float) -> str:
    for unit, length in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= length:
            return f"{size / length:,.1f} {unit}"
    return "–"


if __name__ == "__main__":
    main()
