"""Products on a ground, and masks."""

import numpy as np
import pytest

from photomill.config.structure import structure
from photomill.errors import ConfigError
from photomill.images.raster import Raster, RasterPixels
from photomill_background import MaskImage, ProductShot
from photomill_background.product import (
    NO_MASK,
    NO_SUBJECT,
    MaskParameters,
    ProductParameters,
)

from .conftest import Apply

RED = (200, 30, 30)


def cut_out(width: int = 60, height: int = 100) -> Raster:
    """A red box, off the middle, on nothing."""
    pixels = np.zeros((200, 300, 4), np.uint8)
    pixels[20 : 20 + height, 30 : 30 + width] = (*RED, 255)
    return Raster.from_pixels(pixels)


def is_red(pixels: RasterPixels) -> np.ndarray:
    return np.asarray((pixels[:, :, :3] == RED).all(axis=-1))


@pytest.mark.parametrize(("width", "height"), [(60, 100), (150, 40)])
@pytest.mark.parametrize("aspect", [1.0, 1.5])
def test_it_is_centred_at_a_share_of_the_canvas(
    apply: Apply, width: int, height: int, aspect: float
) -> None:
    asked = ProductParameters(0.8, aspect=aspect)
    after = apply(ProductShot, cut_out(width, height), asked)
    assert after.width / after.height == pytest.approx(aspect, rel=0.03)
    rows, columns = (np.flatnonzero(is_red(after.pixels).any(axis=axis)) for axis in (1, 0))
    assert (len(columns), len(rows)) == (width, height)
    assert abs(rows[0] + rows[-1] + 1 - after.height) <= 1
    assert abs(columns[0] + columns[-1] + 1 - after.width) <= 1
    taken = max(width / after.width, height / after.height)
    assert taken == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("ground", ["#ffffff", "#20a040"])
def test_the_ground_is_darker_below_it_and_even_elsewhere(apply: Apply, ground: str) -> None:
    after = apply(ProductShot, cut_out(), ProductParameters(0.6, ground=ground))
    paint = np.array([*bytes.fromhex(ground[1:])])
    assert (after.pixels[0] == paint).all()
    rows = np.flatnonzero(is_red(after.pixels).any(axis=1))
    below = after.pixels[rows[-1] + 2, after.width // 2].astype(int)
    assert below.sum() < 0.85 * paint.sum()
    without = apply(ProductShot, cut_out(), ProductParameters(0.6, shadow=0.0, ground=ground))
    outside = without.pixels[~is_red(without.pixels)]
    assert (outside == paint).all()


def test_on_no_ground_the_shadow_is_transparent_black(apply: Apply) -> None:
    after = apply(ProductShot, cut_out(), ProductParameters(0.6, ground="transparent")).pixels
    rows = np.flatnonzero(is_red(after).any(axis=1))
    below = after[rows[-1] + 2, after.shape[1] // 2]
    assert 0 < below[3] < 200
    assert (below[:3] == 0).all()
    assert after[0, 0, 3] == 0


def test_where_nothing_was_found_the_image_stays_and_it_is_said(apply: Apply) -> None:
    given = Raster.from_pixels(np.full((20, 30, 3), 90, np.uint8))
    notes: list[str] = []
    after = apply(ProductShot, given, ProductParameters(0.8), notes=notes)
    assert np.array_equal(after.pixels, given.pixels)
    assert notes == [NO_SUBJECT]


@pytest.mark.parametrize("wrong", [{"share": 0.05}, {"share": 1.1}, {"ground": "white"}])
def test_parameters_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        structure(wrong, ProductParameters)


def test_the_mask_is_white_on_black(apply: Apply) -> None:
    given = cut_out()
    after = apply(MaskImage, given, MaskParameters(True))
    assert after.alpha is None
    assert (after.pixels == given.pixels[:, :, 3:]).all()


def test_without_a_foreground_the_mask_is_black(apply: Apply) -> None:
    notes: list[str] = []
    given = Raster.from_pixels(np.full((9, 9, 3), 200, np.uint8))
    after = apply(MaskImage, given, MaskParameters(True), notes=notes)
    assert not after.pixels.any()
    assert notes == [NO_MASK]
