"""The edit operation keeps the contract, and makes pictures brown."""

from collections.abc import Callable

import numpy as np
import pytest
from photomill_palette.sepia import Sepia, SepiaParameters

from photomill.plugin import EditOperation, Raster
from photomill.testing import EditOperationContract, edited

Open = Callable[..., EditOperation]


class TestSepia(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> tuple[EditOperation, SepiaParameters]:
        return open_component(Sepia), SepiaParameters(strength=0.8)


def test_grey_becomes_brown(open_component: Open) -> None:
    grey = Raster.from_pixels(np.full((2, 2, 3), 100, np.uint8))
    toned = edited(open_component(Sepia), grey, SepiaParameters(strength=1.0))
    assert toned.pixels[0, 0].tolist() == [135, 120, 94]


def test_half_the_strength_is_half_the_way(open_component: Open) -> None:
    grey = Raster.from_pixels(np.full((2, 2, 3), 100, np.uint8))
    toned = edited(open_component(Sepia), grey, SepiaParameters(strength=0.5))
    assert toned.pixels[0, 0].tolist() == [118, 110, 97]
