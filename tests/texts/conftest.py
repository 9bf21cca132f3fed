"""Collections that read the text in drawn pages, with the real model."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from photomill.collections.collection import Collection
from photomill.config.load import load_settings
from photomill.engine import Engine


def open_engine(data_dir: Path) -> Engine:
    # Stored pages are read below the folder of the data.
    overrides = {"photomill.data_dir": str(data_dir)}
    return Engine.open(load_settings(environ={}, overrides=overrides))


@pytest.fixture
def data_dir(tmp_path: Path, ocr_models: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copytree(ocr_models / "ocr", folder / "models" / "ocr")
    return folder


@pytest.fixture
def engine(data_dir: Path) -> Iterator[Engine]:
    """An engine with the model that reads text."""
    with open_engine(data_dir) as engine:
        yield engine


@pytest.fixture
def collection(engine: Engine) -> Collection:
    """A collection that reads texts."""
    return engine.collections.open(engine.collections.create("papers", texts=True).id)
