"""Smaller, and the right way up."""

from typing import Any

from photomill.plugin import Pixels, reduced_size
from photomill_vips_decoder import loading

_MARGIN = 2
"""How much larger than asked for a scaled JPEG decode stays, so that Lanczos decides what the result looks like."""
_JPEG_SCALES = (8, 4, 2)


def reduced_jpeg(data: bytes, header: Any, side: int, *, tolerant: bool) -> Any:
    """Decode a JPEG at the smallest scale that leaves enough, and reduce it to ``side``."""
    shorter = min(header.width, header.height)
    image = header
    for scale in _JPEG_SCALES:
        if side and shorter // scale >= _MARGIN * side:
            image = loading.load(data, "jpeg", tolerant=tolerant, shrink=scale)
            break
    return _resized(image, *reduced_size(header.width, header.height, side))


def reduced(pixels: Pixels, side: int) -> Pixels:
    """Reduce decoded pixels to a shorter side of ``side``; never enlarge."""
    import pyvips

    height, width = pixels.shape[:2]
    size = reduced_size(width, height, side)
    if size == (width, height):
        return pixels
    image = pyvips.Image.new_from_memory(pixels.data, width, height, 3, "uchar")
    smaller: Pixels = _resized(image, *size).numpy()
    return smaller


def upright(image: Any, header: Any) -> Any:
    """Apply the orientation that the header states."""
    if loading.orientation(header) == 1:
        return image
    # Turning asks for the last row first; the file is read from the top.
    return image.copy_memory().autorot()


def _resized(image: Any, width: int, height: int) -> Any:
    if (image.width, image.height) == (width, height):
        return image
    return image.resize(width / image.width, vscale=height / image.height)
