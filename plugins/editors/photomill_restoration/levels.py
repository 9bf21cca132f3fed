"""Which network of waifu2x a request and an image call for."""

import numpy as np

from photomill.plugin import Decompress, Upscale
from photomill_restoration.measuring import CLEAN_QUALITY, Damage

_MOST = 3
_QUALITIES = (20.0, 50.0, CLEAN_QUALITY, 92.0)
_SOME_NOISE, _MUCH_NOISE = 1.5, 8.5
"""Levels; clean photographs of fur and foliage have up to 7."""
_WHERE_COMPRESSED = {"moderate": 1, "strong": _MOST}
_WHERE_CLEAN = {"moderate": 0, "strong": 1}
_STRONGLY_COMPRESSED = 60.0
"""Of a JPEG file's quality: below, the stronger net is nearer to the original, measured on photographs."""


def measured_level(damage: Damage) -> int:
    """How strong the cure should be: −1 none, 0 hardly any, to 3.

    On photographs to which noise was added the nets 1 and 2, which know compression better, were worse than net 0.
    """
    by_quality = _MOST - int(np.searchsorted(_QUALITIES, damage.quality))
    if damage.noise < _SOME_NOISE:
        return by_quality
    return max(by_quality, 0) if damage.noise < _MUCH_NOISE else _MOST


def upscale_level(parameters: Upscale, damage: Damage) -> int:
    """How strongly an image is cleaned while it is enlarged: −1 to 3.

    ``smart_resize`` repairs nothing and ``smart_enhance`` what is measured; ``faces`` stops where skin would lose its
    texture; ``digital_art`` has flat colours, in which nothing may be left; ``photo`` repairs more with each version.
    """
    measured = measured_level(damage)
    if parameters.kind == "smart_resize":
        return -1
    if parameters.kind == "faces":
        return min(measured, 1)
    if parameters.kind == "digital_art":
        return max(measured, 1)
    if parameters.kind == "photo":
        return {1: min(measured, 0), 2: max(measured, 0), 3: min(max(measured, 1) + 1, _MOST)}[
            parameters.version
        ]
    return measured


def decompress_level(parameters: Decompress, damage: Damage) -> int | None:
    """How strongly an image is cleaned: 0 to 3; None where nothing needs to be."""
    if not damage.is_compressed:
        return _WHERE_CLEAN.get(parameters.mode)
    if parameters.mode == "auto":
        return 2 if damage.quality < _STRONGLY_COMPRESSED else 1
    return _WHERE_COMPRESSED[parameters.mode]
