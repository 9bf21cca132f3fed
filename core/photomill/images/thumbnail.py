"""What a thumbnail is: its size and quality."""

SIDE = 320
"""Of the longer side, in pixels."""
QUALITY = 65
"""Of WebP: some 13 kB for a photograph."""
MEDIA_TYPE = "image/webp"


def thumbnail_size(width: int, height: int) -> tuple[int, int]:
    """The size of a thumbnail of pixels of this size; images are never enlarged."""
    scale = min(1.0, SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
