"""Images whose every pixel is known, encoded in every format."""

import io
from typing import Any

import numpy as np
import PIL.Image
import pillow_heif

from photomill.images.image import Pixels

pillow_heif.register_heif_opener()

COLOURS = ((200, 40, 40), (40, 160, 60), (50, 70, 190), (220, 200, 60))
"""Of :func:`quarters`: top left, top right, bottom left, bottom right."""

_PILLOW_NAMES = {"tiff": "TIFF", "heic": "HEIF"}
_LOSSLESS: dict[str, dict[str, Any]] = {
    "jpeg": {"quality": 95, "subsampling": 0},
    "webp": {"lossless": True},
    "avif": {"quality": 95},
    "heic": {"quality": 95},
}


def quarters(width: int = 64, height: int = 48) -> Pixels:
    """An image of four plain colours: no two ways to turn it look alike."""
    pixels = np.empty((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    pixels[:top, :left], pixels[:top, left:] = COLOURS[:2]
    pixels[top:, :left], pixels[top:, left:] = COLOURS[2:]
    return pixels


def noise(width: int, height: int, seed: int = 0) -> Pixels:
    """An image that hardly compresses."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (height, width, 3), dtype=np.uint8)


def encode(
    image: Pixels | PIL.Image.Image, format: str, *, orientation: int = 1, **options: Any
) -> bytes:
    """Encode as well as the format can; ``options`` are those of Pillow.

    :param orientation: EXIF's, 1 to 8; what is encoded is not turned.
    """
    opened = image if isinstance(image, PIL.Image.Image) else PIL.Image.fromarray(image)
    if orientation != 1:
        exif = PIL.Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif
    file = io.BytesIO()
    name = _PILLOW_NAMES.get(format, format.upper())
    opened.save(file, name, **{**_LOSSLESS.get(format, {}), **options})
    return file.getvalue()


def corners(pixels: Pixels) -> list[tuple[int, ...]]:
    """The colour in the middle of each quarter, as :data:`COLOURS` lists them."""
    height, width = pixels.shape[:2]
    rows, columns = (height // 4, height * 3 // 4), (width // 4, width * 3 // 4)
    return [
        tuple(int(value) for value in pixels[row, column]) for row in rows for column in columns
    ]


def stored_for(upright: Pixels, orientation: int) -> Pixels:
    """The pixels a file of that orientation holds, so that it shows the upright image."""
    turns = {3: (2, False), 4: (2, True), 6: (1, False), 8: (3, False), 2: (0, True)}
    if orientation in (5, 7):
        turned = np.rot90(upright, 1 if orientation == 5 else 3)
        return np.ascontiguousarray(np.flipud(turned))
    quarter_turns, mirrored = turns.get(orientation, (0, False))
    turned = np.rot90(upright, quarter_turns)
    return np.ascontiguousarray(np.fliplr(turned) if mirrored else turned)
