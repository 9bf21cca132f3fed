"""What upscaling and repairing with waifu2x have in common."""

from typing import Any

from attrs import field, frozen, validators

from photomill.plugin import EditContext, EditOperation, OpenContext, Raster, model_file
from photomill_restoration.model import WAIFU2X
from photomill_restoration.nets import LEVELS, Nets, names

PIECE = 192
"""Pixels a side of a piece: whole blocks of a JPEG file, and about 100 MB in the network."""
_MEGAPIXEL = 1_000_000


@frozen
class Waifu2xOptions:
    """
    :ivar interactive_pixels: the most that networks look at while somebody waits, in megapixels; a core takes 3 s for
        one, an old one 15 s. Enlarging four times looks at five times the image.
    """

    interactive_pixels: float = field(default=0.5, validator=validators.ge(0))


class Waifu2xOperation(EditOperation):
    """Runs the networks that ``photomill models add waifu2x`` brings; large images only where nobody waits."""

    rank = 10
    engine = "waifu2x"
    requires = ("ncnn", "cv2")
    extra = "ncnn"
    models = (WAIFU2X,)
    Options = Waifu2xOptions
    same_size = False
    """Whether the networks leave the image's size as it is."""

    _nets: Nets

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)
        files = {
            level: tuple(model_file(context.models_dir, WAIFU2X, name) for name in names(level))
            for level in LEVELS
        }
        self._nets = Nets(
            {level: (files[level][0], files[level][1]) for level in LEVELS},
            same_size=self.same_size,
        )

    def close(self) -> None:
        self.__dict__.pop("_nets", None)

    def declines(self, raster: Raster, parameters: Any, context: EditContext) -> str:
        if context.speed == "fast":
            return "too slow for speed fast"
        most = self.options.interactive_pixels
        if context.interactive and self._pixels(raster, parameters) > most * _MEGAPIXEL:
            return f"too slow for more than {most:g} megapixels while somebody waits"
        return ""

    def _pixels(self, raster: Raster, parameters: Any) -> int:
        """How many pixels networks look at."""
        return raster.width * raster.height
