"""Images before a plain background: studio sweeps, sheets of paper, screens."""

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import RasterPixels
from photomill_background.arrays import Values
from photomill_background.components import parts

_FRAME = 0.02
"""How wide the border is that is looked at, of the shorter side."""
_TOLERANCE = 5.0
"""Of the border's colours, in units of CIELAB."""
_WIDEST = 40.0
"""How far its colours may be from their median."""
_SHARE = 0.9
"""Of the border that must be plain."""
_SHADOW = 0.5
"""How much less a difference of lightness counts than one of colour: a shadow is no subject."""
_SAME, _OTHER = 4.0, 16.0
"""Differences up to which a pixel is background, and from which it is not."""


def against_flat_ground(rgb: RasterPixels) -> Values | None:
    """How much each pixel differs from a plain background: float32 (h, w), 0 to 1; None where there is none.

    The background may grow darker or change its colour evenly from one side to the other.

    :param rgb: a few hundred pixels a side.
    """
    import cv2

    levels = rgb.astype(np.float32) / 255
    lab = np.asarray(cv2.cvtColor(levels, cv2.COLOR_RGB2Lab), np.float32)
    height, width = rgb.shape[:2]
    frame = max(1, round(_FRAME * min(height, width)))
    border = np.ones((height, width), np.bool_)
    border[frame : height - frame, frame : width - frame] = False
    ground = _plane(lab, border)
    if ground is None:
        return None
    difference = lab - ground
    difference[:, :, 0] *= _SHADOW
    away = np.linalg.norm(difference, axis=-1)
    return _enclosed(np.clip((away - _SAME) / (_OTHER - _SAME), 0, 1), border)


def _plane(lab: Values, border: NDArray[np.bool_]) -> Values | None:
    """The colour of the background everywhere, of the second degree in both directions."""
    rows, columns = np.mgrid[-1 : 1 : lab.shape[0] * 1j, -1 : 1 : lab.shape[1] * 1j]
    terms = np.stack(
        [np.ones_like(rows), rows, columns, rows * columns, rows**2, columns**2], axis=-1
    )
    known, colours = terms[border], lab[border]
    fits = np.linalg.norm(colours - np.median(colours, axis=0), axis=-1) < _WIDEST
    for _ in range(3):
        if fits.mean() < _SHARE:
            return None
        slopes, *_ = np.linalg.lstsq(known[fits], colours[fits], rcond=None)
        fits = np.linalg.norm(colours - known @ slopes, axis=-1) < _TOLERANCE
    if fits.mean() < _SHARE:
        return None
    return np.asarray(terms @ slopes, np.float32)


def _enclosed(difference: Values, border: NDArray[np.bool_]) -> Values:
    """Count what the subject surrounds as subject, but where it is of just the background's colour."""
    result = difference.copy()
    for part in parts(difference < 0.5):
        if not (part.mask & border).any() and np.median(difference[part.mask]) > 0:
            result[part.mask] = 1
    return result
