"""An engine, and a folder of drawn images."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from photomill.collections.collection import Collection
from photomill.config.load import load_settings
from photomill.engine import Engine


def draw(path: Path, seed: int, size: tuple[int, int] = (60, 48)) -> Path:
    tiles = Image.frombytes("RGB", (5, 4), random.Random(seed).randbytes(60))
    path.parent.mkdir(parents=True, exist_ok=True)
    tiles.resize(size, Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    overrides = {
        "photomill.data_dir": str(tmp_path / "data"),
        "embedders.main": {"use": "descriptor"},
        "images.processes": 1,
        "jobs.retry_delay": 0.01,
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        yield engine


@pytest.fixture
def collection(engine: Engine) -> Collection:
    return engine.collections.open(engine.collections.create("test").id)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "photos"
    for number in range(10):
        draw(root / f"{number % 2}" / f"{number}.png", number)
    return root
