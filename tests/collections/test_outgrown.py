"""An index that rows have outgrown is built anew, in the background."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from photomill.collections.model import ByVector, NewRecord, SearchOptions
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_faiss import RabitqIndex

DIMENSION = 256


def along_directions(count: int, seed: int, directions: int) -> NDArray[np.float32]:
    """Unit vectors that differ along some directions, which another number makes others."""
    mixing = np.random.default_rng(directions).normal(size=(30, DIMENSION))
    vectors = np.random.default_rng(seed).normal(size=(count, 30)) @ mixing
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def records(vectors: NDArray[np.float32], name: str) -> list[NewRecord]:
    return [NewRecord(f"{name}{row}", vector=vector) for row, vector in enumerate(vectors)]


def test_rows_unlike_the_first_have_an_index_that_knows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(
        environ={},
        overrides={
            "photomill.data_dir": str(tmp_path),
            "embedders.plain": {"use": "vectors", "options": {"dimension": DIMENSION}},
            "search.exact_ms": 0,
        },
    )
    builds: list[int] = []
    build = RabitqIndex._build

    def counted(self: RabitqIndex, vectors: NDArray[np.float32]) -> None:
        builds.append(len(vectors))
        build(self, vectors)

    first, others = along_directions(6000, 1, 1), along_directions(1500, 2, 2)
    with Engine.open(settings) as engine:
        info = engine.collections.create("test", embedder="plain", index="large")
        collection = engine.collections.open(info.id)
        collection.insert(records(first, "first"))
        collection.settle()
        monkeypatch.setattr(RabitqIndex, "_build", counted)
        collection.insert(records(others, "other"))
        # Without waiting for a further change.
        collection.settle()
        assert builds == [7500]
        collection.settle()
        # Once, and not again and again.
        assert builds == [7500]
        for row in range(0, 1500, 50):
            found = collection.search(ByVector(others[row]), SearchOptions(limit=1))
            assert found.plan == "index"
            assert found.hits[0].id == f"other{row}"
