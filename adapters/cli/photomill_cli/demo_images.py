"""A small set of drawn images, the same on every machine."""

import os
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

_MINUTE = 60
_DRAWN = 1_767_268_800
"""When the images were made, as their files say: a copy is younger than what it was made of, however fast both are drawn."""


def draw_demo_images(folder: Path) -> list[Path]:
    """Draw what is missing of the set; returns the paths of all."""
    paths = [
        folder / kind / f"{kind}-{number}.jpg" for kind in SCENES for number in range(1, EACH + 1)
    ]
    for path in paths:
        if not path.exists():
            image = SCENES[path.parent.name](Random(path.stem))
            _save(image, path, quality=90)
            os.utime(path, (_DRAWN, _DRAWN))
    for kind in COPIED:
        copy = folder / kind / f"{kind}-1-small.jpg"
        paths.append(copy)
        if not copy.exists():
            drawn = folder / kind / f"{kind}-1.jpg"
            with Image.open(drawn) as original:
                _save(original.resize((480, 360), Image.Resampling.LANCZOS), copy, quality=75)
            copied = drawn.stat().st_mtime + _MINUTE
            os.utime(copy, (copied, copied))
    return paths


def _save(image: Image.Image, path: Path, *, quality: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    image.save(unfinished, "JPEG", quality=quality)
    unfinished.replace(path)
