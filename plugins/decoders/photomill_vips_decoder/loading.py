"""Opening files with the one loader that is meant."""

from typing import Any

from photomill.errors import ImageUnreadable

_LOADERS = {
    "jpeg": "VipsForeignLoadJpegBuffer",
    "png": "VipsForeignLoadPngBuffer",
    "webp": "VipsForeignLoadWebpBuffer",
    "gif": "VipsForeignLoadNsgifBuffer",
    "tiff": "VipsForeignLoadTiffBuffer",
    "avif": "VipsForeignLoadHeifBuffer",
}
_OPERATIONS = {
    "jpeg": "jpegload_buffer",
    "png": "pngload_buffer",
    "webp": "webpload_buffer",
    "gif": "gifload_buffer",
    "tiff": "tiffload_buffer",
    "avif": "heifload_buffer",
}
_MAX_BANDS = 5
"""CMYK and alpha."""


def restrict() -> None:
    """Set libvips up for bytes of strangers: no loader but the six, one thread, nothing kept between pictures."""
    import pyvips

    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in _LOADERS.values():
        pyvips.operation_block_set(loader, False)
    pyvips.concurrency_set(1)
    pyvips.cache_set_max(0)


def load(data: bytes, format: str, **options: Any) -> Any:
    """Open a file; pixels are decoded when they are asked for, from the top.

    A truncated file is an error, not a picture with a grey lower part.
    """
    import pyvips

    image = pyvips.Operation.call(
        _OPERATIONS[format], data, access="sequential", fail_on="truncated", **options
    )
    if image.bands > _MAX_BANDS:
        raise ImageUnreadable(f"{image.bands} channels are no picture")
    return image


def frames(image: Any) -> int:
    return int(image.get("n-pages")) if image.get_typeof("n-pages") else 1


def orientation(image: Any) -> int:
    return int(image.get("orientation")) if image.get_typeof("orientation") else 1
