"""Decoders: bytes to pixels, inside limits."""

from abc import abstractmethod
from typing import ClassVar, final

from photomill.components.base import Component
from photomill.config.settings import ImageSettings
from photomill.errors import ImageError, Unsupported
from photomill.images.image import Image, Pixels
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.images.structure import checked
from photomill.images.truncation import Remains, remaining


class Decoder(Component):
    """Decodes images of some formats.

    Runs in a child process that the engine bounds in memory and time and replaces when it dies; it can write no
    files there. How a file is built (scans, frames, chunks) was checked when a decoder gets it; a decoder still
    looks at the header first and refuses what the limits do not allow *before* it decodes.
    """

    family = "decoders"
    formats: ClassVar[frozenset[str]]
    """Sniffed format names that the decoder reads: see ``photomill.images.formats``."""
    rank: ClassVar[int] = 0
    """Where several decoders read one format, the highest rank does."""

    def tolerant(self) -> "Decoder":
        """A decoder like this one that takes files which break off, and leaves what is missing in any colour.

        What is asked of it was found out to hold enough of the image. Itself, where that makes no difference.
        """
        return self

    @final
    def remaining(self, data: bytes, format: str, limits: ImageSettings) -> Remains | None:
        """Find out what is left of a file that the decoder does not take; None where it does not break off.

        :raises ImageUnreadable: less is left than the limits ask for.
        :raises ImageTooLarge: over a limit.
        """
        tolerant = self.tolerant()

        def decode(data: bytes) -> Pixels | None:
            try:
                return tolerant.decode(checked(data, format, limits), format, 0, limits).pixels
            except ImageError:
                return None

        return remaining(data, format, limits, decode)

    @abstractmethod
    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        """Decode the first frame: upright, sRGB, opaque, 8 bits a channel.

        Transparent parts are put on white, or on black where what is opaque is light: see
        ``photomill.images.visibility``, which also says which frame of an animation stands for one that begins blank.
        ``Image.digest`` is made by ``photomill.images.digest``, from the image at its full size and depth, with its
        alpha and its profile; of several frames or pages, from the file.

        :param format: the sniffed format, one of :attr:`formats`.
        :param side: the shorter side in pixels that the result may be shrunk to; never enlarges; 0 keeps all.
        :raises ImageTooLarge: over a limit of pixels, frames or scans.
        :raises ImageUnreadable: damaged, or any pixel is missing; in own words: see ``photomill.images.complaints``.
        """

    def load(
        self, data: bytes, format: str, size: tuple[int, int] | None, limits: ImageSettings
    ) -> tuple[Raster, Origin]:
        """Open the first frame for editing: upright, sRGB (an embedded profile honoured), alpha kept if there is any.

        :param size: the least width and height, in pixels of the upright image, that the result may be shrunk to
            while decoding; None keeps all. A ``precise`` caller asks for twice of what it needs.
        :returns: the image, which may be read lazily, and what the file says of itself.
        :raises ImageTooLarge: over a limit of pixels, frames or scans.
        :raises ImageUnreadable: damaged or truncated.
        """
        raise Unsupported(f"the decoder {self.name!r} opens no images for editing")
