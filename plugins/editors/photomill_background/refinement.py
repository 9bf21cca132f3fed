"""From a coarse guess of what is foreground to an alpha as fine as the image.

Where the guess is sure it holds. In the uncertain band between, GrabCut (Rother et al., SIGGRAPH 2004) draws the border
along the image's own edges, and a guided filter (He, Sun and Tang, ECCV 2010; its fast form, 2015) brings hair and
fur into it at full size.
"""

import math

import numpy as np
from attrs import frozen

from photomill.plugin import RasterPixels
from photomill_background.arrays import Values
from photomill_background.components import without_specks
from photomill_background.drawing import draw

_WORKING_PIXELS = 500_000
"""The border is drawn at no more than this; the guided filter knows what is finer."""
_WORKING_SIDE = 480
"""Of the longer side, at least: thin things need room."""
_SURE = 0.08, 0.92
_DRAWN = 0.8
"""How much of the answer in the band is GrabCut's; the rest is the guess."""
_RADIUS = 3.0
"""Of the guided filter's neighbourhood, in pixels of the working size."""
_SOFTNESS = 1e-4 * 255**2
"""The guided filter's eps: a variance of levels below which a neighbourhood has no edge."""
_CRISP = 0.15
"""Alphas nearer to 0 or 1 than this are 0 or 1."""


@frozen
class _Draft:
    """At working size: how much each pixel is foreground, and 1 where that is not sure."""

    likely: Values
    band: RasterPixels


def refined(rgb: RasterPixels, guess: Values) -> RasterPixels:
    """Draw the border: alpha, uint8 (h, w).

    :param rgb: of shape (h, w, 3), C-contiguous.
    :param guess: of any shape (h', w'), 0 to 1.
    """
    import cv2

    size = _working_size(*rgb.shape[:2])
    shrinks = size[0] < rgb.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(rgb, size, interpolation=interpolation), np.uint8)
    grown = np.asarray(cv2.resize(guess, size, interpolation=cv2.INTER_CUBIC), np.float32)
    likely = np.clip(grown, 0, 1)
    draft = _Draft(likely, _band(likely, max(size) / max(guess.shape)))
    return _at_full_size(rgb, _redrawn(small, draft))


def _working_size(height: int, width: int) -> tuple[int, int]:
    scale = min(
        math.sqrt(_WORKING_PIXELS / (height * width)), max(1.0, _WORKING_SIDE / max(height, width))
    )
    return max(1, round(width * scale)), max(1, round(height * scale))


def _band(likely: Values, reach: float) -> RasterPixels:
    """1 where the guess is not sure, and as far around as one of its pixels reaches."""
    import cv2

    low, high = _SURE
    uncertain = ((likely > low) & (likely < high)).astype(np.uint8)
    side = 2 * math.ceil(reach) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.dilate(uncertain, disc), np.uint8)


def _redrawn(rgb: RasterPixels, draft: _Draft) -> _Draft:
    drawn = draw(rgb, draft.likely, draft.band)
    if drawn is None:
        return draft
    drawn = without_specks(drawn)
    return _Draft(_DRAWN * drawn + (1 - _DRAWN) * draft.likely, draft.band)


def _at_full_size(rgb: RasterPixels, draft: _Draft) -> RasterPixels:
    import cv2

    height, width = rgb.shape[:2]
    scale = min(1.0, draft.likely.shape[1] / width)
    coarse = np.asarray(draft.likely, np.float32)
    grown = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    band = cv2.resize(draft.band, (width, height), interpolation=cv2.INTER_NEAREST)
    # With levels from 0 to 1 OpenCV's own rounding guard would count as variance, and blur everything.
    fine = cv2.ximgproc.guidedFilter(rgb, grown, round(_RADIUS / scale), _SOFTNESS, scale=scale)
    # Where a neighbourhood has no variance at all the filter divides by zero.
    usable = (band > 0) & np.isfinite(fine)
    alpha = np.where(usable, fine, grown)
    return _levels((alpha - _CRISP) / (1 - 2 * _CRISP))


def _levels(alpha: Values) -> RasterPixels:
    return np.rint(np.clip(alpha, 0, 1) * 255).astype(np.uint8)
