"""Reading the text in images, by the reader that is configured."""

from collections.abc import Callable

from attrs import frozen

from photomill.collections.image_text import ImageText, joined
from photomill.collections.texts.kinds import kind_of
from photomill.components import TextReader
from photomill.decoding.decoder import ImageDecoder


@frozen(eq=False)
class TextReading:
    """Reads images for one collection. Thread-safe.

    :ivar open_reader: raises ``PluginUnavailable`` where its weights are missing.
    """

    decoder: ImageDecoder
    open_reader: Callable[[], TextReader]

    def read(self, data: bytes) -> ImageText:
        """Read an image file.

        :raises PluginUnavailable: the reader cannot be opened.
        :raises ImageError: the image cannot be decoded.
        """
        reader = self.open_reader()
        image = self.decoder.decode(data, side=reader.decode_side)
        lines = reader.read(image)
        return ImageText(joined(lines), kind_of(image.pixels, lines))
