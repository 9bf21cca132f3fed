"""A small set of drawn images, the same on every machine."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from PIL import Image

from photomill_cli import demo_scenes

EACH = 6
"""Images of each kind."""

SCENES: dict[str, Callable[[Random], Image.Image]] = {
    "sunset": demo_scenes.sunset,
    "sea": demo_scenes.sea,
    "city": demo_scenes.city,
    "meadow": demo_scenes.meadow,
    "balloons": demo_scenes.balloons,
    "forest": demo_scenes.forest,
}

COPIED = ("sunset", "city", "balloons")
"""Kinds of which the first image is there again, smaller and compressed harder."""


def draw_demo_images(folder: Path) -> list[Path]:
    """Draw what is missing of the set; returns the paths of all."""
    paths = [
        folder / kind / f"{kind}-{number}.jpg" for kind in SCENES for number in range(1, EACH + 1)
    ]
    for path in paths:
        if not path.exists():
            image = SCENES[path.parent.name](Random(path.stem))
            _save(image, path, quality=90)
    for kind in COPIED:
        copy = folder / kind / f"{kind}-1-small.jpg"
        paths.append(copy)
        if not copy.exists():
            with Image.open(folder / kind / f"{kind}-1.jpg") as original:
                _save(original.resize((480, 360), Image.Resampling.LANCZOS), copy, quality=75)
    return paths


def _save(image: Image.Image, path: Path, *, quality: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    image.save(unfinished, "JPEG", quality=quality)
    unfinished.replace(path)
