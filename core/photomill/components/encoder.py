"""Encoders: pixels to the bytes of a file."""

from abc import abstractmethod
from typing import ClassVar

from photomill.components.base import Component
from photomill.components.editor import EditContext
from photomill.components.output import Output
from photomill.errors import Unsupported
from photomill.images.image import Pixels
from photomill.images.raster import Raster


class Encoder(Component):
    """Writes images in some formats. Runs where edit operations run: see ``EditOperation``."""

    family = "encoders"
    formats: ClassVar[frozenset[str]]
    """Some of ``jpeg``, ``png``, ``webp``, ``avif`` and ``tiff``."""
    deep_formats: ClassVar[frozenset[str]] = frozenset()
    """Those that it writes with more than 8 bits a channel, where the image has them and nothing is lost."""
    rank: ClassVar[int] = 0
    """Where several encoders write one format, the highest rank does."""
    makes_thumbnails: ClassVar[bool] = False
    """Whether it makes thumbnails; of several that do, the one of the highest rank makes them."""

    @abstractmethod
    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        """Encode an image as ``output`` says.

        Colour space, profile and dpi that the output leaves open are those of ``context.origin``; EXIF and the like are
        left out unless the output asks for them. What a format cannot carry (CMYK in PNG) is noted in the context.
        Where the format has no alpha, the image must not have any: the pipeline flattened it.

        :raises ImageUnreadable: the image is read lazily, and its file turns out to be damaged.
        :raises InvalidInput: the format cannot hold such an image, for its size for instance.
        """

    def thumbnail(self, pixels: Pixels, size: tuple[int, int], quality: int) -> bytes:
        """Make a thumbnail: a small WebP file without metadata. Made of every image that is inserted: be quick.

        :param pixels: uint8 (h, w, 3), sRGB.
        :param size: width and height of the thumbnail, no larger than the image.
        :param quality: 1 to 100.
        """
        raise Unsupported(f"the encoder {self.name!r} makes no thumbnails")
