from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies
from hypothesis.extra.numpy import arrays

from photomill.testing import EmbedderContract
from photomill.testing.embedder import draw_image
from photomill_descriptor import Descriptor
from photomill_descriptor.embedder import PARTS, described


class TestContract(EmbedderContract):
    @pytest.fixture
    def embedder(self, open_component: Callable[..., Any]) -> Any:
        return open_component(Descriptor)


def distance(one: Any, other: Any) -> float:
    return float(np.linalg.norm(described(one).astype(np.float64) - described(other)))


def filled(red: int, green: int, blue: int) -> Any:
    return np.full((96, 128, 3), [red, green, blue], np.uint8)


def striped(*, across: bool) -> Any:
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[::8], stripes[1::8], stripes[2::8], stripes[3::8] = 200, 200, 200, 200
    return stripes if across else np.ascontiguousarray(stripes.transpose(1, 0, 2))


def test_parts_add_up() -> None:
    assert sum(part.weight for part in PARTS) == pytest.approx(1.0)
    assert sum(part.length for part in PARTS) == described(draw_image(1).pixels).size == 527


@given(
    arrays(
        np.uint8,
        strategies.tuples(
            strategies.integers(1, 40), strategies.integers(1, 40), strategies.just(3)
        ),
    )
)
def test_every_picture_has_a_vector_and_its_mirror_image_nearly_the_same(pixels: Any) -> None:
    vector = described(pixels)
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)
    assert distance(pixels, np.ascontiguousarray(pixels[:, ::-1])) < 0.02


def test_nearby_colours_are_near() -> None:
    red, darker, orange, blue = (
        filled(*each) for each in [(200, 30, 30), (180, 25, 25), (230, 120, 30), (30, 60, 200)]
    )
    assert distance(red, darker) < distance(red, orange) < distance(red, blue)


def test_places_of_colours_count() -> None:
    above, below = filled(200, 30, 30), filled(200, 30, 30)
    above[:48] = below[48:] = [30, 60, 200]
    assert distance(above, below) > 0.2


def test_the_direction_of_edges_counts() -> None:
    assert distance(striped(across=True), striped(across=False)) > 0.5
    shifted = striped(across=True)[4:]
    assert distance(striped(across=True), shifted) < distance(shifted, striped(across=False)) / 2


def test_noise_in_a_plain_picture_counts_for_little() -> None:
    plain = filled(120, 130, 140)
    noise = np.random.default_rng(0).integers(-2, 3, plain.shape)
    noisy = (plain + noise).astype(np.uint8)
    assert distance(plain, noisy) < 0.15
    assert distance(plain, noisy) < distance(plain, draw_image(1).pixels) / 4


def test_less_light_changes_little() -> None:
    pixels = draw_image(1).pixels
    assert (
        distance(pixels, (pixels * 0.6).astype(np.uint8))
        < distance(pixels, draw_image(2).pixels) / 3
    )
