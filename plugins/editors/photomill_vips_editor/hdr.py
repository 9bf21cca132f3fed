"""Balancing light locally."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import EditContext, Hdr, OpenContext, Raster, RasterPixels, Stage, to_8_bits
from photomill_vips_editor.operation import VipsOperation
from photomill_vips_editor.vips_images import Levels, as_bytes, as_levels, stripes

_SIDE = 512
"""The filter looks at a copy of no more than this many pixels a side: the same at every size."""
_RADIUS = 1 / 12
"""Of the filter's window, in parts of the copy's longer side."""
_SMOOTHNESS = 0.01
"""Variance of luma (0 to 1) that counts as an edge."""
_SHADOWS, _HIGHLIGHTS = 1.5, 0.9
_DETAIL = 0.7
_COLOUR = 0.15
_LARGEST_GAIN = 4.0

Plane = NDArray[np.float32]


class LocalHdr(VipsOperation):
    """Splits luma into a base and its details; lifts the base's shadows, lowers its highlights, and raises details.

    The split is that of Durand and Dorsey, "Fast Bilateral Filtering for the Display of High-Dynamic-Range Images"
    (2002), with the edge-preserving filter of He and Sun, "Fast Guided Filter" (2015), which leaves no halos and no
    gradient reversals. Works on coded sRGB; colours follow their luma, a little more vivid.
    """

    name = "hdr"
    operation = "adjustments.hdr"
    stage = Stage.ADJUST
    engine = "guided_filter"
    requires = ("pyvips", "cv2")
    Parameters = Hdr

    def open(self, context: OpenContext) -> None:
        import cv2

        super().open(context)
        cv2.setNumThreads(1)

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        if not parameters.intensity:
            return raster
        strength = parameters.intensity / 100
        levels = raster.levels
        colours: Any = np.ascontiguousarray(levels[:, :, :3])
        balanced = _balanced(colours, strength, parameters.stitching)
        if not raster.has_alpha:
            return Raster.from_pixels(balanced)
        both: Any = np.dstack((balanced, levels[:, :, 3]))
        return Raster.from_pixels(both)


def _balanced(rgb: Levels, strength: float, stitching: bool) -> Levels:
    deep = rgb.dtype == np.uint16
    base = _Base(to_8_bits(rgb), stitching)
    balanced = np.empty_like(rgb)
    for rows in stripes(rgb.shape[0]):
        if deep:
            finer = _balanced_rows(as_bytes(rgb[rows]), base, rows.start, strength)
            balanced[rows] = as_levels(finer)
        else:
            balanced[rows] = _balanced_rows(rgb[rows], base, rows.start, strength)
    return balanced


def _balanced_rows(rgb: Any, base: "_Base", top: int, strength: float) -> Any:
    """:param rgb: 0 to 255: uint8, or float32 for a result that is not rounded either."""
    import cv2

    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / np.float32(255)
    plain = base.of(luma, top)
    wanted = _lit(plain, strength) + (luma - plain) * np.float32(1 + _DETAIL * strength)
    # The offset keeps the gain of the darkest pixels, which are noise, small.
    gain = (np.clip(wanted, 0, 1) + np.float32(0.02)) / (luma + np.float32(0.02))
    gain = np.minimum(gain, np.float32(_LARGEST_GAIN))
    vividness = np.float32(1 + _COLOUR * strength)
    scaled = cv2.multiply(rgb, cv2.merge([gain * vividness] * 3), dtype=cv2.CV_32F)
    grey = cv2.merge([gain * luma * (1 - vividness) * np.float32(255)] * 3)
    return cv2.add(scaled, grey, dtype=cv2.CV_8U if rgb.dtype == np.uint8 else cv2.CV_32F)


def _lit(base: Plane, strength: float) -> Plane:
    """Lift the shadows and lower the highlights; rising from 0 at 0 to 1 at 1."""
    dark = 1 - base
    lift = np.float32(_SHADOWS * strength) * dark * dark
    lowered = np.float32(_HIGHLIGHTS * strength) * base * base
    return np.asarray(base + base * dark * (lift - lowered), np.float32)


class _Base:
    """Luma without its details: a linear function of it in each window, whose coefficients a small copy gives."""

    def __init__(self, rgb: RasterPixels, stitching: bool) -> None:
        import cv2

        height, width = rgb.shape[:2]
        scale = min(1.0, _SIDE / max(height, width))
        small_width, small_height = max(1, round(width * scale)), max(1, round(height * scale))
        small = cv2.resize(rgb, (small_width, small_height), interpolation=cv2.INTER_AREA)
        luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / np.float32(255)
        radius = max(1, round(max(small_width, small_height) * _RADIUS))
        # Two windows: the coefficients are averaged once more.
        self._margin = 2 * radius + 2
        self._scales = (small_width / width, small_height / height)
        self._coefficients = _coefficients(_padded(luma, self._margin, stitching), radius)

    def of(self, luma: Plane, top: int) -> Plane:
        """The base of some rows, of which ``top`` is the first."""
        import cv2

        (across, down), margin = self._scales, self._margin
        to_small = np.array(
            [
                [across, 0, margin + (across - 1) / 2],
                [0, down, margin + (down - 1) / 2 + down * top],
            ]
        )
        size = (luma.shape[1], luma.shape[0])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        slope, offset = (
            cv2.warpAffine(each, to_small, size, flags=flags) for each in self._coefficients
        )
        return np.asarray(slope * luma + offset, np.float32)


def _padded(luma: Any, margin: int, stitching: bool) -> Any:
    """Go on behind the borders: with the other side where a panorama closes, else as in a mirror."""
    import cv2

    sides = cv2.BORDER_WRAP if stitching else cv2.BORDER_REFLECT
    luma = cv2.copyMakeBorder(luma, 0, 0, margin, margin, sides)
    return cv2.copyMakeBorder(luma, margin, margin, 0, 0, cv2.BORDER_REFLECT)


def _coefficients(luma: Plane, radius: int) -> tuple[Any, Any]:
    import cv2

    window = (2 * radius + 1, 2 * radius + 1)
    mean: Any = cv2.blur(luma, window)
    variance = np.maximum(cv2.blur(luma * luma, window) - mean * mean, 0)
    slope = variance / (variance + np.float32(_SMOOTHNESS))
    return cv2.blur(slope, window), cv2.blur(mean - slope * mean, window)
