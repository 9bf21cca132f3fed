"""An engine with two folders as storages, and its jobs running."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from photomill.config.load import load_settings
from photomill.engine import Engine

Write = Callable[..., Path]


def picture(seed: int, form: str = "PNG", size: tuple[int, int] = (60, 40)) -> bytes:
    """A small image of coloured tiles."""
    tiles = Image.frombytes("RGB", (6, 4), Random(seed).randbytes(6 * 4 * 3))
    file = io.BytesIO()
    tiles.resize(size, Image.Resampling.NEAREST).save(file, form)
    return file.getvalue()


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Holds the folders of the storages ``originals`` and ``results``."""
    for name in ("originals", "results"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def open_engine(folders: Path) -> Iterator[Callable[[], Engine]]:
    """Open an engine over these folders; its jobs are not started."""
    opened: list[Engine] = []

    def open_one() -> Engine:
        overrides = {"photomill.data_dir": str(folders / "data"), "jobs.retry_delay": 0.01}
        engine = Engine.open(load_settings(overrides=overrides))
        opened.append(engine)
        return engine

    with Engine.open(
        load_settings(overrides={"photomill.data_dir": str(folders / "data")})
    ) as engine:
        for name in ("originals", "results"):
            path = str(folders / name)
            engine.storages.operator.create(name, "local", {"path": path})
    yield open_one
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(open_engine: Callable[[], Engine]) -> Engine:
    """One engine that works on its jobs."""
    engine = open_engine()
    engine.jobs.start()
    return engine


@pytest.fixture
def write(folders: Path) -> Write:
    """Write an image, or other bytes, into the storage ``originals``."""

    def write_one(name: str, data: bytes | int = 1) -> Path:
        path = folders / "originals" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(data) if isinstance(data, int) else data)
        return path

    return write_one


@pytest.fixture
def results(folders: Path) -> Callable[[], list[str]]:
    """The names in the storage ``results``."""

    def names() -> list[str]:
        root = folders / "results"
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    return names
