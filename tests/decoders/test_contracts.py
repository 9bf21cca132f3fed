"""The bundled decoders pass the suite that plugin authors use."""

from typing import Any

import pytest

from photomill.components import Decoder, NoOptions
from photomill.testing import DecoderContract
from photomill_pillow_decoder import PillowDecoder
from photomill_vips_decoder import VipsDecoder


class TestVipsDecoder(DecoderContract):
    @pytest.fixture
    def decoder(self) -> tuple[type[Decoder], Any]:
        return VipsDecoder, NoOptions()


class TestPillowDecoder(DecoderContract):
    @pytest.fixture
    def decoder(self) -> tuple[type[Decoder], Any]:
        return PillowDecoder, NoOptions()
