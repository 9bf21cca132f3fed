"""The texture of one image for another."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill_generative.patches import (
    SIDE,
    Colours,
    Compression,
    Places,
    cut,
    of_pixels,
    overlaid,
)
from photomill_generative.pieces import Pieces
from photomill_generative.rendering import enlarged, pieced

Plane = NDArray[np.float32]

MEASURED_AT = 512
"""Pixels of the longer side at which textures are compared."""
_RADII = (0.004, 0.016)
"""Of the filters, in parts of the longer side: fine texture, and coarse."""
_EDGE = 60.0
"""Variance of lightness (0 to 100) that counts as an edge."""
_STRONGEST = 2.5
_CHOSEN_AT = 160
"""Pixels of the longer side at which pieces are chosen."""
_PIECES = 6000
"""The most pieces of the reference to choose from."""


def details(lightness: Plane) -> tuple[Plane, list[Plane]]:
    """Split lightness into a base and its fine and coarse texture, which add up to it; edges stay in the base.

    With the filter of K. He, J. Sun and X. Tang, "Guided Image Filtering", IEEE PAMI 35 (2013).
    """
    layers = []
    base = lightness
    for part in _RADII:
        smooth = _smoothed(base, part)
        layers.append(base - smooth)
        base = smooth
    return base, layers


def gains(lightness: Plane, reference: Plane) -> list[float]:
    """How many times rougher the reference is, for fine and coarse texture.

    The measure is that of S. Bae, S. Paris and F. Durand, "Two-scale Tone Management for Photographic Look" (2006).
    """
    own, wanted = (
        [float(np.abs(layer).mean()) + 0.05 for layer in details(each)[1]]
        for each in (lightness, reference)
    )
    return [
        min(max(theirs / ours, 1 / _STRONGEST), _STRONGEST)
        for ours, theirs in zip(own, wanted, strict=True)
    ]


@frozen(eq=False)
class Rebuilding:
    """An image put together again from pieces of a reference that look alike.

    A texture transfer after A. Efros and W. Freeman, "Image Quilting for Texture Synthesis and Transfer" (2001), with
    pieces that overlap and are blended.
    """

    reference: NDArray[np.uint8]
    size: tuple[int, int]
    small_size: tuple[int, int]
    sources: Places
    correction: Colours

    @classmethod
    def of(cls, picture: NDArray[np.uint8], reference: NDArray[np.uint8]) -> "Rebuilding | None":
        """Choose the pieces; None where one of the images is too small to have any."""
        small, small_reference = _shrunk(picture), _shrunk(reference)
        if min(*small.shape[:2], *small_reference.shape[:2]) <= SIDE:
            return None
        places = _alike(small, small_reference)
        sources = of_pixels(places)
        weights = np.ones((*places.shape[:2], 1), np.float32)
        # Blended pieces have no seams, but no detail either: they give the light, and single ones the rest.
        light = overlaid(small_reference, places, weights)
        single = small_reference[sources[:, :, 0], sources[:, :, 1]]
        height, width = picture.shape[:2]
        small_size = small_reference.shape[0], small_reference.shape[1]
        return cls(reference, (height, width), small_size, sources, light - single)

    def rows(self, rows: slice) -> NDArray[np.float32]:
        """Draw some rows: shape (rows, width, 3), 0 to 255, not clipped."""
        height, width = self.size
        small_height, small_width = self.sources.shape[:2]
        grid = (
            (np.arange(rows.start, rows.stop) + 0.5) * (small_height / height) - 0.5,
            (np.arange(width) + 0.5) * (small_width / width) - 0.5,
        )
        drawn = pieced(self.reference, self.small_size, self.sources, grid)
        return drawn + enlarged(self.correction, *grid)


def _alike(small: Colours, reference: Colours) -> Places:
    patches = cut(reference)
    compression = Compression.of(patches)
    rows, columns = (side - SIDE + 1 for side in reference.shape[:2])
    pieces = Pieces(
        compression.features(patches), np.zeros(len(patches), np.float32), rows, columns
    )
    height, width = (side - SIDE + 1 for side in small.shape[:2])
    return pieces.chosen(
        compression.features(cut(small)),
        np.zeros((height, width, 2), np.int64),
        np.ones(height * width, bool),
        every=max(1, round((len(patches) / _PIECES) ** 0.5)),
    )


def _shrunk(picture: NDArray[np.uint8]) -> Colours:
    import cv2

    height, width = picture.shape[:2]
    scale = min(1.0, _CHOSEN_AT / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _smoothed(plane: Plane, part: float) -> Plane:
    import cv2

    longer = max(plane.shape)
    radius = max(1, round(longer * part))
    scale = min(1.0, max(MEASURED_AT / longer, 2 / radius))
    smooth = cv2.ximgproc.guidedFilter(plane, plane, radius, _EDGE, scale=scale)
    return np.asarray(smooth, np.float32)
