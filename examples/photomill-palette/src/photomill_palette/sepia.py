"""The look of old photographs."""

from typing import Any

import numpy as np
from attrs import field, frozen, validators

from photomill.plugin import EditContext, EditOperation, Raster, Stage

# The matrix of the W3C's filter effects, feColorMatrix for sepia(1).
TONE = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


@frozen
class SepiaParameters:
    """
    :ivar strength: 0 leaves the picture as it is, 1 tones it wholly.
    """

    strength: float = field(default=0.0, validator=[validators.ge(0), validators.le(1)])


class Sepia(EditOperation):
    """Tones a picture brown."""

    name = "sepia"
    operation = "effects.sepia"
    stage = Stage.STYLE
    Parameters = SepiaParameters

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        matrix = np.eye(3) + parameters.strength * (TONE - np.eye(3))
        toned = np.rint(raster.rgb @ matrix.T).clip(0, 255).astype(np.uint8)
        return Raster.from_pixels(np.dstack([toned, raster.pixels[:, :, 3:]]))
