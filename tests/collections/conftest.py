"""Collections of vectors that the tests make up, over a real engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from photomill.collections.collection import Collection
from photomill.config.load import load_settings
from photomill.engine import Engine

MakeCollection = Callable[..., Collection]


def open_engine(data_dir: Path) -> Engine:
    overrides = {"photomill.data_dir": str(data_dir)}
    for dimension in (8, 32):
        overrides[f"embedders.vectors{dimension}"] = {
            "use": "vectors",
            "options": {"dimension": dimension},
        }  # type: ignore[assignment]
    return Engine.open(load_settings(environ={}, overrides=overrides))


@pytest.fixture
def make_collection(tmp_path: Path) -> Iterator[MakeCollection]:
    """Make a collection of records that bring their vectors."""
    with open_engine(tmp_path / "data") as engine:

        def make(dimension: int = 8, index: str = "auto") -> Collection:
            info = engine.collections.create("test", embedder=f"vectors{dimension}", index=index)
            return engine.collections.open(info.id)

        yield make


@pytest.fixture
def reopen(tmp_path: Path) -> Callable[[], Engine]:
    """Open an engine over one data folder, again and again."""
    return lambda: open_engine(tmp_path / "data")
