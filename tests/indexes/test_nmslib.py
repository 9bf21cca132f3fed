"""What is particular to the graph: one effort at a time, options, and silence."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photomill.components import VectorIndex, Vectors
from photomill.errors import ConfigError
from photomill.testing.index import clustered_vectors, nearest
from photomill_nmslib import NmslibIndex
from photomill_nmslib.efforts import SharedEffort

OpenIndex = Callable[..., VectorIndex]


def test_every_search_has_its_own_effort_throughout() -> None:
    setting: list[int] = []
    efforts = SharedEffort(setting.append, 10)

    def search(effort: int) -> bool:
        with efforts.at(effort):
            before = setting[-1]
            threading.Event().wait(0.001)
            return before == setting[-1] == effort

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(search, [10, 10, 20, 10, 30, 30, 20, 10] * 10))
    assert {10, 20, 30} == set(setting)


def test_searches_of_equal_effort_run_together() -> None:
    efforts = SharedEffort(lambda effort: None, 10)
    together = threading.Barrier(3)

    def search(effort: int) -> None:
        with efforts.at(effort):
            # Passes only where all three are inside at once.
            together.wait(timeout=120)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(search, [20] * 3))


def test_no_effort_is_starved() -> None:
    efforts = SharedEffort(lambda effort: None, 1)
    stop = threading.Event()

    def keep_searching() -> None:
        while not stop.is_set():
            with efforts.at(1):
                stop.wait(0.001)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            pool.submit(keep_searching)
        other = pool.submit(lambda: efforts.at(2).__enter__())
        try:
            other.result(timeout=10)
        finally:
            stop.set()


def recall(index: VectorIndex, vectors: Vectors, effort: int | None = None) -> float:
    queries = clustered_vectors(60, seed=1)
    found = index.search(queries, 10, effort=effort)
    shares = [
        len(nearest(vectors, query, 10) & set(rows.tolist()))
        for query, rows in zip(queries, found, strict=True)
    ]
    return float(np.mean(shares)) / 10


def test_more_effort_finds_more(open_index: OpenIndex) -> None:
    index, vectors = open_index(NmslibIndex, m=4, ef_construction=20), clustered_vectors(4000)
    index.build(vectors)
    assert recall(index, vectors, 10) < recall(index, vectors, 50) < recall(index, vectors, 1000)


def test_passes_over_the_graph_make_it_better(open_index: OpenIndex) -> None:
    vectors = clustered_vectors(4000)
    options = {"m": 4, "ef_construction": 10, "ef_search": 10, "threads": 1}
    plain, improved = (open_index(NmslibIndex, post=post, **options) for post in (0, 2))
    plain.build(vectors)
    improved.build(vectors)
    assert recall(plain, vectors) < recall(improved, vectors)


@pytest.mark.parametrize(
    "options",
    [
        {"m": 1},
        {"space": "hamming"},
        {"ef_search": 0},
        {"ef_construction": "200"},
        {"post": 3},
        {"ef": 5},
    ],
)
def test_wrong_options_are_refused(open_index: OpenIndex, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        open_index(NmslibIndex, **options)


def test_importing_nmslib_prints_nothing(tmp_path: Path) -> None:
    script = (
        "import sys; from photomill_nmslib.quiet import import_nmslib; "
        "import_nmslib(); import_nmslib(); print('seen', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("", "seen\n")


def test_a_build_that_dies_of_memory_costs_the_index_only(tmp_path: Path) -> None:
    """In a process of little memory, as a container or `ulimit -v` makes it."""
    script = f"""
import resource, sys
from pathlib import Path
import numpy as np
from photomill.components import OpenContext
from photomill.config.settings import FetchSettings
from photomill.errors import PluginError
from photomill_nmslib import NmslibIndex
from photomill_nmslib.index import NmslibOptions

index = NmslibIndex(NmslibOptions(threads=64))
index.open(OpenContext("graph", Path({str(tmp_path)!r}), FetchSettings()))
vectors = np.random.default_rng(1).normal(size=(6000, 64)).astype(np.float32)
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 64 * 2**20,) * 2)
try:
    index.build(vectors)
except PluginError as error:
    print(error)
print("alive")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said, alive = done.stdout.splitlines()
    assert "may have had too little memory" in said
    assert alive == "alive"
