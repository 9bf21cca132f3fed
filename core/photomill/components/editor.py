"""Edit operations: one step of an editing pipeline."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, ClassVar, Literal, final

import numpy as np
from attrs import field, frozen

from photomill.components.base import Component
from photomill.errors import PluginError
from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels

Speed = Literal["precise", "fast"]
RankRegions = Callable[[str, Sequence[RasterPixels]], Sequence[float]]
"""Tells how well each image, of shape (h, w, 3), fits a text; higher is better."""


class Stage(IntEnum):
    """Where in the pipeline an operation stands; lower runs first."""

    PRIVACY = 10
    """Before anything can sharpen or leak what must not be seen."""
    RESTORE = 20
    """Of compression and noise, before they are enlarged."""
    STYLE = 30
    """The look of the whole image."""
    ADJUST = 40
    """Light and colour."""
    BACKGROUND = 50
    """The foreground is found, and what is behind it removed or blurred."""
    ENLARGE = 55
    """From here on the size of the result is known."""
    RESIZE = 60
    """To the size, and cut."""
    FILL = 70
    """The ground below and around the image."""
    SHARPEN = 80
    """Last, at the final size."""


@frozen
class EditContext:
    """What an operation may know beside the image and its parameters.

    :ivar origin: the file that the image came from.
    :ivar interactive: somebody waits for the answer; slow engines decline large images then.
    :ivar speed: ``precise``, or ``fast`` where half the care gives the answer sooner.
    :ivar rank_regions: ranks images by a text; None where no text embedder is configured.
    :ivar notes: for the request's answer: what was done otherwise than one might expect, one sentence each.
    """

    origin: Origin
    interactive: bool = True
    speed: Speed = "precise"
    rank_regions: RankRegions | None = None
    notes: list[str] = field(factory=list)


class EditOperation(Component):
    """One edit. Where several plugins offer the same ``operation``, the highest ``rank`` that does not decline does it.

    Runs in a child process that the engine bounds in memory and time and replaces when it dies; it can write no files
    there. What ``_apply`` raises is the error of that one image: an ``InvalidInput`` says what the request should
    have asked for instead.
    """

    family = "editors"
    operation: ClassVar[str]
    """What a request calls it, dotted: ``adjustments.tone``."""
    stage: ClassVar[Stage]
    rank: ClassVar[int] = 0
    engine: str = ""
    """What the answer says did it, ``waifu2x``; empty takes :attr:`name`. One with a choice of models may set its own."""
    at_any_size: ClassVar[bool] = False
    """Whether an image that was shrunk while it was decoded gives the same result, but smaller."""
    takes_hidden_colours: ClassVar[bool] = False
    """Whether the operation is given the colours under an alpha of 0 as they are.

    True for one that leaves them out of all that it computes, and for one that takes alpha for a mask, as
    ``background.blur`` does. To all others colours that can be seen are shown there instead, since what is hidden must
    never have a part in what can be seen.
    """
    excludes: ClassVar[frozenset[str]] = frozenset()
    """Operations that a request does not name beside this one, since one would undo what the other makes."""
    Parameters: ClassVar[type]
    """A frozen attrs class: what a request may say of this operation. Its defaults are the identity."""

    def serves(self, parameters: Any) -> bool:
        """Whether this engine is for such parameters at all; where it is not, nobody is told."""
        return True

    def declines(self, raster: Raster, parameters: Any, context: EditContext) -> str:
        """Why another engine should do this one, for the answer's notes; empty where this one does it. Cheap."""
        return ""

    @final
    def shown(self, raster: Raster) -> Raster:
        """What the operation is given of an image."""
        return raster if self.takes_hidden_colours else raster.visible()

    @final
    def apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        """Edit an image; the input is never changed.

        :raises PluginError: the operation gave something that is no image of 3 or 4 channels of 8 or 16 bits.
        """
        shown = self.shown(raster)
        result = self._apply(shown, parameters, context)
        if result is shown:
            return raster
        if result.native is None:
            pixels = result.levels
            deep = pixels.dtype == np.uint16
            if (
                pixels.ndim != 3
                or pixels.shape[2] not in (3, 4)
                or not (deep or pixels.dtype == np.uint8)
            ):
                raise PluginError(
                    f"the edit operation {self.name!r} returned {pixels.dtype} {pixels.shape}"
                )
        return result

    @abstractmethod
    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        """Edit an image.

        :param parameters: an instance of :attr:`Parameters`, never its defaults where the step would change nothing.
        :param context: what else is known; ``context.notes`` takes what is done otherwise than one might expect.
        :returns: another raster, or the one given where nothing was to be done; the input is never changed.
        :raises InvalidInput: the request should have asked for something else; ``path`` names the one of :attr:`Parameters`.
        """
