"""Collections of vectors that the tests make up, over a real engine."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from photomill.collections.collection import Collection
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_efficientnet.concepts import vocabulary
from photomill_lite0.graph import FEATURES
from photomill_lite0.weights import SHA256, lite0_weights

MakeCollection = Callable[..., Collection]
Showing = Callable[..., NDArray[np.float32]]


def open_engine(data_dir: Path) -> Engine:
    overrides = {"photomill.data_dir": str(data_dir)}
    for dimension in (8, 32, 512):
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


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine as it is without any configuration."""
    settings = load_settings(environ={}, overrides={"photomill.data_dir": str(tmp_path / "data")})
    with Engine.open(settings) as engine:
        yield engine


@pytest.fixture
def collection(engine: Engine) -> Collection:
    return engine.collections.open(engine.collections.create("test").id)


@pytest.fixture
def former(engine: Engine, tmp_path: Path) -> Collection:
    """A collection that version 1 of the default embedder filled, whose vectors tell what images show."""
    info = engine.collections.create("test")
    earlier = f"efficientnet-lite0-{SHA256[:16]}-1"
    with closing(sqlite3.connect(tmp_path / "data" / "catalog.sqlite")) as catalog, catalog:
        catalog.execute(
            "UPDATE collections SET fingerprint = ?, dimension = ? WHERE id = ?",
            (earlier, FEATURES, info.id),
        )
    return engine.collections.open(info.id)


@pytest.fixture(scope="session")
def showing() -> Showing:
    """Make the vector of an image in which version 1 of the default embedder sees just the classes named, equally likely."""
    values = np.asarray(lite0_weights()["_fc.weight"], np.float32)
    weights = values - values.mean(axis=0)
    known = vocabulary()
    places = {known.concepts[place].name: place for place in reversed(range(known.classes))}

    def shown(*names: str) -> NDArray[np.float32]:
        wanted = weights[[places[name] for name in names]]
        vector = np.linalg.lstsq(wanted, np.ones(len(names)), rcond=None)[0]
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

    return shown
