"""Numbers that are no levels of 8 or 16 bits."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from photomill.plugin import number_range

_LEVELS = ("uchar", "ushort")
_MOST: Mapping[str, float | None] = MappingProxyType(
    {
        "char": 2**7 - 1,
        "short": 2**15 - 1,
        "int": 2**31 - 1,
        "uint": 2**32 - 1,
        "float": None,
        "double": None,
    }
)
_MOST_LEVEL = 65_535
_RGB, _GREY = "rgb16", "grey16"
_OF_THEIR_OWN = ("lab", "labs", "labq", "xyz")
"""Colour spaces whose numbers mean the same everywhere."""


def as_levels(image: Any) -> tuple[Any, str]:
    """Bring all numbers to levels of 16 bits.

    :returns: the image, and a note where a range had to be determined.
    """
    if image.format in _LEVELS or image.format not in _MOST:
        return image, ""
    if image.interpretation in _OF_THEIR_OWN:
        return image, ""
    image = image.copy_memory()
    numbers = image.numpy()
    finite = numbers[np.isfinite(numbers)]
    lowest, highest = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    found = number_range(lowest, highest, _MOST[image.format])
    # What is no number is black.
    image = (image == image).ifthenelse(image, found.black)
    scale = _MOST_LEVEL / (found.white - found.black)
    levels = ((image - found.black) * scale).rint().cast("ushort")
    return levels.copy(interpretation=_RGB if image.bands > 2 else _GREY), found.note
