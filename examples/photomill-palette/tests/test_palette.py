"""The embedder keeps the contract, and finds what has the same colours."""

from collections.abc import Callable

import numpy as np
import pytest
from photomill_palette.embedder import Palette, cell_means

from photomill import ConfigError
from photomill.plugin import Embedder, Image
from photomill.testing import EmbedderContract

Open = Callable[..., Embedder]


class TestPalette(EmbedderContract):
    @pytest.fixture
    def embedder(self, open_component: Open) -> Embedder:
        return open_component(Palette)


def plain(colour: tuple[int, int, int], height: int = 40, width: int = 60) -> Image:
    return Image.from_pixels(np.full((height, width, 3), colour, np.uint8))


def test_pictures_of_one_colour_are_near_whatever_their_size(open_component: Open) -> None:
    red, small_red, blue = open_component(Palette, grid=4).embed(
        [plain((200, 20, 20)), plain((198, 24, 20), 3, 5), plain((20, 20, 200))]
    )
    assert np.linalg.norm(red - small_red) < 0.05
    assert np.linalg.norm(red - blue) > 0.5


def test_cells_are_means_of_their_pixels() -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[:2, 3:] = 90
    pixels[2:, :1] = 30
    assert cell_means(pixels, 2)[:, :, 0].tolist() == [[0.0, 90.0], [10.0, 0.0]]


def test_the_grid_sets_the_dimension(open_component: Open) -> None:
    assert open_component(Palette, grid=3).dimension == 28


def test_an_absurd_grid_is_refused(open_component: Open) -> None:
    with pytest.raises(ConfigError, match=r"palette\.options\.grid: expected at most 64, got 1000"):
        open_component(Palette, grid=1000)
