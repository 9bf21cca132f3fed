"""Fading out beyond an image: its reflection, the further away the softer."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import RasterPixels
from photomill_generative.patches import Colours
from photomill_generative.placement import Placement, reflected
from photomill_generative.rendering import Part, enlarged, grid_of

_SIDE = 384
"""Pixels of the ground's longer side at which it is blurred."""
_GROWTH = 0.3
"""Standard deviation of the blur, in parts of the distance from the image."""
_SOFTEST = 0.08
"""And at most, in parts of the image's shorter side."""
_STEPS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Standard deviations that are made; those between are mixed."""
_SHARP = 2.0
"""Pixels of the small ground after which the small reflection has replaced the sharp one."""


@frozen(eq=False)
class Fading:
    """:ivar soft: the blurred reflection of the whole ground, small."""

    picture: RasterPixels
    placement: Placement
    small: Placement
    soft: Colours

    @classmethod
    def of(cls, picture: RasterPixels, placement: Placement) -> "Fading":
        import cv2

        factor = min(1.0, _SIDE / max(placement.width, placement.height))
        small = placement.scaled(factor)
        size = small.picture_width, small.picture_height
        shrunk = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        whole = slice(0, small.height), slice(0, small.width)
        distance = small.distance(*whole)
        softest = _SOFTEST * min(size)
        soft = _blurred(mirrored(shrunk, small, whole), np.minimum(_GROWTH * distance, softest))
        return cls(picture, placement, small, soft)

    def drawn(self, part: Part) -> NDArray[np.float32]:
        """Draw a part of the ground: shape (rows, columns, 3), 0 to 255; beside the image it meets it exactly."""
        soft = enlarged(self.soft, *grid_of(self.placement, self.small, part))
        reach = _SHARP * self.placement.picture_width / self.small.picture_width
        sharp = (1 - self.placement.distance(*part)[:, :, None] / np.float32(reach)).clip(0, 1)
        drawn: NDArray[np.float32] = (
            soft + (mirrored(self.picture, self.placement, part) - soft) * sharp
        )
        return drawn


def mirrored(
    picture: NDArray[np.uint8] | Colours, placement: Placement, part: Part
) -> NDArray[np.float32]:
    """The image's reflection in a part of the ground, to and fro within what is near its border."""
    rows, columns = part
    y = reflected(np.arange(rows.start, rows.stop) - placement.top, placement.picture_height)
    x = reflected(np.arange(columns.start, columns.stop) - placement.left, placement.picture_width)
    return picture[np.ix_(y, x)].astype(np.float32)


def _blurred(colours: Colours, deviations: NDArray[np.float32]) -> Colours:
    """Blur each pixel by a standard deviation of its own."""
    import cv2

    result = np.zeros_like(colours)
    steps = [step for step in _STEPS if step < 2 * max(1.0, float(deviations.max()))]
    blurs = [colours, *(cv2.GaussianBlur(colours, (0, 0), step) for step in steps[1:])]
    places = np.interp(deviations, steps, np.arange(len(steps)))
    for number, blur in enumerate(blurs):
        share = (1 - np.abs(places - number)).clip(0, 1)[:, :, None]
        result += blur * share.astype(np.float32)
    return result
