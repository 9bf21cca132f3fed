"""An engine that sees colours only, with a folder of images in three of them."""

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.grouping.result import GroupingResult
from photomill.jobs.model import Job, JobState

COLOURS = {"red": (200, 40, 30), "green": (40, 160, 60), "blue": (30, 60, 190)}
_TAKEN = 0x9003
_EXIF_DIRECTORY = 0x8769


def coloured(
    colour: str,
    seed: int = 0,
    size: tuple[int, int] = (120, 100),
    form: str = "JPEG",
    taken: str = "",
) -> bytes:
    """An image of shades of one colour; another seed gives other shades.

    :param taken: ``2024:05:01 10:00:00``.
    """
    chance = Random(f"{colour}{seed}")
    shades = bytes(
        max(0, min(255, part + chance.randint(-25, 25)))
        for _ in range(8 * 6)
        for part in COLOURS[colour]
    )
    picture = Image.frombytes("RGB", (8, 6), shades).resize(size, Image.Resampling.BICUBIC)
    exif = Image.Exif()
    if taken:
        exif.get_ifd(_EXIF_DIRECTORY)[_TAKEN] = taken
    file = io.BytesIO()
    picture.save(file, form, exif=exif)
    return file.getvalue()


Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write bytes, or an image of that colour; returns its path."""

    def write_one(name: str, data: bytes | str, seed: int = 0, **options: object) -> str:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(coloured(data, seed, **options) if isinstance(data, str) else data)  # type: ignore[arg-type]
        return str(path)

    return write_one


@pytest.fixture
def mixed(write: Write) -> list[str]:
    """Nine images: red, green, blue, red, green, blue …"""
    return [
        write(f"{index}.jpg", ("red", "green", "blue")[index % 3], seed=index) for index in range(9)
    ]


@pytest.fixture
def open_engine(tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Open an engine over one data folder; its jobs are not started."""
    opened: list[Engine] = []

    def open_one() -> Engine:
        overrides = {
            "photomill.data_dir": str(tmp_path / "data"),
            "embedders.main.use": "descriptor",
            "images.processes": 1,
            "jobs.retry_delay": 0.01,
            "fetch.allow": ["127.0.0.0/8"],
        }
        engine = Engine.open(load_settings(environ={}, overrides=overrides))
        opened.append(engine)
        return engine

    yield open_one
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(open_engine: Callable[[], Engine]) -> Engine:
    """One that works on its jobs."""
    engine = open_engine()
    engine.jobs.start()
    return engine


Finished = Callable[[Job], GroupingResult]


@pytest.fixture
def finished(engine: Engine) -> Finished:
    """What a job found, once it has ended well."""

    def wait(job: Job) -> GroupingResult:
        job = engine.jobs.wait(job.number, 120)
        assert job.state is JobState.DONE, job.error
        return engine.grouping.result(job)

    return wait


def by_colour(names: Sequence[str]) -> list[list[int]]:
    """The positions of names that go round three colours."""
    return [list(range(first, len(names), 3)) for first in range(min(3, len(names)))]
