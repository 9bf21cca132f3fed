"""Files that break off: how much of the image they still hold, and whether that is enough.

One rule for every format, decoder and way in.
"""

from collections.abc import Callable

from photomill.config.settings import ImageSettings
from photomill.errors import ImageUnreadable
from photomill.images.structure import checked
from photomill.images.structure.boxes import boxes
from photomill.images.truncation import bmp, gif, jpeg, png, tiff, webp
from photomill.images.truncation.model import NONE_LEFT, Decode, Remains

__all__ = ["NONE_LEFT", "Remains", "checked_whole", "remaining"]


def checked_whole(data: bytes, format: str, limits: ImageSettings) -> bytes | None:
    """Check a file as ``structure.checked`` does; None where decoders take it without a complaint and it may lack pixels.

    :raises ImageTooLarge, ImageUnreadable: as ``structure.checked``.
    """
    return jpeg.checked_whole(data, limits) if format == "jpeg" else checked(data, format, limits)


def remaining(data: bytes, format: str, limits: ImageSettings, decode: Decode) -> Remains | None:
    """Find out what is left of a file that its decoder does not take; None where it does not break off.

    :param decode: takes files that break off.
    :raises ImageUnreadable: less is left than the limits ask for.
    :raises ImageTooLarge: over a limit.
    """
    found = _FORMATS[format](data, limits, decode)
    if found is not None and not found.enough(limits.min_complete):
        raise ImageUnreadable(found.refusal)
    return found


def _of_boxes(data: bytes) -> Remains | None:
    """Tell a file that breaks off from one that is damaged; an AVIF or HEIC image that is cut off shows nothing."""
    return NONE_LEFT if any(box.end > len(data) for box in boxes(data)) else None


_FORMATS: dict[str, Callable[[bytes, ImageSettings, Decode], Remains | None]] = {
    "jpeg": lambda data, limits, decode: jpeg.remains(data, decode),
    "png": lambda data, limits, decode: png.remains(data),
    "gif": lambda data, limits, decode: gif.remains(data),
    "tiff": lambda data, limits, decode: tiff.remains(data, limits.max_bytes),
    "bmp": lambda data, limits, decode: bmp.remains(data, limits.max_pixels),
    "webp": lambda data, limits, decode: webp.remains(data, limits.max_bytes, decode),
    "avif": lambda data, limits, decode: _of_boxes(data),
    "heic": lambda data, limits, decode: _of_boxes(data),
}
