"""The encoder."""

from typing import Any

from attrs import frozen

from photomill.components import EditContext, Encoder, OpenContext
from photomill.components.output import Automatic, Avif, Format, Output, Png, Tiff
from photomill.errors import InvalidInput
from photomill.images.chroma import loses_colour
from photomill.images.raster import Raster
from photomill_vips_editor import colour, labels, pictures, savers
from photomill_vips_editor.automatic import smallest
from photomill_vips_editor.budget import within

_SAMPLING = "jpeg-chroma-subsample"
_MOST_LOOKED_AT = 50_000_000
"""Pixels; what is larger is not read into memory."""


@frozen
class VipsEncoderOptions:
    """:ivar profile_dir: where the CMYK profiles are: on Debian the package ``icc-profiles`` puts them there."""

    profile_dir: str = "/usr/share/color/icc"


class VipsEncoder(Encoder):
    """Writes with libvips: mozjpeg, libspng, libwebp, libaom and libtiff."""

    name = "vips_encoder"
    formats = frozenset({"jpeg", "png", "webp", "avif", "tiff"})
    deep_formats = frozenset({"png", "tiff", "avif"})
    rank = 10
    Options = VipsEncoderOptions
    requires = ("pyvips", "PIL")
    extra = "pyvips[binary]"

    def open(self, context: OpenContext) -> None:
        pictures.start()

    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        lazy = pictures.is_lazy(raster)
        may_look = _may_look(raster, context)
        with pictures.errors(lazy=lazy):
            image = self._prepared(raster, output, context)
        format = output.format
        if may_look and savers.halves_colours(output) and image.interpretation in ("srgb", "rgb16"):
            image = pictures.in_memory(image, lazy=lazy)
            if loses_colour(pictures.shallow(image).numpy()):
                image = savers.with_whole_colours(image)
        if isinstance(format, Automatic):
            image = pictures.in_memory(image, lazy=lazy)
            return smallest(image, output.max_bytes, context)
        _check_size(image, format)
        if output.max_bytes is not None:
            image = pictures.in_memory(image, lazy=lazy)
            return within(output.max_bytes, image, format, context.speed)
        with pictures.errors(lazy=lazy):
            return savers.save(image, format, context.speed)

    def _prepared(self, raster: Raster, output: Output, context: EditContext) -> Any:
        """The picture in the output's colour space, with the labels that the file is to carry and no others."""
        image = labels.without(pictures.with_ink(raster))
        if not _is_deep(output.format):
            image = pictures.shallow(image)
        image = colour.converted(image, raster, output, context, self.options.profile_dir)
        return labels.labelled(image, output, context)


def _is_deep(format: Format) -> bool:
    """Whether the format holds more than 8 bits a channel."""
    return isinstance(format, Png | Avif) or format == Tiff(None)


def _may_look(raster: Raster, context: EditContext) -> bool:
    """Whether it may be that colours matter, and looking costs little: the colours of most JPEG files are halved already."""
    if raster.width * raster.height > _MOST_LOOKED_AT:
        return False
    if raster.native is None or context.origin.format != "jpeg":
        return True
    return bool(pictures.told(raster, _SAMPLING) == "4:4:4")


def _check_size(image: Any, format: Format) -> None:
    side = savers.largest_side(format)
    if max(image.width, image.height) > side:
        raise InvalidInput(
            f"{savers.name(format)} holds no more than {side} pixels a side: "
            f"{image.width} x {image.height}",
            path="output.format",
        )
