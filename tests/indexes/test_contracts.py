"""Every bundled index keeps the contract."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from photomill.components import OpenContext, Rows, VectorIndex, Vectors
from photomill.config.settings import FetchSettings
from photomill.errors import PluginError
from photomill.testing.index import IndexContract, MakeIndex, clustered_vectors
from photomill_exact import ExactIndex
from photomill_faiss import IvfRabitqIndex, RabitqIndex
from photomill_nmslib import NmslibIndex


def opened(kind: type[VectorIndex], folder: Path, **options: Any) -> VectorIndex:
    index = kind(kind.Options(**options))
    index.open(OpenContext("test", folder / "cache", FetchSettings()))
    return index


class TestExact(IndexContract):
    @pytest.fixture
    def make_index(self, tmp_path: Path) -> MakeIndex:
        return lambda: opened(ExactIndex, tmp_path)


class TestRabitq(IndexContract):
    @pytest.fixture
    def make_index(self, tmp_path: Path) -> MakeIndex:
        return lambda: opened(RabitqIndex, tmp_path)


class TestIvfRabitq(IndexContract):
    @pytest.fixture
    def make_index(self, tmp_path: Path) -> MakeIndex:
        return lambda: opened(IvfRabitqIndex, tmp_path)


class TestIvfRabitqThatLooksIntoFewCells(IndexContract):
    @pytest.fixture
    def make_index(self, tmp_path: Path) -> MakeIndex:
        return lambda: opened(IvfRabitqIndex, tmp_path, cells=60, probes=20)


class TestNmslib(IndexContract):
    @pytest.fixture(params=["cosine", "l2"])
    def make_index(self, request: pytest.FixtureRequest, tmp_path: Path) -> MakeIndex:
        return lambda: opened(NmslibIndex, tmp_path, space=request.param)


@pytest.mark.parametrize("kind", [RabitqIndex, IvfRabitqIndex, NmslibIndex])
def test_a_file_of_something_else_is_refused(kind: type[VectorIndex], tmp_path: Path) -> None:
    path = tmp_path / "index"
    path.write_bytes(b"not an index at all" * 20)
    with pytest.raises(PluginError, match="not an index"):
        opened(kind, tmp_path).load(path, clustered_vectors(10))


class Broken(ExactIndex):
    """Breaks the contract in one way, to show that the contract notices."""

    def __init__(self, way: str) -> None:
        super().__init__(None)
        self.way = way

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows:
        if self.way == "ignores the filter":
            allowed = None
        found = super()._search(queries, count, allowed, effort)
        if self.way == "loses the nearest":
            found[:, 0] = -1
        if self.way == "repeats rows":
            found[:, 1:] = found[:, :1]
        return found

    def _add(self, vectors: Vectors) -> None:
        super()._add(vectors[::-1] if self.way == "renumbers" else vectors)


@pytest.mark.parametrize(
    ("way", "check"),
    [
        (
            "ignores the filter",
            lambda suite, make: suite.test_a_filter_is_respected_and_loses_nothing(make, 1.0),
        ),
        ("loses the nearest", lambda suite, make: suite.test_candidates_hold_the_nearest(make, 8)),
        ("repeats rows", lambda suite, make: suite.test_no_row_twice(make)),
        ("renumbers", lambda suite, make: suite.test_added_rows_are_found(make)),
    ],
)
def test_the_contract_can_fail(way: str, check: Callable[[IndexContract, MakeIndex], None]) -> None:
    with pytest.raises(AssertionError):
        check(IndexContract(), lambda: Broken(way))
