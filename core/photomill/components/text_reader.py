"""Text readers: the lines of text in an image."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import final

from attrs import frozen

from photomill.components.base import Component
from photomill.errors import PluginError
from photomill.images.image import Image


@frozen
class TextLine:
    """A line of text in an image, with the upright box around it.

    :ivar confidence: that it says this, 0 to 1.
    :ivar left: of its box, as a share of the image's width, 0 to 1; ``width`` likewise.
    :ivar top: as a share of its height; ``height`` likewise.
    """

    text: str
    confidence: float
    left: float
    top: float
    width: float
    height: float


class TextReader(Component):
    """Reads the text in images. Nothing is asked of it but where a collection wants texts."""

    family = "readers"

    @property
    def decode_side(self) -> int:
        """The shorter side in pixels that decoding may shrink an image to; 0 asks for every pixel."""
        return 0

    @final
    def read(self, image: Image) -> list[TextLine]:
        """The lines of an image, in the order in which people read them.

        :raises PluginError: the reader gave a line without text, or beyond the image.
        """
        lines = list(self._read(image))
        for line in lines:
            if not line.text.strip() or not 0.0 <= line.confidence <= 1.0:
                raise PluginError(
                    f"the reader {self.name!r} returned {line.text!r} of confidence {line.confidence}"
                )
            right, bottom = line.left + line.width, line.top + line.height
            if not (0 <= line.left < right <= 1 + 1e-6 and 0 <= line.top < bottom <= 1 + 1e-6):
                raise PluginError(f"the reader {self.name!r} returned a line beyond the image")
        return lines

    @abstractmethod
    def _read(self, image: Image) -> Sequence[TextLine]:
        """Return the lines of an image, in the order in which people read them."""
