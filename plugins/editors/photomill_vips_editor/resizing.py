"""Resampling."""

from functools import partial
from typing import Any

from photomill.plugin import EditContext, Raster, Resize, Stage
from photomill_vips_editor.operation import VipsOperation
from photomill_vips_editor.vips_images import Deferred, compute, defer, from_vips, like, with_ink

_MOST_IN_MEMORY = 50_000_000
"""Pixels of an enlarged image; a larger one is computed as it is read, by libvips, which takes many times as long."""

Size = tuple[int, int]
Window = tuple[int, int, int, int]


class VipsResizing(VipsOperation):
    """Shrinks with Lanczos 3 over the whole footprint of a pixel, enlarges with OpenCV's cubic; on the coded values of sRGB, or on
    those of the inks of CMYK.

    Colours are weighted by their opacity, so that what is invisible never shows as a fringe.
    """

    name = "resizing"
    operation = "resizing"
    stage = Stage.RESIZE
    takes_hidden_colours = True
    requires = ("pyvips", "cv2")
    Parameters = Resize

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        wanted: Resize = parameters
        width, height = wanted.width or raster.width, wanted.height or raster.height
        window = wanted.window(width, height)
        if (width, height) == (raster.width, raster.height) and window is None:
            return raster
        resample = partial(_resampled, size=(width, height), window=window)
        if width > raster.width or height > raster.height:
            made = window[2:] if window else (width, height)
            return compute(with_ink(raster), *made, resample)
        native = raster.native
        if isinstance(native, Deferred) and (width, height) != (raster.width, raster.height):
            return defer(resample(native.image), native.finish)
        return from_vips(resample(with_ink(raster)))


def _resampled(image: Any, *, size: Size, window: Window | None) -> Any:
    resized = _resized(image, *size)
    return resized.extract_area(*window) if window else resized


def _resized(image: Any, width: int, height: int) -> Any:
    present = image.width, image.height
    if (width, height) == present:
        return image
    if not image.hasalpha():
        return _enlarged(_shrunk(image, present, width, height), width, height)
    # In floating point: where colours overshoot at an edge their opacity does too, and must not be clipped before.
    shrunk = _shrunk(image.premultiply(), present, width, height)
    return _enlarged(shrunk, width, height).unpremultiply().rint().cast(image.format)


def _shrunk(image: Any, present: Size, width: int, height: int) -> Any:
    """Bring the sides that are too long to their length.

    :param present: the lengths of the sides.
    """
    horizontal, vertical = min(1.0, width / present[0]), min(1.0, height / present[1])
    if horizontal == vertical == 1.0:
        return image
    return image.resize(horizontal, vscale=vertical)


def _enlarged(image: Any, width: int, height: int) -> Any:
    """Bring the sides that are too short to their length."""
    if (width, height) == (image.width, image.height):
        return image
    if width * height > _MOST_IN_MEMORY:
        return _enlarged_as_it_is_read(image, width, height)
    import cv2

    cv2.setNumThreads(1)
    pixels = cv2.resize(image.numpy(), (width, height), interpolation=cv2.INTER_CUBIC)
    return like(image, pixels)


def _enlarged_as_it_is_read(image: Any, width: int, height: int) -> Any:
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
