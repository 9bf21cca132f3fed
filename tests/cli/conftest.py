"""The program, run in this process over a data folder of the test's own, and images to give it."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import frozen
from click.testing import CliRunner, Result
from PIL import Image

from photomill_cli.main import main

CONFIG = """
[embedders.main]
use = "descriptor"

[images]
processes = 1
"""


@frozen
class Program:
    """The program with its data folder and configuration given."""

    data_dir: Path
    config: Path

    @property
    def common(self) -> list[str]:
        return ["--data-dir", str(self.data_dir), "--config", str(self.config)]

    def run(self, *words: object, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, [*map(str, words), *self.common], input=input)

    def output(self, *words: object) -> str:
        """What it prints, of a run that must succeed."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *words: object) -> Any:
        return json.loads(self.output(*words, "--json"))


@pytest.fixture
def program(tmp_path: Path) -> Program:
    config = tmp_path / "plugins.toml"
    config.write_text(CONFIG, encoding="utf-8")
    return Program(tmp_path / "data", config)


def draw(path: Path, seed: str, size: tuple[int, int] = (96, 72), quality: int = 95) -> None:
    """An image of coloured tiles; the same seed gives the same tiles."""
    tiles = Image.frombytes("RGB", (6, 5), Random(seed).randbytes(6 * 5 * 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    tiles.resize(size, Image.Resampling.BICUBIC).save(path, quality=quality)


@pytest.fixture
def draw_picture() -> Callable[..., None]:
    return draw


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Five images in two folders: ``b.jpg`` is ``a.jpg`` made small, ``twin.jpg`` the same file."""
    folder = tmp_path / "photos"
    draw(folder / "a.jpg", "a")
    draw(folder / "b.jpg", "a", size=(64, 48), quality=80)
    draw(folder / "c.png", "c")
    draw(folder / "trip" / "d.jpg", "d")
    (folder / "trip" / "twin.jpg").write_bytes((folder / "a.jpg").read_bytes())
    return folder


@pytest.fixture
def imported(program: Program, photos: Path) -> Program:
    """The program once the images are in the collection ``photos``."""
    program.output("import", photos, "--collection", "photos", "--create")
    return program
