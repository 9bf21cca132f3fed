"""Planes are averages of areas, whatever an image measures."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from photomill.images.perceptual_hash import hash_of
from photomill.images.reduction import halved, luma_plane, planes
from photomill.images.turns import TURNS, turned_hashes

ROWS = st.one_of(st.integers(1, 90), st.integers(505, 540))  # of one band, and of more


def averaged(plane: NDArray[Any], side: int) -> NDArray[np.float64]:
    """Areas averaged by repeating each sample until all stretches are whole."""
    rows, columns = plane.shape
    down = np.repeat(plane.astype(np.float64), side, axis=0).reshape(side, rows, columns).mean(1)
    return np.asarray(np.repeat(down, side, axis=1).reshape(side, side, columns).mean(2))


@given(
    rows=ROWS, columns=st.integers(1, 90), side=st.sampled_from([32, 48]), seed=st.integers(0, 99)
)
def test_planes_average_areas(rows: int, columns: int, side: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), np.uint8)
    red, green, blue = (averaged(pixels[..., channel], side) for channel in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    assert np.allclose(luma_plane(pixels, side), luma, atol=1e-3)
    bright, coloured = planes(pixels, side, 24)
    assert np.array_equal(bright, luma_plane(pixels, side))
    red, green, blue = (averaged(pixels[..., channel], 24) for channel in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = (blue - luma) * 0.5 / (1 - 0.114), (red - luma) * 0.5 / (1 - 0.299)
    for plane, expected in zip(coloured, chroma, strict=True):
        assert np.allclose(plane, expected, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.float32, np.complex64])
@given(times=st.integers(0, 3), seed=st.integers(0, 99))
def test_squares_are_averaged(dtype: type[np.generic], times: int, seed: int) -> None:
    plane = np.random.default_rng(seed).integers(0, 2, (16, 24)).astype(dtype)
    step = 1 << times
    expected = plane.reshape(16 // step, step, 24 // step, step).mean(axis=(1, 3))
    assert np.allclose(halved(plane, times), expected, atol=1e-6)


@given(seed=st.integers(0, 99))
def test_a_turned_hash_is_that_of_the_turned_image(seed: int) -> None:
    luma = np.random.default_rng(seed).uniform(0, 255, (64, 64)).astype(np.float32)
    for turn, found in zip(TURNS, turned_hashes(luma), strict=True):
        laid = np.rot90(luma, turn.quarters)
        assert hash_of(laid[:, ::-1] if turn.mirrored else laid) == int(found)
