"""Smaller, and the right way up."""

from typing import Any

from photomill_vips_decoder import loading

_MARGIN = 2
"""How much larger than asked for the scaled JPEG decode stays: its box-like scaling is then invisible."""
_JPEG_SCALES = (8, 4, 2)


def shrunk_by_jpeg(data: bytes, header: Any, side: int) -> Any:
    """Open a JPEG again at the smallest scale that leaves enough, and reduce it to ``side``."""
    shorter = min(header.width, header.height)
    for scale in _JPEG_SCALES:
        if side and shorter // scale >= _MARGIN * side:
            scaled = loading.load(data, "jpeg", shrink=scale)
            return shrunk(scaled, side, header.width, header.height)
    return shrunk(header, side)


def shrunk(image: Any, side: int, width: int = 0, height: int = 0) -> Any:
    """Reduce to a shorter side of ``side``, in the proportions of the original; never enlarge."""
    width, height = width or image.width, height or image.height
    shorter = min(width, height)
    if side == 0 or shorter <= side:
        return image
    target_width = max(1, round(width * side / shorter))
    target_height = max(1, round(height * side / shorter))
    return image.resize(target_width / image.width, vscale=target_height / image.height)


def upright(image: Any, header: Any) -> Any:
    """Apply the orientation that the header states."""
    if loading.orientation(header) == 1:
        return image
    # Turning needs the whole picture, which a decoder that reads from the top cannot give twice.
    return image.copy_memory().autorot()
