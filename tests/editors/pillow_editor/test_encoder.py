"""Pillow's encoder keeps the contract."""

from collections.abc import Callable

import pytest

from photomill.components import Encoder
from photomill.testing import EncoderContract
from photomill_pillow_editor import PillowEncoder

Open = Callable[..., Encoder]


class TestPillowEncoder(EncoderContract):
    exact = frozenset({"png", "webp", "tiff"})  # Pillow's AVIF goes through rounded YCbCr

    @pytest.fixture
    def encoder(self, open_component: Open) -> Encoder:
        return open_component(PillowEncoder)
