"""Opening files with the one loader that is meant."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from photomill.plugin import ImageUnreadable, image_error

_LOADERS = {
    "jpeg": ("jpegload_buffer", "VipsForeignLoadJpegBuffer"),
    "png": ("pngload_buffer", "VipsForeignLoadPngBuffer"),
    "webp": ("webpload_buffer", "VipsForeignLoadWebpBuffer"),
    "gif": ("gifload_buffer", "VipsForeignLoadNsgifBuffer"),
    "tiff": ("tiffload_buffer", "VipsForeignLoadTiffBuffer"),
    "avif": ("heifload_buffer", "VipsForeignLoadHeifBuffer"),
}
"""The operation that loads a format, and its class."""
_STRICTER = {"tiff": "error", "jpeg": "warning"}
"""What counts as truncated: for libtiff a missing strip is an error, and the image would be empty; libjpeg only warns
where coded data ends before the image does.
"""
_JPEG = "VipsJpeg"
_MAX_BANDS = 5
"""CMYK and alpha."""


def restrict() -> None:
    """Set libvips up for bytes of strangers: no loader but the six, one thread, nothing kept between images."""
    # Large images would go through temporary files; the process has a limit of memory instead.
    os.environ["VIPS_DISC_THRESHOLD"] = "1000g"
    import pyvips

    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for _, loader in _LOADERS.values():
        pyvips.operation_block_set(loader, False)
    pyvips.concurrency_set(1)
    pyvips.cache_set_max(0)


def load(
    data: bytes, format: str, access: str = "sequential", *, tolerant: bool = False, **options: Any
) -> Any:
    """Open a file; pixels are decoded when they are asked for, from the top.

    A truncated file is an error, not an image with a grey lower part.

    :param access: ``random`` to have them in any order: all are decoded then when the first is asked for.
    :param tolerant: take what there is.
    """
    import pyvips

    operation, _ = _LOADERS[format]
    fail_on = "none" if tolerant else _STRICTER.get(format, "truncated")
    image = pyvips.Operation.call(operation, data, access=access, fail_on=fail_on, **options)
    if image.bands > _MAX_BANDS:
        raise ImageUnreadable(f"{image.bands} channels are no image")
    return image


def forget_complaints() -> None:
    """Empty libvips' log of errors, into which libjpeg's warnings go too."""
    import pyvips

    pyvips.vips_lib.vips_error_clear()


def check_complaints() -> None:
    """Look for what libjpeg found missing in the last rows, which libvips tells nobody: it looks before it reads.

    :raises ImageUnreadable: coded data ended before the image did.
    """
    import pyvips

    said = pyvips.ffi.string(pyvips.vips_lib.vips_error_buffer()).decode(errors="replace")
    if _JPEG in said:
        forget_complaints()
        raise image_error(said)


def frames(image: Any) -> int:
    return int(image.get("n-pages")) if image.get_typeof("n-pages") else 1


def orientation(image: Any) -> int:
    return int(image.get("orientation")) if image.get_typeof("orientation") else 1


@contextmanager
def errors() -> Iterator[None]:
    """Say what libvips says as errors of Photomill.

    :raises ImageTooLarge: it needs more memory than there is.
    :raises ImageUnreadable: damaged or truncated.
    """
    import pyvips

    try:
        yield
    except pyvips.Error as error:
        raise image_error(error.detail) from None
