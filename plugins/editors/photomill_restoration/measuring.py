"""How much an image suffered: from compression, and from noise."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import Origin, Raster, RasterPixels
from photomill_restoration.jpeg_file import Compression, compression_of, quality_of

Plane = NDArray[np.float32]
"""Of shape (height, width), in levels of 0 to 255."""

CLEAN_QUALITY = 80.0
"""Of a JPEG file: above, repairing takes more away than compression did, measured on photographs."""
UNHURT = 100.0

_BLOCK = 8
_LEAST_SIDE = 4 * _BLOCK
_LOOKED_AT = 1024
"""Pixels of each side that are measured, in the middle."""
_MOST = 8.0
"""Levels that one pair of pixels may count for."""
_EDGE = 48.0
"""Levels; what changes more between two pixels is what the image shows: compression hides coarser steps."""
_EXCESSES = (0.15, 0.5, 0.8, 1.1, 1.6, 2.4, 3.2)
"""How much more neighbouring pixels differ across a border of blocks than within one, in levels."""
_QUALITIES = (95.0, 85.0, 75.0, 60.0, 40.0, 20.0, 10.0)
"""The qualities (of libjpeg) at which photographs have those excesses, by the median of twelve."""
_FAR_WORSE = 0.4
"""Of the quality that a file tells."""
_BEST_QUALITY = 95
_CAUTION = 1.3
"""A guessed quality is taken for a better one: too coarse tables do more harm than too fine ones."""
_NOISE_PATCH = 16
_QUIET = 10.0
"""Percent of the patches: those that show least, and so have hardly anything but noise."""


@frozen
class Damage:
    """What an image suffered.

    :ivar quality: 1 to 100: of the JPEG compression that it went through last or worst, on libjpeg's scale; 100 where
        none can be seen.
    :ivar noise: standard deviation in levels.
    """

    quality: float
    noise: float

    @property
    def is_compressed(self) -> bool:
        """Whether compression left something that is worth being repaired."""
        return self.quality < CLEAN_QUALITY


def measure(raster: Raster, origin: Origin | None = None) -> Damage:
    """Measure what can be seen of an image.

    :param origin: the file it came from, whose own tables are believed unless far worse can be seen.
    """
    luma = _luma(raster.visible().rgb)
    seen = visible_quality(luma)
    told = UNHURT if origin is None else quality_of(origin)
    # What can be seen is a guess; but a file may have been compressed again, and better.
    is_believed = told < UNHURT and seen > _FAR_WORSE * told
    return Damage(told if is_believed else seen, noise_of(luma))


def as_compressed(damage: Damage, origin: Origin) -> Compression:
    """How an image was compressed: the file's own tables, unless far worse than they could be seen."""
    told = compression_of(origin)
    if told is not None and told.quality == damage.quality:
        return told
    return Compression(min(round(_CAUTION * damage.quality), _BEST_QUALITY))


def visible_quality(luma: Plane) -> float:
    """The quality of a JPEG file whose blocks are as plain to see: 1 to 100, and 100 where none are.

    Blocks may begin anywhere, since images are cut after they were compressed.
    """
    if min(luma.shape) < _LEAST_SIDE:
        return UNHURT
    excesses = _excess(luma), _excess(luma.T)
    # Stripes that the image shows lie one way, blocks both.
    if min(excesses) < _EXCESSES[0]:
        return UNHURT
    return float(np.interp(sum(excesses) / 2, _EXCESSES, _QUALITIES))


def noise_of(luma: Plane) -> float:
    """The standard deviation of the noise, in levels, where an image is quietest.

    After J. Immerkær, "Fast Noise Variance Estimation" (1996), patch by patch.
    """
    import cv2

    if min(luma.shape) < _LEAST_SIDE:
        return 0.0
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    squares = cv2.filter2D(luma, cv2.CV_32F, kernel)[1:-1, 1:-1] ** 2
    patches = cv2.boxFilter(squares, cv2.CV_32F, (_NOISE_PATCH, _NOISE_PATCH))
    inner = patches[_NOISE_PATCH // 2 :: _NOISE_PATCH, _NOISE_PATCH // 2 :: _NOISE_PATCH]
    return float(np.sqrt(np.percentile(inner, _QUIET)))


def _luma(rgb: RasterPixels) -> Plane:
    import cv2

    height, width = rgb.shape[:2]
    top, left = max(0, (height - _LOOKED_AT) // 2), max(0, (width - _LOOKED_AT) // 2)
    middle = rgb[top : top + _LOOKED_AT, left : left + _LOOKED_AT]
    grey = cv2.cvtColor(np.ascontiguousarray(middle), cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, np.float32)


def _excess(luma: Plane) -> float:
    """How much more pixels differ from their right neighbours across borders of blocks, in levels."""
    differences = np.abs(np.diff(luma, axis=1))
    within = (differences[:, :-2] + differences[:, 2:]) / 2
    across = differences[:, 1:-1]
    more = np.clip(across - within, -_MOST, _MOST) * (across < _EDGE)
    by_column = more.mean(axis=0)
    by_phase = np.array([by_column[phase::_BLOCK].mean() for phase in range(_BLOCK)])
    strongest = int(by_phase.argmax())
    return float(by_phase[strongest] - np.median(np.delete(by_phase, strongest)))
