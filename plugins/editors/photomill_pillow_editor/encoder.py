"""The encoder."""

from attrs import frozen

from photomill.components import EditContext, Encoder, OpenContext
from photomill.components.output import Automatic, Avif, Format, Output
from photomill.errors import InvalidInput
from photomill.images.raster import Raster
from photomill_pillow_editor import automatic, colour, writing
from photomill_pillow_editor.metadata import headers_of
from photomill_pillow_editor.writing import Writer

_MAX_SIDES = {"webp": 16383, "jpeg": 65500, "avif": 65536}


@frozen
class EncoderOptions:
    """
    :ivar profile_dir: the folder with ICC profiles for CMYK, as Debian's package ``icc-profiles`` fills it.
    """

    profile_dir: str = "/usr/share/color/icc"


class PillowEncoder(Encoder):
    """Writes every format; of lower rank than libvips, which is faster.

    Its AVIF is not wholly free of loss even at the highest quality: a value may be off by 3 of 255, which it notes.
    """

    name = "pillow_encoder"
    formats = frozenset({"jpeg", "png", "webp", "avif", "tiff"})
    rank = -10
    Options = EncoderOptions
    requires = ("PIL",)
    extra = "pillow"

    def open(self, context: OpenContext) -> None:
        import PIL.Image

        PIL.Image.preinit()

    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        headers = headers_of(output, context.origin, (raster.width, raster.height))
        if isinstance(output.format, Automatic):
            return automatic.smallest(raster, output, headers, colour.srgb_profile(context))
        name = type(output.format).__name__.lower()
        _check_sides(raster, name)
        image, profile = colour.for_output(raster, output, context, self.options.profile_dir)
        writer = Writer(image, profile, headers)
        _note_losses(output.format, context)
        return writing.within(writer, output.format, output.max_bytes)


def _check_sides(raster: Raster, format: str) -> None:
    limit = _MAX_SIDES.get(format)
    if limit is not None and max(raster.width, raster.height) > limit:
        raise InvalidInput(
            f"{format} holds {limit} pixels a side at most; this picture has {raster.width} x {raster.height}",
            path="output.format",
        )


def _note_losses(format: Format, context: EditContext) -> None:
    if isinstance(format, Avif) and format.quality is None:
        context.notes.append("the lossless AVIF is off by up to 3 of 255: Pillow writes no better")
