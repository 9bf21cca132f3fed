"""Small images, as data that a page can hold."""

import base64
import io
import warnings
from pathlib import Path

import pillow_heif
from PIL import Image, ImageOps

SIDE = 400
"""Pixels of the longer side: sharp at 200 on a dense screen."""

pillow_heif.register_heif_opener()


def thumbnail(path: Path) -> str | None:
    """A ``data:`` URI of an image made small; None where the file is gone or cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, which a thumbnail does not need
            with Image.open(path) as image:
                image.draft("RGB", (SIDE, SIDE))
                small = ImageOps.exif_transpose(image)
                small.thumbnail((SIDE, SIDE))
                return _as_data(_on_white(small))
    # Pillow's readers raise about anything for a damaged file.
    except Exception:
        return None


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image.convert("RGBA"))
    return paper.convert("RGB")


def _as_data(image: Image.Image) -> str:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=82, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(written.getvalue()).decode()}"
