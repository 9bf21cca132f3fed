"""Collections that know people who are drawn: real faces found by MTCNN, told apart by small weights of the tests' own."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from photomill import Collection, Engine, InsertReport, NewRecord, PathSource, load_settings

from .drawing import portrait, saved, write_weights

Insert = Callable[..., InsertReport]
Names = Sequence[str]


@pytest.fixture(scope="session")
def people_models(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models: MTCNN, and weights that tell drawn people apart."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(models_dir / "mtcnn", folder / "mtcnn")
    write_weights(folder / "faces")
    return folder


@pytest.fixture
def data_dir(tmp_path: Path, people_models: Path) -> Path:
    """A data folder with these models."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copytree(people_models, folder / "models")
    return folder


@pytest.fixture
def open_engine(data_dir: Path, tmp_path: Path) -> Callable[..., Engine]:
    """Open an engine over that data folder, as often as need be."""

    def opened(**overrides: object) -> Engine:
        given = {
            "photomill.data_dir": str(data_dir),
            "photomill.source_roots": (str(tmp_path),),
            "embedders.main": {"use": "descriptor"},
            **{name.replace("__", "."): value for name, value in overrides.items()},
        }
        return Engine.open(load_settings(environ={}, overrides=given))

    return opened


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Iterator[Engine]:
    with open_engine() as engine:
        yield engine


@pytest.fixture
def collection(engine: Engine) -> Collection:
    """A collection in which people are looked for."""
    return engine.collections.open(engine.collections.create("family", people=True).id)


@pytest.fixture
def insert(tmp_path: Path) -> Insert:
    """Draw people and insert them: ``insert(collection, beach=["Anna", "Ben"], wall=[])``."""

    def inserted(collection: Collection, **images: Names) -> InsertReport:
        return collection.insert([drawn(name, people) for name, people in images.items()])

    def drawn(name: str, people: Names) -> NewRecord:
        # Each image on a wall of its own colour, so that no two are the same.
        shade = sum(name.encode()) % 100
        path = saved(portrait(*people, wall=(90 + shade, 160, 170)), tmp_path / f"{name}.jpg")
        return NewRecord(name, PathSource(str(path), trusted=True), {"_file": str(path)})

    return inserted
