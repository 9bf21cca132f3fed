"""Resampling."""

from typing import Any

from photomill.plugin import EditContext, Raster, Resize, Stage
from photomill_vips_editor.operation import VipsOperation
from photomill_vips_editor.vips_images import Deferred, defer, from_vips, with_ink


class VipsResizing(VipsOperation):
    """Shrinks with Lanczos 3 over the whole footprint of a pixel, enlarges with Catmull-Rom; on the coded values of sRGB, or on
    those of the inks of CMYK.

    Colours are weighted by their opacity, so that what is invisible never shows as a fringe.
    """

    name = "resizing"
    operation = "resizing"
    stage = Stage.RESIZE
    takes_hidden_colours = True
    Parameters = Resize

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        wanted: Resize = parameters
        width, height = wanted.width or raster.width, wanted.height or raster.height
        window = wanted.window(width, height)
        if (width, height) == (raster.width, raster.height) and window is None:
            return raster
        native = raster.native
        if isinstance(native, Deferred) and width * height < raster.width * raster.height:
            return defer(_cut(_resampled(native.image, width, height), window), native.finish)
        return from_vips(_cut(_resampled(with_ink(raster), width, height), window))


def _cut(image: Any, window: tuple[int, int, int, int] | None) -> Any:
    return image.extract_area(*window) if window else image


def _resampled(image: Any, width: int, height: int) -> Any:
    if (width, height) == (image.width, image.height):
        return image
    if not image.hasalpha():
        return _enlarged(_shrunk(image, width, height), width, height)
    # In floating point: where colours overshoot at an edge their opacity does too, and must not be clipped before.
    shrunk = _shrunk(image.premultiply(), width, height)
    return _enlarged(shrunk, width, height).unpremultiply().rint().cast(image.format)


def _shrunk(image: Any, width: int, height: int) -> Any:
    """Bring the sides that are too long to their length."""
    horizontal, vertical = min(1.0, width / image.width), min(1.0, height / image.height)
    if horizontal == vertical == 1.0:
        return image
    return image.resize(horizontal, vscale=vertical)


def _enlarged(image: Any, width: int, height: int) -> Any:
    """Bring the sides that are too short to their length."""
    if (width, height) == (image.width, image.height):
        return image
    import pyvips

    # What libvips' own resize enlarges lies half a pixel of the result too far to the left and up.
    return image.affine(
        [width / image.width, 0, 0, height / image.height],
        interpolate=pyvips.Interpolate.new("bicubic"),
        idx=0.5,
        idy=0.5,
        odx=-0.5,
        ody=-0.5,
        oarea=[0, 0, width, height],
        premultiplied=True,
        extend="copy",
    )
