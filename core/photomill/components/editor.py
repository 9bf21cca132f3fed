"""Edit operations: one step of an editing pipeline."""

from abc import abstractmethod
from enum import IntEnum
from typing import Any, ClassVar, final

import numpy as np

from photomill.components.base import Component
from photomill.errors import PluginError
from photomill.images.image import Image


class Stage(IntEnum):
    """Where in the pipeline an operation stands; lower runs first."""

    PRIVACY = 10
    RESTORE = 20
    STYLE = 30
    ADJUST = 40
    BACKGROUND = 50
    RESIZE = 60
    FILL = 70
    SHARPEN = 80
    OUTPUT = 90


class EditOperation(Component):
    """One edit. Where several plugins offer the same ``operation``, the highest ``rank`` does it."""

    family = "editors"
    operation: ClassVar[str]
    """What a request calls it, dotted: ``adjustments.exposure``."""
    stage: ClassVar[Stage]
    rank: ClassVar[int] = 0
    Parameters: ClassVar[type]
    """A frozen attrs class: what a request may say of this operation. Its defaults are the identity."""

    @final
    def apply(self, image: Image, parameters: Any) -> Image:
        """Edit a picture; the input is never changed.

        :raises PluginError: the operation gave something that is not an opaque 8-bit RGB picture.
        """
        result = self._apply(image, parameters)
        pixels = result.pixels
        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
            raise PluginError(
                f"the edit operation {self.name!r} returned {pixels.dtype} {pixels.shape}"
            )
        return result

    @abstractmethod
    def _apply(self, image: Image, parameters: Any) -> Image: ...
