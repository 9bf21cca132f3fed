"""The decoder."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

import numpy as np

from photomill.plugin import (
    ANIMATED,
    ENDS_EARLY,
    Decoder,
    Image,
    ImageSettings,
    ImageUnreadable,
    OpenContext,
    Origin,
    PhotomillError,
    Raster,
    check_frames,
    check_size,
    file_digest,
    further_frames,
    image_error,
    is_blank,
    jpeg_digest,
    pixel_digest,
    reduced_size,
)
from photomill_pillow_decoder.colour import as_stored, to_srgb
from photomill_pillow_decoder.editable import editable

_PILLOW_NAMES = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "gif": "GIF",
    "tiff": "TIFF",
    "bmp": "BMP",
    "avif": "AVIF",
    "heic": "HEIF",
}
_ORIENTATION = 0x0112
_TURNED = range(5, 9)
_UPRIGHT = ("heic", "tiff")
"""Formats whose images Pillow turns itself, and states the size of as they will be."""
_MARGIN = 2
"""How much larger than asked for a scaled JPEG decode stays."""


class PillowDecoder(Decoder):
    """Reads every format; of least rank, so that it reads what no other decoder does: BMP and HEIC."""

    name = "pillow_decoder"
    formats = frozenset(_PILLOW_NAMES)
    requires = ("PIL", "pillow_heif")
    extra = "pillow pillow-heif"

    _tolerant = False

    def tolerant(self) -> "PillowDecoder":
        other = copy(self)
        other._tolerant = True
        return other

    def open(self, context: OpenContext) -> None:
        import PIL.Image
        import pillow_heif

        PIL.Image.preinit()
        # The limit of [images] is checked instead.
        PIL.Image.MAX_IMAGE_PIXELS = None
        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener(thumbnails=False)

    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        with _errors(tolerant=self._tolerant):
            self._check_complete(data, format, limits)
            return _decode(data, format, side, limits)

    def load(
        self, data: bytes, format: str, size: tuple[int, int] | None, limits: ImageSettings
    ) -> tuple[Raster, Origin]:
        with _errors(tolerant=self._tolerant), _opened(data, format, limits) as opened:
            self._check_complete(data, format, limits)
            turned = format not in _UPRIGHT and opened.getexif().get(_ORIENTATION, 1) in _TURNED
            whole = _swapped(opened.size, turned)
            if size and format == "jpeg":
                opened.draft(None, _swapped(size, turned))
            return editable(opened, format, data, whole)

    def _check_complete(self, data: bytes, format: str, limits: ImageSettings) -> None:
        """Look for what is missing from a JPEG, where libjpeg only warns and Pillow keeps it to itself."""
        if format == "jpeg" and not self._tolerant:
            left = self.remaining(data, format, limits)
            if left is None or left.note:
                raise ImageUnreadable(ENDS_EARLY)


@contextmanager
def _errors(*, tolerant: bool) -> Iterator[None]:
    from PIL import ImageFile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ImageFile.LOAD_TRUNCATED_IMAGES = tolerant
            yield
    except (PhotomillError, MemoryError):
        raise
    except Exception as error:
        # Damaged files make Pillow's readers fail in every way there is.
        raise image_error(error) from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


@contextmanager
def _opened(data: bytes, format: str, limits: ImageSettings) -> Iterator[Any]:
    import PIL.Image

    with PIL.Image.open(io.BytesIO(data), formats=[_PILLOW_NAMES[format]]) as opened:
        check_size(*opened.size, limits)
        check_frames(getattr(opened, "n_frames", 1), limits)
        yield opened


def _swapped(size: tuple[int, int], turned: bool) -> tuple[int, int]:
    return (size[1], size[0]) if turned else size


def _decode(data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
    with _opened(data, format, limits) as opened:
        width, height = opened.size
        if format == "jpeg":
            if opened.getexif().get(_ORIENTATION, 1) in _TURNED:
                width, height = height, width
            _scale(opened, side)
        frames = int(getattr(opened, "n_frames", 1))
        profile = opened.info.get("icc_profile") or b""
        upright = to_srgb(opened)
        stored = None if format == "jpeg" else as_stored(opened)
        pixels = np.asarray(upright)
        if format == "jpeg":
            digest = jpeg_digest(data)
        elif frames > 1:
            digest = file_digest(data)
        else:
            digest = pixel_digest(pixels if stored is None else stored, profile)
        if frames > 1 and format in ANIMATED and is_blank(pixels):
            upright = _first_visible(opened, frames, upright)
    if format != "jpeg":
        width, height = upright.size
    return Image(
        pixels=_resized(upright, reduced_size(width, height, side)),
        width=width,
        height=height,
        format=format,
        digest=digest,
        frames=frames if format in ANIMATED else 1,
        transparent=stored is not None and stored.shape[2:] == (4,) and stored.dtype == np.uint8,
    )


def _first_visible(opened: Any, frames: int, first: Any) -> Any:
    """A frame that shows something; the first one where none does."""
    for frame in further_frames(frames):
        opened.seek(frame)
        upright = to_srgb(opened)
        if not is_blank(np.asarray(upright)):
            return upright
    return first


def _scale(opened: Any, side: int) -> None:
    """Have a JPEG decoded at a fraction of its size where that leaves enough."""
    if side:
        width, height = opened.size
        width, height = reduced_size(width, height, side)
        opened.draft(None, (_MARGIN * width, _MARGIN * height))


def _resized(image: Any, size: tuple[int, int]) -> Any:
    import PIL.Image

    reduced = image.resize(size, PIL.Image.Resampling.LANCZOS) if image.size != size else image
    return np.asarray(reduced)
