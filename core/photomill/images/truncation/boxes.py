"""AVIF and HEIC: ISO/IEC 14496-12. An image that is cut off shows nothing."""

from photomill.images.structure import boxes
from photomill.images.truncation.model import NONE_LEFT, Remains


def remains(data: bytes) -> Remains | None:
    """Tell a file that breaks off from one that is damaged."""
    return NONE_LEFT if any(box.end > len(data) for box in boxes.boxes(data)) else None
