"""What happens to photographs on their way: the changes that a copy must be recognised through."""

import io
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Change = Callable[[Image.Image, random.Random], bytes]
"""An image → the changed image's file."""


def _lossless(edit: Callable[[Image.Image, random.Random], Image.Image]) -> Change:
    def change(image: Image.Image, seeded: random.Random) -> bytes:
        file = io.BytesIO()
        edit(image, seeded).save(file, "PNG", compress_level=1)
        return file.getvalue()

    return change


def _jpeg(quality: int) -> Change:
    def change(image: Image.Image, seeded: random.Random) -> bytes:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return file.getvalue()

    return change


def _resized(factor: float) -> Change:
    def edit(image: Image.Image, seeded: random.Random) -> Image.Image:
        size = max(round(image.width * factor), 1), max(round(image.height * factor), 1)
        return image.resize(size, Image.Resampling.LANCZOS)

    return _lossless(edit)


def _cropped(kept: float, *, anywhere: bool = False) -> Change:
    """Keep this part of each side, from the middle or from anywhere."""

    def edit(image: Image.Image, seeded: random.Random) -> Image.Image:
        width, height = max(round(image.width * kept), 1), max(round(image.height * kept), 1)
        spare = image.width - width, image.height - height
        left, top = (seeded.randint(0, each) if anywhere else each // 2 for each in spare)
        return image.crop((left, top, left + width, top + height))

    return _lossless(edit)


def _lit(factor: float) -> Change:
    return _lossless(lambda image, _: ImageEnhance.Brightness(image).enhance(factor))


def _rotated(image: Image.Image, seeded: random.Random) -> Image.Image:
    return image.rotate(seeded.choice((-5, 5)), Image.Resampling.BICUBIC)


def _blurred(image: Image.Image, seeded: random.Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(max(image.size) / 200))


def _captioned(image: Image.Image, seeded: random.Random) -> Image.Image:
    """Write two lines across it, white with a black edge, each a tenth of its height."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    size = max(image.height // 10, 8)
    font = ImageFont.load_default(size)
    for text, top in (("WHEN YOU FIND THE PHOTO", 0.03), ("EVEN WITH A CAPTION", 0.84)):
        place = (image.width // 2, round(image.height * top))
        edge = max(size // 10, 1)
        draw.text(place, text, "white", font, "ma", stroke_width=edge, stroke_fill="black")
    return image


CHANGES: dict[str, Change] = {
    "resize 25 %": _resized(0.25),
    "JPEG q10": _jpeg(10),
    "centre crop 80 %": _cropped(0.8),
    "random crop 60 %": _cropped(0.6, anywhere=True),
    "rotation 5°": _lossless(_rotated),
    "brightness -40 %": _lit(0.6),
    "brightness +40 %": _lit(1.4),
    "blur": _lossless(_blurred),
    "text overlay": _lossless(_captioned),
    "mirror": _lossless(lambda image, _: ImageOps.mirror(image)),
}

MILD_CHANGES: dict[str, Change] = {
    "resize 50 %": _resized(0.5),
    "JPEG q50": _jpeg(50),
    "crop 3 %": _cropped(0.97),
}
"""What the default near-duplicate radius covers in 99 of 100 cases."""
