"""Files walked chunk by chunk, in time bound by their length, before a library sees them."""

from photomill.config.settings import ImageSettings
from photomill.images.structure import gif, jpeg, png, tiff, webp


def checked(data: bytes, format: str, limits: ImageSettings) -> bytes:
    """Check how a file is built, and return what a decoder needs of it.

    Bombs are told by what they are made of: scans, frames, chunks, directories that lead back to themselves. Formats
    without such a walk (bmp, avif, heic) pass; their decoder checks the header.

    :raises ImageTooLarge: over a limit of pixels, frames, scans or chunks.
    :raises ImageUnreadable: built in a way that leads nowhere.
    """
    walk = _WALKS.get(format)
    return data if walk is None else walk(data, limits)


_WALKS = {
    "jpeg": jpeg.checked,
    "png": png.checked,
    "gif": gif.checked,
    "webp": webp.checked,
    "tiff": tiff.checked,
}
