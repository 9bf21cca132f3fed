"""Number plates that are drawn, in the shapes of several countries, and pasted into photos.

No plate here is anybody's: what they say is chance. The fonts are not the countries' own.
"""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Rgb = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_TALL = 120
"""Pixels of a plate of one line, before it is pasted."""
_FONT = "DejaVuSans-Bold.ttf"
_LETTERS, _DIGITS = "ABCDEFGHJKLMNPRSTUVWXYZ", "0123456789"


@frozen(eq=False)
class Plate:
    """A drawn plate.

    :ivar text: without spaces.
    :ivar ink: where its characters stand.
    """

    rgb: Rgb
    text: str
    ink: Mask


@frozen(eq=False)
class Scene:
    """A photo with a plate in it.

    :ivar ink: where the plate's characters stand.
    """

    rgb: Rgb
    text: str
    ink: Mask


def european(chance: random.Random) -> Plate:
    """Black on white, with a blue field at the left."""
    text = f"{_some(chance, _LETTERS, 2)} {_some(chance, _LETTERS, 2)} {_some(chance, _DIGITS, 3)}"
    return _plate([text], 520, _TALL, blue=True)


def american(chance: random.Random) -> Plate:
    """Twice as wide as high, in colours, with small words above and below."""
    ground, ink = chance.choice(
        [
            ((235, 240, 250), (30, 40, 110)),
            ((250, 245, 225), (120, 20, 30)),
            ((220, 235, 215), (20, 60, 30)),
        ]
    )
    text = f"{_some(chance, _LETTERS, 3)} {_some(chance, _DIGITS, 4)}"
    words = chance.choice(["GREEN VALLEY STATE", "LAKE COUNTRY", "FIRST IN ORCHARDS"])
    return _plate([text], 360, 180, ground=ground, ink=ink, words=words, share=0.5)


def british(chance: random.Random) -> Plate:
    """Black on yellow, as at the back."""
    text = f"{_some(chance, _LETTERS, 2)}{_some(chance, _DIGITS, 2)} {_some(chance, _LETTERS, 3)}"
    return _plate([text], 520, 111, ground=(248, 214, 60))


def swiss(chance: random.Random) -> Plate:
    """Two letters and up to six digits, black on white."""
    text = f"{_some(chance, _LETTERS, 2)} {_some(chance, _DIGITS, chance.choice([4, 5, 6]))}"
    return _plate([text], 500, 110)


def two_lines(chance: random.Random) -> Plate:
    """As on motorcycles and at the back of some cars."""
    upper = f"{_some(chance, _LETTERS, 2)} {_some(chance, _LETTERS, 1)}"
    return _plate([upper, _some(chance, _DIGITS, 4)], 280, 200)


SHAPES: Mapping[str, Callable[[random.Random], Plate]] = {
    "EU": european,
    "US": american,
    "UK": british,
    "Swiss": swiss,
    "two lines": two_lines,
}


def scene(photo: Path, plate: Plate, width: int, chance: random.Random) -> Scene:
    """Paste a plate into a photo: seen from the side, turned, shaded, blurred, with noise.

    :param width: of the plate in the photo, in pixels.
    """
    ground = np.asarray(Image.open(photo).convert("RGB"))
    scale = 900 / max(ground.shape[:2])
    size = round(ground.shape[1] * scale), round(ground.shape[0] * scale)
    ground = np.asarray(cv2.resize(ground, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    high, wide = plate.rgb.shape[:2]
    tall = width * high / wide
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64) * [width / 2, tall / 2]
    # One side is further away than the other.
    nearer = chance.uniform(-0.18, 0.18)
    corners[[0, 3], 1] *= 1 + nearer
    corners[[1, 2], 1] *= 1 - nearer
    corners[:, 0] *= 1 - abs(nearer)
    angle = np.radians(chance.uniform(-10, 10))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    room = np.array([width, tall + width / 4]) * 0.7
    middle = [
        chance.uniform(edge, max(edge + 1, side - edge))
        for edge, side in zip(room, (size[0], size[1]), strict=True)
    ]
    corners = corners @ turn + middle
    source = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    # Drawn large and made smaller: nothing is aliased.
    large = 4
    matrix = cv2.getPerspectiveTransform(source, (corners * large).astype(np.float32))
    canvas = size[0] * large, size[1] * large
    alpha = _pasted(np.full((high, wide), 255, np.uint8), matrix, canvas, size)[..., None] / 255
    drawn = _pasted(plate.rgb, matrix, canvas, size).astype(np.float64)
    ink = _pasted(plate.ink.astype(np.uint8) * 255, matrix, canvas, size) > 100
    shade = chance.uniform(0.45, 1.0) + chance.uniform(-0.3, 0.3) * np.linspace(-1, 1, size[0])
    mixed = ground * (1 - alpha) + drawn * alpha * np.clip(shade, 0.3, 1.0)[None, :, None]
    blurred = cv2.GaussianBlur(mixed, (0, 0), chance.uniform(0.4, 1.2))
    noise = np.random.default_rng(chance.randrange(1 << 30)).normal(0, 3, blurred.shape)
    return Scene(np.clip(blurred + noise, 0, 255).astype(np.uint8), plate.text, ink)


def _pasted(
    pixels: Rgb, matrix: NDArray[Any], canvas: tuple[int, int], size: tuple[int, int]
) -> Rgb:
    large = cv2.warpPerspective(pixels, matrix, canvas, flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(large, size, interpolation=cv2.INTER_AREA), np.uint8)


def _some(chance: random.Random, characters: str, count: int) -> str:
    return "".join(chance.choice(characters) for _ in range(count))


def _plate(
    lines: list[str],
    width: int,
    height: int,
    *,
    ground: tuple[int, int, int] = (242, 242, 236),
    ink: tuple[int, int, int] = (20, 20, 24),
    blue: bool = False,
    words: str = "",
    share: float = 0.72,
) -> Plate:
    image = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((2, 2, width - 3, height - 3), 10, outline=ink, width=3)
    left = 0
    if blue:
        left = width // 11
        draw.rectangle((5, 5, left, height - 6), fill=(20, 60, 160))
    tall = height / len(lines) * share
    mask = Image.new("L", (width, height), 0)
    for number, line in enumerate(lines):
        middle = height * (number + 0.5) / len(lines)
        room = width - left - 0.12 * width
        _write(image, mask, line, ink, (left + (width - left) / 2, middle), (room, tall))
    if words:
        font = ImageFont.truetype(_FONT, height // 9)
        for row in (0.13, 0.88):
            draw.text((width / 2, row * height), words, font=font, fill=ink, anchor="mm")
    return Plate(np.asarray(image), "".join(lines).replace(" ", ""), np.asarray(mask) > 127)


def _write(
    image: Image.Image,
    mask: Image.Image,
    text: str,
    ink: tuple[int, int, int],
    middle: tuple[float, float],
    room: tuple[float, float],
) -> None:
    """Write a line as high as its room, made narrower where it would be too wide."""
    font = ImageFont.truetype(_FONT, 200)
    left, top, right, bottom = font.getbbox(text)
    letters = Image.new("L", (round(right - left), round(bottom - top)), 0)
    ImageDraw.Draw(letters).text((-left, -top), text, font=font, fill=255)
    width = min(room[0], letters.width * room[1] / letters.height)
    small = letters.resize((round(width), round(room[1])), Image.Resampling.LANCZOS)
    corner = round(middle[0] - small.width / 2), round(middle[1] - small.height / 2)
    image.paste(ink, corner, small)
    mask.paste(255, corner, small)
