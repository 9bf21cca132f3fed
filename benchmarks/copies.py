"""Copies of an image, and images that are easily taken for copies."""

import io
import random
from collections.abc import Callable
from functools import partial

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Copy = Callable[[Image.Image], bytes]
"""An image → the file of a copy, or of a lookalike."""


def encoded(image: Image.Image, format: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **({"quality": 90} if format == "JPEG" and not options else options))
    return file.getvalue()


def _as_jpeg(edit: Callable[[Image.Image], Image.Image]) -> Copy:
    return lambda image: encoded(edit(image))


def _jpeg(quality: int) -> Copy:
    return lambda image: encoded(image, quality=quality)


def _scaled(factor: float) -> Copy:
    def edit(image: Image.Image) -> Image.Image:
        size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
        return image.resize(size, Image.Resampling.LANCZOS)

    return _as_jpeg(edit)


def _thumbnail(side: int) -> Copy:
    return lambda image: encoded(ImageOps.contain(image, (side, side)), quality=80)


def _cropped(left: float, top: float, right: float, bottom: float) -> Copy:
    """Cut these shares of the sides off."""

    def edit(image: Image.Image) -> Image.Image:
        width, height = image.size
        start = round(left * width), round(top * height)
        return image.crop((*start, round((1 - right) * width), round((1 - bottom) * height)))

    return _as_jpeg(edit)


def _palette(image: Image.Image) -> bytes:
    return encoded(image.quantize(256), "GIF", save_all=False)


def _sepia(image: Image.Image) -> Image.Image:
    matrix = (0.393, 0.769, 0.189, 0, 0.349, 0.686, 0.168, 0, 0.272, 0.534, 0.131, 0)
    return image.convert("RGB", matrix)


def _watermarked(image: Image.Image) -> Image.Image:
    """A word across the middle, half transparent."""
    layer = Image.new("RGBA", image.size)
    font = ImageFont.load_default(max(10, image.width // 8))
    place = (image.width // 2, image.height // 2)
    ImageDraw.Draw(layer).text(place, "© SAMPLE", (255, 255, 255, 110), font, "mm")
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def _signed(image: Image.Image) -> Image.Image:
    """A small opaque mark in a corner."""
    image = image.copy()
    font = ImageFont.load_default(max(8, image.width // 24))
    place = (round(image.width * 0.97), round(image.height * 0.97))
    ImageDraw.Draw(image).text(place, "photo.example.com", "white", font, "rd")
    return image


def hue_turned(image: Image.Image, degrees: float) -> Image.Image:
    hue, saturation, value = image.convert("HSV").split()
    turned = hue.point(lambda each: round(each + degrees * 256 / 360) % 256)
    return Image.merge("HSV", (turned, saturation, value)).convert("RGB")


def _recoloured_middle(image: Image.Image) -> Image.Image:
    """Another colour in the middle alone."""
    mask = Image.new("L", image.size, 0)
    width, height = image.size
    ImageDraw.Draw(mask).ellipse((width * 0.3, height * 0.3, width * 0.7, height * 0.7), fill=255)
    return Image.composite(hue_turned(image, 120), image, mask)


def captioned(image: Image.Image, text: str) -> Image.Image:
    """A headline in a band below."""
    image = image.copy()
    draw = ImageDraw.Draw(image)
    top = round(image.height * 0.8)
    draw.rectangle((0, top, image.width, image.height), fill=(245, 240, 230))
    font = ImageFont.load_default(max(10, image.height // 12))
    draw.text((image.width // 2, (top + image.height) // 2), text, (20, 20, 20), font, "mm")
    return image


def with_subject(scene: Image.Image, subject: Image.Image, share: float) -> Image.Image:
    """Put a subject in front of a scene, ``share`` as wide and as high as it."""
    width, height = round(scene.width * share), round(scene.height * share)
    small = ImageOps.fit(subject, (width, height))
    mask = Image.new("L", small.size, 0)
    ImageDraw.Draw(mask).ellipse((0, 0, width - 1, height - 1), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(2))
    scene = scene.copy()
    scene.paste(small, ((scene.width - width) // 2, round((scene.height - height) * 0.6)), mask)
    return scene


SAVED_AGAIN: dict[str, Copy] = {
    **{f"JPEG, quality {quality}": _jpeg(quality) for quality in (30, 50, 75, 95)},
    "WebP": lambda image: encoded(image, "WEBP", quality=75),
    "PNG": lambda image: encoded(image, "PNG", compress_level=1),
    "GIF of 256 colours": _palette,
    "half the size": _scaled(0.5),
    "one and a half the size": _scaled(1.5),
    "cropped by 3 %": _cropped(0.015, 0.015, 0.015, 0.015),
    "cropped by 5 %, one side": _cropped(0.05, 0, 0, 0.03),
    "a tenth brighter": _as_jpeg(lambda image: ImageEnhance.Brightness(image).enhance(1.1)),
    "a sixth darker": _as_jpeg(lambda image: ImageEnhance.Brightness(image).enhance(0.85)),
    "more contrast": _as_jpeg(lambda image: ImageEnhance.Contrast(image).enhance(1.15)),
}
"""What must be found, as near or exact."""

CHANGED: dict[str, Copy] = {
    "thumbnail, 256 px": _thumbnail(256),
    "thumbnail, 128 px": _thumbnail(128),
    "grey": _as_jpeg(lambda image: ImageOps.grayscale(image).convert("RGB")),
    "sepia": _as_jpeg(_sepia),
    "blurred": _as_jpeg(
        lambda image: image.filter(ImageFilter.GaussianBlur(max(image.size) / 200))
    ),
    "watermarked": _as_jpeg(_watermarked),
    "signed in a corner": _as_jpeg(_signed),
}
"""What should be found."""

TURNED: dict[str, Copy] = {
    "turned by 90°": _as_jpeg(lambda image: image.transpose(Image.Transpose.ROTATE_90)),
    "turned by 180°": _as_jpeg(lambda image: image.transpose(Image.Transpose.ROTATE_180)),
    "turned by 270°": _as_jpeg(lambda image: image.transpose(Image.Transpose.ROTATE_270)),
    "mirrored": _as_jpeg(ImageOps.mirror),
    "mirrored, upside down": _as_jpeg(ImageOps.flip),
    "mirrored and turned": _as_jpeg(lambda image: image.transpose(Image.Transpose.TRANSPOSE)),
}
"""What should be found, and said to be turned or mirrored."""

OTHER_COLOURS: dict[str, Copy] = {
    **{
        f"hue turned by {degrees}°": _as_jpeg(partial(hue_turned, degrees=degrees))
        for degrees in (30, 60, 90, 120, 180)
    },
    "another colour in the middle": _as_jpeg(_recoloured_middle),
}
"""What is no copy."""


def seeded_word(seed: int) -> str:
    """A headline."""
    words = ["SUMMER SALE", "OPEN TODAY", "NEW ARRIVALS", "LAST CHANCE", "BACK SOON", "FREE ENTRY"]
    return random.Random(seed).choice(words) + f" {seed}"
