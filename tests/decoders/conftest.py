"""The decoders as the default configuration has them."""

import re
from collections.abc import Iterator

import pytest

from photomill.components import NoOptions
from photomill.config.settings import ImageSettings
from photomill.decoding.decoder import ImageDecoder
from photomill_pillow_decoder import PillowDecoder
from photomill_vips_decoder import VipsDecoder

LIBRARIES = re.compile(
    r"vips|libjpeg|libpng|libtiff|libwebp|pillow|\bPIL\b|JPEG datastream|scanline|decoder error|"
    r"cannot identify|image file is truncated|bytes not processed|broken data stream|BytesIO|"
    r"unable to|Traceback|\w+Error\b|0x[0-9a-f]{4}",
    re.IGNORECASE,
)
"""What image libraries and Python say, and we do not."""


@pytest.fixture(scope="package")
def decoding() -> Iterator[ImageDecoder]:
    decoders = [(VipsDecoder, NoOptions()), (PillowDecoder, NoOptions())]
    with ImageDecoder(decoders, ImageSettings(processes=1)) as decoding:
        yield decoding
