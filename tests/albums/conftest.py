"""Albums over a data folder of the test's own, and images to put into them."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import frozen
from PIL import Image

from photomill.albums.albums import Albums
from photomill.albums.model import Group, Owner, Photo
from photomill.config.load import load_settings
from photomill.engine import Engine

OpenEngine = Callable[..., Engine]
SETTINGS = {
    "embedders.main": {"use": "descriptor"},
    "images.processes": 1,
    "editing.processes": 1,
    "jobs.retry_delay": 0.001,
}


def draw(
    seed: str, *, size: tuple[int, int] = (96, 72), format: str = "JPEG", **options: Any
) -> bytes:
    """An image of coloured tiles; the same seed gives the same tiles."""
    tiles = Image.frombytes("RGB", (6, 5), Random(seed).randbytes(6 * 5 * 3))
    written = BytesIO()
    tiles.resize(size, Image.Resampling.BICUBIC).save(written, format, **options)
    return written.getvalue()


@frozen
class Studio:
    """An engine that works on jobs, and an owner with one group."""

    engine: Engine
    owner: Owner
    group: Group

    @property
    def albums(self) -> Albums:
        return self.engine.albums

    def upload(self, data: bytes, filename: str = "IMG_1.jpg", group: Group | None = None) -> Photo:
        """Upload an image; jobs are still to be done."""
        (place,) = self.albums.uploads.reserve(group or self.group, 1)
        return self.albums.uploads.receive(
            place.secret, place.group, place.photo, BytesIO(data), filename
        )

    def settle(self) -> None:
        """Wait until every job has ended."""
        for job in self.engine.jobs.list_jobs(owner=self.owner.id, limit=10_000):
            self.engine.jobs.wait(job.number, 120)

    def ready(self, data: bytes, filename: str = "IMG_1.jpg", group: Group | None = None) -> Photo:
        """Upload an image and wait until it is listed."""
        photo = self.upload(data, filename, group)
        self.settle()
        now = self.albums.photos.get(photo.id)
        assert now.state == "ready", self.failures()
        return now

    def failures(self) -> list[str]:
        """Why items of the owner's jobs failed, or were tried again."""
        jobs = self.engine.jobs
        listed = jobs.list_jobs(owner=self.owner.id, limit=10_000)
        return [item.error for job in listed for item in jobs.items(job.number) if item.error]

    def read(self, path: str) -> bytes:
        with self.albums.files.open(path).file as file:
            return file.read()

    @property
    def stored(self) -> set[Path]:
        """Every file of the owner's albums, partial ones too."""
        root = self.engine.settings.data_dir / "albums" / self.owner.id
        return {path for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def open_engine(tmp_path: Path) -> Iterator[OpenEngine]:
    """Open an engine over one data folder; more than one may be open."""
    opened: list[Engine] = []

    def open_one(**overrides: Any) -> Engine:
        changed = {name.replace("__", "."): value for name, value in overrides.items()}
        settings = load_settings(
            environ={},
            overrides={**SETTINGS, "photomill.data_dir": str(tmp_path / "data"), **changed},
        )
        opened.append(Engine.open(settings))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.close()


def new_owner(engine: Engine) -> Studio:
    """An owner with a group."""
    owner = engine.albums.owners.create("Ann", timezone="Europe/Berlin").owner
    return Studio(engine, owner, engine.albums.groups.create(owner, name="Rafting"))


@pytest.fixture
def new_studio(open_engine: OpenEngine) -> Callable[..., Studio]:
    """Open an engine with the settings given; without ``work`` its jobs wait."""

    def make(*, work: bool = True, **overrides: Any) -> Studio:
        engine = open_engine(**overrides)
        if work:
            engine.jobs.start()
        return new_owner(engine)

    return make


@pytest.fixture(scope="session")
def working_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with _shared(tmp_path_factory) as engine:
        engine.jobs.start()
        yield engine


@pytest.fixture(scope="session")
def idle_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with _shared(tmp_path_factory) as engine:
        yield engine


@pytest.fixture
def studio(working_engine: Engine) -> Studio:
    """An owner of the test's own, in an engine that works on jobs."""
    return new_owner(working_engine)


@pytest.fixture
def idle_studio(idle_engine: Engine) -> Studio:
    """An owner of the test's own, in an engine in which photos stay as they came."""
    return new_owner(idle_engine)


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder = tmp_path_factory.mktemp("albums") / "data"
    overrides = {**SETTINGS, "photomill.data_dir": str(folder)}
    return Engine.open(load_settings(environ={}, overrides=overrides))
