"""The best quality within a number of bytes."""

from typing import Any

from attrs import evolve

from photomill.components.editor import Speed
from photomill.components.output import Format, Png
from photomill.errors import InvalidInput
from photomill_vips_editor import pictures, savers


def within(max_bytes: int, image: Any, format: Format, speed: Speed) -> bytes:
    """Encode a picture that is in memory with the highest quality, up to the one asked for, that fits.

    :raises InvalidInput: not even the lowest quality does, or the format is without loss.
    """
    best = _saved(image, format, speed)
    if len(best) <= max_bytes:
        return best
    smallest = _lowest(image, format, best, speed)
    if len(smallest) > max_bytes:
        raise InvalidInput(
            f"{image.width} x {image.height} pixels as {savers.name(format)} take "
            f"{len(smallest)} bytes at least; {max_bytes} are allowed",
            path="output.max_bytes",
        )
    low, high = 1, getattr(format, "quality", None) or 1
    while high - low > 1:
        middle = (low + high) // 2
        data = _saved(image, _of_quality(format, middle), speed)
        if len(data) <= max_bytes:
            low, smallest = middle, data
        else:
            high = middle
    return smallest


def _lowest(image: Any, format: Format, best: bytes, speed: Speed) -> bytes:
    if isinstance(format, Png):
        return _saved(image, Png("best"), speed)
    if getattr(format, "quality", None) is None:
        return best
    return _saved(image, _of_quality(format, 1), speed)


def _of_quality(format: Any, quality: int) -> Format:
    changed: Format = evolve(format, quality=quality)
    return changed


def _saved(image: Any, format: Format, speed: Speed) -> bytes:
    with pictures.errors(lazy=False):
        return savers.save(image, format, speed)
