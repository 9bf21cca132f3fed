"""What is to be seen of images that hardly show anything as they are."""

import numpy as np

from photomill.images.image import Pixels

_LIGHT = 192.0
"""Brightness of opaque parts from which they would not stand out from white."""
_WHITE, _BLACK = 255, 0
_BLANK_SPAN = 8
_SHARES = (0.5, 0.25, 0.75, 0.125, 1.0)
MOST_OF_BLACK = 65_535 // 8
"""The lightest value of 16 bits up to which an image is brought to the full range: in 8 bits it would be black."""

ANIMATED = frozenset({"gif", "webp", "png", "avif"})
"""Formats whose further frames are later moments; those of others are further pages."""


def contrasting_ground(brightness: float) -> int:
    """The grey, 0 or 255, that transparent parts are put on so that opaque ones can be told from it.

    :param brightness: the mean of the opaque parts, 0 to 255.
    """
    return _BLACK if brightness > _LIGHT else _WHITE


def is_blank(pixels: Pixels) -> bool:
    """Whether an image shows one colour only."""
    return bool(np.ptp(pixels.reshape(-1, 3), axis=0).max(initial=0) < _BLANK_SPAN)


def further_frames(count: int) -> list[int]:
    """Frames to look at, in this order, where the first one is blank: numbers from 1 to ``count`` - 1."""
    places = [round(share * (count - 1)) for share in _SHARES]
    return [place for place in dict.fromkeys(places) if place > 0]
