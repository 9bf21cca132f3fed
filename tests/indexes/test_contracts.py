"""Every bundled index keeps the contract."""

from collections.abc import Callable

import pytest

from photomill.components import VectorIndex
from photomill.testing import IndexContract
from photomill_exact import ExactIndex
from photomill_faiss import ByteIndex, IvfRabitqIndex, RabitqIndex
from photomill_nmslib import NmslibIndex

OpenIndex = Callable[..., VectorIndex]
MakeIndex = Callable[[], VectorIndex]


class TestExact(IndexContract):
    @pytest.fixture
    def make_index(self, open_index: OpenIndex) -> MakeIndex:
        return lambda: open_index(ExactIndex)


class TestRabitq(IndexContract):
    @pytest.fixture
    def make_index(self, open_index: OpenIndex) -> MakeIndex:
        return lambda: open_index(RabitqIndex)


class TestIvfRabitq(IndexContract):
    @pytest.fixture
    def make_index(self, open_index: OpenIndex) -> MakeIndex:
        return lambda: open_index(IvfRabitqIndex)


class TestIvfRabitqThatLooksIntoFewCells(IndexContract):
    @pytest.fixture
    def make_index(self, open_index: OpenIndex) -> MakeIndex:
        return lambda: open_index(IvfRabitqIndex, cells=60, probes=20)


class TestBytes(IndexContract):
    @pytest.fixture
    def make_index(self, open_index: OpenIndex) -> MakeIndex:
        return lambda: open_index(ByteIndex)


class TestNmslib(IndexContract):
    @pytest.fixture(params=["cosine", "l2"])
    def make_index(self, request: pytest.FixtureRequest, open_index: OpenIndex) -> MakeIndex:
        return lambda: open_index(NmslibIndex, space=request.param)
