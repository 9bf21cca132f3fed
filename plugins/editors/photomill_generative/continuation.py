"""Whether pieces of an image can go on beyond each of its borders.

Where edges go straight over a border, as of buildings, furniture and people, pieces break them, and everybody sees it;
fine texture hides its seams. So the edges in the strip beside the border are weighed against the texture there. And where
that speaks against it, the image itself is the judge: its strip is taken away and filled from the rest. What comes out
like it can be gone on with, whatever its edges are; stripes are.

Chosen on 164 borders of 41 photos that were judged by eye: see ``benchmarks/outpainting.py``.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import RasterPixels
from photomill_generative.completion import COARSE, completed, resized
from photomill_generative.patches import Colours
from photomill_generative.placement import Placement

Side = Literal["left", "right", "top", "bottom"]
Plane = NDArray[np.float32]

_SIDE = 192
"""Pixels of the ground's longer side at which borders are looked at."""
_SHARE = 0.25
"""Of the image's side: the widest strip that is looked at, or taken away."""
_LEAST_STRIP = 3
_TEXTURE = 0.373
"""How much texture excuses: the exponent that told good borders from bad best."""
_NONE = 0.3
"""Levels of lightness (0 to 100) that are no edge and no texture."""
_FAINT = 0.5
"""Squared slope of lightness that has no direction."""
_RIGID = 0.88
"""Above it borders fade: 85 of 100 that were bad, and 42 of 100 that were good. A fade spoils nothing."""
_TANGLED = 0.42
"""Coherence of directions below which edges are a texture's; of the bad borders none had less than 0.47."""
_ALIKE = 0.6
"""Structural similarity from which a strip has come out again; of the bad ones none had more than 0.42."""


def sides_to_fade(picture: RasterPixels, placement: Placement) -> list[Side]:
    """The sides on which something is to be invented, and cannot be."""
    factor = min(1.0, _SIDE / max(placement.width, placement.height))
    small = placement.scaled(factor)
    strips = _strips(small, small.picture_height, small.picture_width)
    rigid = _rigidity(_lightness(resized(picture, small)), strips)
    doubtful = {side: strip for side, strip in strips.items() if rigid[side] > _RIGID}
    if not doubtful:
        return []
    alike = _likeness_of_strips(picture, placement)
    return [side for side in doubtful if alike.get(side, 0.0) < _ALIKE]


def _strips(placement: Placement, height: int, width: int) -> Mapping[Side, tuple[slice, slice]]:
    """The rows and columns beside each border beyond which something is invented, as deep as that is."""
    top, bottom, left, right = (
        min(max(_LEAST_STRIP, min(room, int(_SHARE * length))), length) if room else 0
        for room, length in (
            (placement.top, height),
            (placement.bottom, height),
            (placement.left, width),
            (placement.right, width),
        )
    )
    whole = slice(None)
    every: dict[Side, tuple[int, tuple[slice, slice]]] = {
        "left": (left, (whole, slice(0, left))),
        "right": (right, (whole, slice(width - right, width))),
        "top": (top, (slice(0, top), whole)),
        "bottom": (bottom, (slice(height - bottom, height), whole)),
    }
    return {side: strip for side, (depth, strip) in every.items() if depth}


def _rigidity(lightness: Plane, strips: Mapping[Side, tuple[slice, slice]]) -> dict[Side, float]:
    """How much edges stand out of the texture of each strip: about −1 to 2, and less than all where they are one."""
    import cv2

    down, across = (
        np.asarray(cv2.Sobel(lightness, cv2.CV_32F, x, 1 - x, scale=1 / 8), np.float32)
        for x in (0, 1)
    )
    yy, xx, xy = (_soft(each, 2.0) for each in (down * down, across * across, down * across))
    # The structure tensor: edges of one direction add up, those of all directions do not.
    directed = np.sqrt((yy - xx) ** 2 + 4 * xy**2)
    texture = np.abs(lightness - _soft(lightness, 1.5))
    result: dict[Side, float] = {}
    for side, strip in strips.items():
        edges = float(np.sqrt(directed[strip]).mean())
        tangled = directed[strip].mean() < _TANGLED * ((yy + xx)[strip].mean() + _FAINT)
        grain = _TEXTURE * np.log(texture[strip].mean() + _NONE)
        result[side] = -np.inf if tangled else float(np.log(edges + _NONE) - grain)
    return result


def _likeness_of_strips(picture: RasterPixels, placement: Placement) -> dict[Side, float]:
    """Take strips away, fill them from the rest, and compare: 1 where they come out again, 0 where nothing does."""
    height, width = picture.shape[:2]
    depths = {
        side: min(room, int(_SHARE * length))
        for side, room, length in (
            ("left", placement.left, width),
            ("right", placement.right, width),
            ("top", placement.top, height),
            ("bottom", placement.bottom, height),
        )
    }
    rows = slice(depths["top"], height - depths["bottom"])
    columns = slice(depths["left"], width - depths["right"])
    rest = np.ascontiguousarray(picture[rows, columns])
    held = Placement(width, height, columns.start, rows.start, rest.shape[1], rest.shape[0])
    completion = completed(rest, held, COARSE) if held.strips() else None
    if completion is None:
        return {}
    small = completion.placement
    truth = resized(picture, Placement(small.width, small.height, 0, 0, small.width, small.height))
    alike = _similarity(_lightness(completion.colours), _lightness(truth))
    inside = small.inside
    parts: Mapping[Side, tuple[slice, slice]] = {
        "left": (inside[0], slice(0, inside[1].start)),
        "right": (inside[0], slice(inside[1].stop, small.width)),
        "top": (slice(0, inside[0].start), inside[1]),
        "bottom": (slice(inside[0].stop, small.height), inside[1]),
    }
    return {side: float(alike[part].mean()) for side, part in parts.items() if alike[part].size}


def _similarity(one: Plane, other: Plane) -> Plane:
    """Z. Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity" (2004)."""
    means = [_soft(each, 1.5) for each in (one, other)]
    spreads = [
        _soft(each * each, 1.5) - mean**2 for each, mean in zip((one, other), means, strict=True)
    ]
    both = _soft(one * other, 1.5) - means[0] * means[1]
    similarity: Plane = (2 * means[0] * means[1] + 1) * (2 * both + 9)
    similarity /= (means[0] ** 2 + means[1] ** 2 + 1) * (spreads[0] + spreads[1] + 9)
    return similarity


def _lightness(colours: Colours) -> Plane:
    import cv2

    scaled = (colours / 255).clip(0, 1).astype(np.float32)
    return np.ascontiguousarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB)[:, :, 0])


def _soft(plane: Plane, deviation: float) -> Plane:
    import cv2

    return np.asarray(cv2.GaussianBlur(plane, (0, 0), deviation), np.float32)
