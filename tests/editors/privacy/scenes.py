"""Images with drawn faces and number plates."""

import numpy as np
from attrs import frozen
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from photomill.images.raster import RasterPixels

PLATE = "KN7 XHE4"


@frozen
class Portrait:
    """An image with one face.

    :ivar nose: the row of the tip of its nose; ``lips`` of its upper lip, ``eyes`` of its eyes.
    """

    rgb: RasterPixels
    eyes: float
    nose: float
    lips: float


def portrait(height: int = 300, width: int = 400, *, centre: float = 0.5) -> Portrait:
    """A face, schematic but shaded, before a plain wall.

    :param centre: of the face, as a share of the width.
    """
    tall = 0.5 * height
    left, top = centre * width - 0.38 * tall, 0.2 * height
    image = Image.new("RGB", (width, height), (150, 160, 170))
    draw = ImageDraw.Draw(image)

    def ellipse(x: float, y: float, across: float, down: float, colour: tuple[int, ...]) -> None:
        box = ((x - across) * tall + left, (y - down) * tall + top)
        end = ((x + across) * tall + left, (y + down) * tall + top)
        draw.ellipse([box, end], fill=colour)

    ellipse(0.38, 0.98, 0.75, 0.35, (60, 70, 120))
    ellipse(0.38, 0.86, 0.16, 0.25, (198, 150, 122))
    ellipse(0.38, 0.42, 0.42, 0.56, (70, 45, 30))
    ellipse(0.38, 0.5, 0.37, 0.5, (224, 178, 150))
    for side in (0.2, 0.56):
        ellipse(side, 0.36, 0.1, 0.025, (80, 50, 35))
        ellipse(side, 0.44, 0.08, 0.04, (245, 240, 238))
        ellipse(side, 0.44, 0.038, 0.038, (60, 45, 40))
        ellipse(side, 0.42, 0.1, 0.02, (120, 80, 65))
    ellipse(0.38, 0.58, 0.03, 0.13, (236, 196, 168))
    ellipse(0.38, 0.67, 0.075, 0.03, (196, 142, 118))
    ellipse(0.35, 0.685, 0.02, 0.01, (110, 65, 55))
    ellipse(0.41, 0.685, 0.02, 0.01, (110, 65, 55))
    ellipse(0.38, 0.805, 0.13, 0.035, (178, 84, 82))
    ellipse(0.38, 0.8, 0.11, 0.006, (110, 45, 48))
    shaded = image.filter(ImageFilter.GaussianBlur(tall / 90))
    rows = (0.44, 0.67, 0.77)
    eyes, nose, lips = (row * tall + top for row in rows)
    return Portrait(_noisy(shaded, 3), eyes, nose, lips)


@frozen
class Parked:
    """An image with one number plate.

    :ivar box: left, top, width and height of the plate.
    """

    rgb: RasterPixels
    box: tuple[int, int, int, int]

    @property
    def window(self) -> tuple[slice, slice]:
        left, top, width, height = self.box
        return slice(top, top + height), slice(left, left + width)


def parked(
    height: int = 480, width: int = 720, *, dark: bool = False, lines: tuple[str, ...] = (PLATE,)
) -> Parked:
    """The back of a car, with a plate of dark characters on a bright ground, or the other way round."""
    image = Image.new("RGB", (width, height), (120, 140, 110))
    draw = ImageDraw.Draw(image)
    ground, ink = ((25, 25, 30), (235, 235, 235)) if dark else ((240, 240, 232), (25, 25, 30))
    paint = (150, 40, 45)
    draw.rounded_rectangle(
        (0.1 * width, 0.25 * height, 0.9 * width, 0.9 * height), 0.1 * height, fill=paint
    )
    draw.rectangle((0.2 * width, 0.3 * height, 0.8 * width, 0.5 * height), fill=(60, 70, 80))
    tall = height // 9
    font = ImageFont.load_default(size=round(0.8 * tall))
    longest = max(draw.textlength(line, font=font) for line in lines)
    wide, high = round(longest + 0.6 * tall), tall * len(lines)
    left, top = (width - wide) // 2, round(0.79 * height - high)
    draw.rectangle((left, top, left + wide, top + high), fill=ground, outline=ink, width=2)
    for number, line in enumerate(lines):
        draw.text((left + 0.3 * tall, top + (number + 0.02) * tall), line, font=font, fill=ink)
    return Parked(_noisy(image, 5), (left, top, wide, high))


def far_away(wide: int = 90, *, tilt: float = 0.0) -> Parked:
    """A small plate in a large image.

    :param wide: of the plate, in pixels of an image that is 1600 wide.
    :param tilt: in degrees, to the left.
    """
    near = parked()
    left, top, width, height = near.box
    scale = wide / width
    size = round(near.rgb.shape[1] * scale), round(near.rgb.shape[0] * scale)
    small = Image.fromarray(near.rgb).resize(size, Image.Resampling.LANCZOS)
    mask = Image.new("L", near.rgb.shape[1::-1], 0)
    ImageDraw.Draw(mask).rectangle((left, top, left + width, top + height), fill=255)
    turned = [each.rotate(tilt, Image.Resampling.BICUBIC) for each in (small, mask.resize(size))]
    street = Image.fromarray(wall(1200, 1600))
    street.paste(turned[0], (700, 500))
    rows, columns = np.nonzero(np.asarray(turned[1]) > 127)
    extent = int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1
    return Parked(np.asarray(street), (700 + int(columns.min()), 500 + int(rows.min()), *extent))


def caption(height: int = 300, width: int = 500) -> RasterPixels:
    """The characters of a plate, written on a wall and on no plate."""
    image = Image.fromarray(wall(height, width))
    font = ImageFont.load_default(size=height // 8)
    ImageDraw.Draw(image).text((width // 4, height // 3), PLATE, font=font, fill=(20, 20, 20))
    return np.asarray(image)


def wall(height: int = 200, width: int = 300) -> RasterPixels:
    """Nothing but a plain wall."""
    return _noisy(Image.new("RGB", (width, height), (150, 160, 170)), 4)


def _noisy(image: Image.Image, deviation: float) -> RasterPixels:
    noise = np.random.default_rng(3).normal(0, deviation, (image.height, image.width, 3))
    return np.clip(np.asarray(image, np.float64) + noise, 0, 255).astype(np.uint8)
