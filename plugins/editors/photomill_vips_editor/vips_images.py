"""Between rasters and libvips."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import (
    LEVELS_PER_STEP,
    DeepPixels,
    ImageTooLarge,
    PluginError,
    Raster,
    RasterPixels,
    image_error,
)

Levels = RasterPixels | DeepPixels
_STRIPE = 128
_PROFILE = "icc-profile-data"
_JPEG = "VipsJpeg"


def start() -> None:
    """Set libvips up for a process that others share the machine with: one thread, no files, nothing kept."""
    # Large images would go through temporary files; the process has a limit of memory instead.
    os.environ["VIPS_DISC_THRESHOLD"] = "1000g"
    import pyvips

    pyvips.concurrency_set(1)
    pyvips.cache_set_max(0)


@frozen
class Pending:
    """An image that is made of one of libvips as soon as somebody reads it.

    :ivar image: of libvips.
    :ivar finish: gives the new image.
    """

    image: Any
    finish: Callable[[Any], Any]

    def finished(self) -> Any:
        with errors(lazy=True):
            return self.finish(self.image)


class Deferred(Pending):
    """One whose every pixel is still to be changed on its own, which is the cheaper the smaller it is by then."""


def to_vips(raster: Raster) -> Any:
    """The image as libvips has it; it may be readable only once, from the top."""
    return without_ink(with_ink(raster))


def with_ink(raster: Raster) -> Any:
    """The image as libvips has it, in CMYK if its file was and nothing has asked for colours yet."""
    import pyvips

    native = raster.native
    if isinstance(native, Pending):
        return native.finished()
    return native if isinstance(native, pyvips.Image) else image_of(raster.levels)


def has_ink(image: Any) -> bool:
    return getattr(image, "interpretation", "") == "cmyk"


def without_ink(image: Any) -> Any:
    """Convert CMYK by the profile that it carries, or else by libvips' own; anything else stays as it is."""
    if not has_ink(image):
        return image
    import pyvips

    source = {"embedded": True} if image.get_typeof(_PROFILE) else {"input_profile": "cmyk"}
    try:
        return image.icc_transform(
            "srgb", intent="relative", black_point_compensation=True, depth=8, **source
        )
    except pyvips.Error:
        # A damaged profile: every viewer goes on without it.
        return image.colourspace("srgb")


def in_colour(image: Any) -> bool:
    """Whether an image is RGB, with alpha or without."""
    return image.interpretation in ("srgb", "rgb16")


def image_of(pixels: RasterPixels | DeepPixels) -> Any:
    """Wrap an array without a copy."""
    import pyvips

    height, width, bands = pixels.shape
    deep = pixels.dtype == np.uint16
    kind = "ushort" if deep else "uchar"
    image = pyvips.Image.new_from_memory(pixels.data, width, height, bands, kind)
    return image.copy(interpretation="rgb16" if deep else "srgb")


def is_deep(image: Any) -> bool:
    """Whether an image has 16 bits a channel."""
    return bool(image.format == "ushort")


def shallow(image: Any) -> Any:
    """Round 16 bits to 8."""
    if not is_deep(image):
        return image
    rounded = (image / LEVELS_PER_STEP).rint().cast("uchar")
    return rounded.copy(interpretation="srgb" if image.bands > 2 else "b-w")


def from_vips(image: Any) -> Raster:
    """Hand an image on without reading it."""
    if has_ink(image):
        return Raster(image, image.width, image.height, 3, _pixels, has_ink=True)
    return Raster(image, image.width, image.height, image.bands, _pixels, _depth(image))


def defer(image: Any, finish: Callable[[Any], Any]) -> Raster:
    """Hand on an image whose pixels ``finish`` is to change, and neither their number nor their bands."""
    pending = Deferred(image, finish)
    depth = _depth(image)
    return Raster(pending, image.width, image.height, image.bands, _finished_pixels, depth)


def compute(image: Any, width: int, height: int, make: Callable[[Any], Any]) -> Raster:
    """Hand on what ``make`` is to make of an image: one of this size, with the same bands."""
    pending = Pending(image, make)
    bands, ink = (3, True) if has_ink(image) else (image.bands, False)
    return Raster(pending, width, height, bands, _finished_pixels, _depth(image), has_ink=ink)


def like(image: Any, pixels: NDArray[Any]) -> Any:
    """Wrap an array as an image of the same colours as another, without a copy."""
    import pyvips

    height, width, bands = pixels.shape
    made = pyvips.Image.new_from_memory(pixels.data, width, height, bands, image.format)
    made = made.copy(interpretation=image.interpretation)
    if image.get_typeof(_PROFILE):
        made.set_type(pyvips.GValue.blob_type, _PROFILE, image.get(_PROFILE))
    return made


def stripes(height: int) -> Iterator[slice]:
    """Rows by the 128: what is computed in floating point fits the processor's cache, and takes little memory."""
    for top in range(0, height, _STRIPE):
        yield slice(top, min(top + _STRIPE, height))


def as_bytes(levels: Any) -> NDArray[np.float32]:
    """Levels of 16 bits on the scale of 8, with all that is between."""
    return np.asarray(levels, np.float32) / np.float32(LEVELS_PER_STEP)


def as_levels(values: Any) -> DeepPixels:
    """Back to 16 bits; what is out of range is clipped."""
    levels: DeepPixels = np.clip(np.rint(values * np.float32(LEVELS_PER_STEP)), 0, 65535).astype(
        np.uint16
    )
    return levels


def is_lazy(raster: Raster) -> bool:
    """Whether reading the image may find its file damaged."""
    return raster.native is not None


def in_memory(image: Any, *, lazy: bool) -> Any:
    """Read an image once, so that it can be read again and in any order."""
    with errors(lazy=lazy):
        return image.copy_memory()


def _depth(image: Any) -> int:
    return 16 if is_deep(image) else 8


def _finished_pixels(pending: Pending) -> RasterPixels | DeepPixels:
    return _pixels(pending.finished())


def _pixels(image: Any) -> RasterPixels | DeepPixels:
    with errors(lazy=True):
        pixels: RasterPixels | DeepPixels = without_ink(image).numpy()
        return pixels


@contextmanager
def errors(*, lazy: bool) -> Iterator[None]:
    """Say what libvips says as errors of Photomill.

    :param lazy: whether a file is decoded meanwhile.
    :raises ImageTooLarge: it needs more memory than there is.
    :raises ImageUnreadable: the file is damaged or truncated.
    :raises PluginError: libvips failed on pixels that were read already.
    """
    import pyvips

    try:
        yield
    except pyvips.Error as error:
        failure = image_error(error.detail)
        if lazy or isinstance(failure, ImageTooLarge):
            raise failure from None
        raise PluginError("libvips cannot carry the edit out") from error
    if lazy:
        _check_complaints()


def _check_complaints() -> None:
    """Look for what libjpeg only warned of while a file was decoded: see ``photomill_vips_decoder``.

    :raises ImageUnreadable: coded data ended before the image did.
    """
    import pyvips

    said = pyvips.ffi.string(pyvips.vips_lib.vips_error_buffer()).decode(errors="replace")
    if _JPEG in said:
        pyvips.vips_lib.vips_error_clear()
        raise image_error(said)
