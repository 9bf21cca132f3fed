"""A decoded image."""

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from photomill.images.capture_time import CaptureTime

Pixels = NDArray[np.uint8]
"""sRGB pixels of shape (height, width, 3), dtype uint8, C-contiguous."""


@frozen(eq=False)
class Descriptors:
    """What copies of an image, and its colours, are found by without its file; MPEG-7 calls such visual descriptors.

    :ivar hashes: uint64 (8,): the perceptual hash of the image turned and mirrored in every way, see
        ``photomill.images.turns``.
    :ivar signature: see ``photomill.images.signature``.
    :ivar colours: 11 bytes, see ``photomill.images.colours``.
    """

    hashes: NDArray[np.uint64]
    signature: bytes = field(repr=False)
    colours: bytes


@frozen(eq=False)
class Image:
    """An image as components see it: upright, sRGB, opaque, 8 bits a channel.

    :ivar pixels: uint8 of shape (h, w, 3); may be smaller than the original, see ``Embedder.decode_side``.
    :ivar width: of the original after its orientation was applied, in pixels.
    :ivar height: likewise.
    :ivar format: the sniffed format: jpeg, png, webp, gif, tiff, bmp, avif or heic.
    :ivar digest: SHA-256 (32 bytes) of what determines the original's pixels; two images of one digest
        have the same pixels. Empty where unknown.
    :ivar notes: what is otherwise than one might expect, one sentence each: rows of pixels that are missing.
    :ivar frames: how many the file has; the pixels are those of one of them.
    :ivar transparent: whether parts of the original are.
    :ivar captured: when it was taken, as its camera noted it; None where it does not say. The engine fills it in.
    :ivar thumbnail: a WebP file; empty where none was asked for. The engine fills it in.
    :ivar descriptors: None where they were not asked for. The engine fills them in.
    """

    pixels: Pixels = field(repr=False)
    width: int
    height: int
    format: str = ""
    digest: bytes = field(default=b"", repr=False)
    notes: tuple[str, ...] = ()
    frames: int = 1
    transparent: bool = False
    captured: CaptureTime | None = None
    thumbnail: bytes = field(default=b"", repr=False)
    descriptors: Descriptors | None = field(default=None, repr=False)

    @classmethod
    def from_pixels(cls, pixels: Pixels) -> "Image":
        """Wrap an array of shape (h, w, 3) and dtype uint8."""
        height, width = pixels.shape[:2]
        return cls(pixels=np.ascontiguousarray(pixels), width=width, height=height)
