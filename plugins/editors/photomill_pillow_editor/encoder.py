"""The encoder."""

import io
from functools import partial
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
    Pixels,
    Raster,
    RasterPixels,
    check_sides,
    smallest,
    within,
)
from photomill_pillow_editor import colour
from photomill_pillow_editor.metadata import headers_of
from photomill_pillow_editor.writing import Writer

_QUICK = 0
"""The method of libwebp that takes a third of the time of the usual one, for an eighth more bytes."""
_SMALLEST_GAP = 1.01
"""How much larger than the thumbnail what is averaged by whole steps still is."""
_STILL_LINEAR = 1.51
"""How many times smaller linear interpolation makes an image that looks like one made with Hamming's window.

It takes a sixth of the time. With more, it passes over pixels, and text breaks up.
"""


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
    makes_thumbnails = True
    requires = ("PIL", "cv2")
    extra = "pillow opencv-contrib-python-headless"

    def open(self, context: OpenContext) -> None:
        import cv2
        import PIL.Image

        PIL.Image.preinit()
        cv2.setNumThreads(1)

    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        headers = headers_of(output, context.origin, (raster.width, raster.height))
        format = output.format
        image, profile = colour.for_output(raster, output, context, self.options.profile_dir)
        save = Writer(image, profile, headers).write
        if isinstance(format, Automatic):
            encodable = Encodable(
                image.size, raster.has_alpha, image.mode == "CMYK", partial(_sampled, raster)
            )
            return smallest(encodable, output.max_bytes, context, save)
        check_sides(raster.width, raster.height, format)
        _note_losses(format, context)
        return within(output.max_bytes, image.size, format, save)

    def thumbnail(self, pixels: Pixels, size: tuple[int, int], quality: int) -> bytes:
        written = io.BytesIO()
        _reduced(pixels, size).save(written, "WEBP", quality=quality, method=_QUICK)
        return written.getvalue()


def _reduced(pixels: Pixels, size: tuple[int, int]) -> Any:
    import cv2
    import PIL.Image

    height, width = pixels.shape[:2]
    if max(width / size[0], height / size[1]) <= _STILL_LINEAR:
        return PIL.Image.fromarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR))
    # Hamming's window looks like Lanczos' for small reductions, in half the time; whole steps are averaged before.
    return PIL.Image.fromarray(pixels).resize(
        size, PIL.Image.Resampling.HAMMING, reducing_gap=_SMALLEST_GAP
    )


def _sampled(raster: Raster, columns: int, rows: int) -> RasterPixels:
    return raster.pixels[::rows, ::columns]


def _note_losses(format: Format, context: EditContext) -> None:
    if isinstance(format, Avif) and format.quality is None:
        context.notes.append("the lossless AVIF is off by up to 3 of 255: Pillow writes no better")
