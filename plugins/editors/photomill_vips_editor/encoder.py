"""The encoder."""

from typing import Any

from attrs import frozen

from photomill.plugin import (
    Automatic,
    Avif,
    EditContext,
    Encodable,
    Encoder,
    Format,
    OpenContext,
    Output,
    Png,
    Raster,
    Save,
    Tiff,
    check_sides,
    loses_colour,
    smallest,
    within,
)
from photomill_vips_editor import colour, labels, savers, vips_images

_MOST_LOOKED_AT = 50_000_000
"""Pixels; what is larger is not read into memory."""


@frozen
class VipsEncoderOptions:
    """:ivar profile_dir: where the CMYK profiles are: on Debian the package ``icc-profiles`` puts them there."""

    profile_dir: str = "/usr/share/color/icc"


class VipsEncoder(Encoder):
    """Writes with libvips: libspng, libwebp, libaom, libtiff and mozjpeg. libjpeg-turbo writes most JPEG files, and ISA-L deflates
    most PNG files.
    """

    name = "vips_encoder"
    formats = frozenset({"jpeg", "png", "webp", "avif", "tiff"})
    deep_formats = frozenset({"png", "tiff", "avif"})
    rank = 10
    Options = VipsEncoderOptions
    requires = ("pyvips", "PIL", "isal")
    extra = "pyvips[binary]"

    def open(self, context: OpenContext) -> None:
        vips_images.start()

    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        is_colourful = (
            savers.halves_colours(output)
            and _may_look(raster, context)
            and loses_colour(raster.pixels)
        )
        lazy = vips_images.is_lazy(raster)
        with vips_images.errors(lazy=lazy):
            image = self._prepared(raster, output, context)
        format = output.format
        if is_colourful and vips_images.in_colour(image):
            image = savers.with_whole_colours(image)
        if isinstance(format, Automatic):
            image = vips_images.in_memory(image, lazy=lazy)
            return smallest(_encodable(image), output.max_bytes, context, _saving(image, context))
        check_sides(raster.width, raster.height, format)
        if output.max_bytes is None:
            with vips_images.errors(lazy=lazy):
                return savers.save(image, format, context)
        image = vips_images.in_memory(image, lazy=lazy)
        size = image.width, image.height
        return within(output.max_bytes, size, format, _saving(image, context))

    def _prepared(self, raster: Raster, output: Output, context: EditContext) -> Any:
        """The image in the output's colour space, with the labels that the file is to carry and no others."""
        image = labels.resolved(vips_images.with_ink(raster), output, context)
        if not _is_deep(output.format):
            image = vips_images.shallow(image)
        image = colour.converted(image, raster, output, context, self.options.profile_dir)
        return labels.labelled(image, output, context)


def _is_deep(format: Format) -> bool:
    """Whether the format holds more than 8 bits a channel."""
    return isinstance(format, Png | Avif) or format == Tiff(None)


def _may_look(raster: Raster, context: EditContext) -> bool:
    """Whether it may be that colours matter, and looking costs little."""
    origin = context.origin
    # What was drawn over a JPEG is in pixels, and has whole colours.
    is_halved = origin.colours_halved and raster.was_native
    nothing_to_lose = is_halved or origin.colour_space == "GREY" or raster.has_ink
    return not nothing_to_lose and raster.width * raster.height <= _MOST_LOOKED_AT


def _encodable(image: Any) -> Encodable:
    has_alpha = image.hasalpha()
    return Encodable(
        (image.width, image.height),
        has_alpha,
        image.bands == 4 and not has_alpha,
        lambda columns, rows: image.subsample(columns, rows).numpy(),
    )


def _saving(image: Any, context: EditContext) -> Save:
    """How an image that is in memory is encoded."""

    def save(format: Format) -> bytes:
        with vips_images.errors(lazy=False):
            return savers.save(image, format, context)

    return save
