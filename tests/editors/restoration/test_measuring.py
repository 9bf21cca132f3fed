"""What an image suffered is seen."""

import numpy as np
import pytest

from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels
from photomill_restoration.jpeg_file import compression_of
from photomill_restoration.measuring import Damage, measure

from .scenes import compressed, noisy, photograph


def seen(pixels: RasterPixels, origin: Origin | None = None) -> Damage:
    return measure(Raster.from_pixels(pixels), origin)


@pytest.mark.parametrize("quality", [10, 20, 40, 60])
def test_blocks_tell_of_compression(quality: int) -> None:
    picture, _ = compressed(photograph(), quality)
    assert seen(picture).is_compressed


def test_blocks_are_seen_wherever_they_begin() -> None:
    picture, _ = compressed(photograph(), 15)
    assert seen(picture[3:, 5:]).quality == pytest.approx(seen(picture).quality, abs=8)


def test_what_was_never_compressed_is_clean() -> None:
    for seed in range(5):
        damage = seen(photograph(seed=seed))
        assert not damage.is_compressed
        assert damage.noise < 2


def test_more_compression_is_more_damage() -> None:
    found = [seen(compressed(photograph(), quality)[0]).quality for quality in (15, 40, 60, 90)]
    assert found == sorted(found)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("deviation", [4.0, 10.0, 20.0])
def test_noise_is_measured(deviation: float) -> None:
    grey = np.full((96, 96, 3), 128, np.uint8)
    grain = np.random.default_rng(1).normal(0, deviation, (96, 96, 1))
    picture = np.clip(np.rint(grey + grain), 0, 255).astype(np.uint8)
    assert seen(picture).noise == pytest.approx(deviation, rel=0.25)


def test_edges_are_no_noise() -> None:
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::16] = 255
    assert seen(stripes).noise < 0.1


def test_a_grid_is_no_compression() -> None:
    """Eight pixels apart, as blocks are, but as hard as no compression makes them."""
    grid = np.full((128, 128, 3), 240, np.uint8)
    grid[::8] = grid[:, ::8] = 20
    assert not seen(grid).is_compressed


def test_hidden_colours_are_not_measured() -> None:
    picture, _ = compressed(photograph(), 10)
    hidden = np.dstack([picture, np.zeros(picture.shape[:2], np.uint8)])
    hidden[:, :, :3], hidden[:40, :40, 3] = 200, 255
    assert not seen(hidden).is_compressed


def test_more_noise_is_measured_as_more() -> None:
    found = [seen(noisy(photograph(), deviation)).noise for deviation in (0, 8, 16, 30)]
    assert found == sorted(found)
    assert found[-1] > 2 * found[1]


def test_a_file_tells_its_own_quality() -> None:
    """Also where the image is too plain to show any blocks."""
    plain = np.full((64, 64, 3), 90, np.uint8)
    for quality in (15, 50, 85):
        _, file = compressed(plain, quality)
        damage = seen(plain, Origin("jpeg", 64, 64, data=file))
        assert damage.quality == pytest.approx(quality, abs=1)


def test_colours_of_print_have_tables_of_their_own() -> None:
    _, file = compressed(photograph(), 15)
    assert compression_of(Origin("jpeg", 192, 160, "CMYK", data=file)) is None


def test_a_broken_file_tells_nothing() -> None:
    _, file = compressed(photograph(), 15)
    assert compression_of(Origin("jpeg", 192, 160, data=file[:30])) is None
