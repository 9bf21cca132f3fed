"""The decoders as the default configuration has them."""

from collections.abc import Iterator

import pytest

from photomill.components import NoOptions
from photomill.config.settings import ImageSettings
from photomill.images.decoding import ImageDecoder
from photomill_pillow_decoder import PillowDecoder
from photomill_vips_decoder import VipsDecoder


@pytest.fixture(scope="package")
def decoding() -> Iterator[ImageDecoder]:
    decoders = [(VipsDecoder, NoOptions()), (PillowDecoder, NoOptions())]
    with ImageDecoder(decoders, ImageSettings(processes=1)) as decoding:
        yield decoding
