"""What is enlarged without a model."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from photomill.editing.parameters import Upscale
from photomill.images.raster import Raster, RasterPixels
from photomill_restoration import BackProjectedUpscale

from .scenes import compressed, half, noisy, photograph, psnr, with_alpha

Apply = Callable[..., Raster]
KINDS: list[Any] = [
    Upscale(kind, 2, 384, 320)
    for kind in ("smart_enhance", "smart_resize", "faces", "digital_art", "photo")
]


def lanczos(picture: RasterPixels, width: int, height: int) -> RasterPixels:
    return np.asarray(
        cv2.resize(picture, (width, height), interpolation=cv2.INTER_LANCZOS4), np.uint8
    )


def test_it_comes_nearer_to_the_original_than_lanczos(apply: Apply) -> None:
    for seed in range(3):
        original = photograph(seed=seed)
        small = half(original)
        result = apply(BackProjectedUpscale, small, Upscale("smart_resize", 2, 192, 160)).pixels
        assert psnr(result, original) > psnr(lanczos(small, 192, 160), original)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_reduced_again_it_is_what_was_given(apply: Apply, factor: int) -> None:
    given = photograph(80, 96)
    asked = Upscale("smart_resize", 2, 96 * factor, 80 * factor)
    result = apply(BackProjectedUpscale, given, asked).pixels
    again = cv2.resize(result, (96, 80), interpolation=cv2.INTER_AREA)
    assert psnr(np.asarray(again, np.uint8), given) > 42


@pytest.mark.parametrize("size", [(97, 81), (150, 120), (193, 161), (192, 400), (700, 90)])
def test_sizes_are_exact(apply: Apply, size: tuple[int, int]) -> None:
    result = apply(BackProjectedUpscale, photograph(80, 96), Upscale("photo", 2, *size))
    assert (result.width, result.height) == size


def test_no_side_becomes_smaller(apply: Apply) -> None:
    result = apply(BackProjectedUpscale, photograph(80, 96), Upscale("photo", 2, 50, 160))
    assert (result.width, result.height) == (96, 160)


def test_what_is_large_enough_is_left_alone(apply: Apply) -> None:
    given = photograph(80, 96)
    for size in ((96, 80), (50, 40), (0, 0)):
        assert np.array_equal(
            apply(BackProjectedUpscale, given, Upscale("photo", 2, *size)).pixels, given
        )


def test_between_whole_factors_nothing_moves(apply: Apply) -> None:
    given = photograph(80, 96)
    result = apply(BackProjectedUpscale, given, Upscale("smart_resize", 2, 144, 120)).pixels
    again = cv2.resize(result, (96, 80), interpolation=cv2.INTER_AREA)
    assert psnr(np.asarray(again, np.uint8), given) > 34


def test_edges_have_no_rings(apply: Apply) -> None:
    step = np.full((64, 64, 3), 40, np.uint8)
    step[:, 32:] = 200
    result = apply(BackProjectedUpscale, step, Upscale("digital_art", 2, 256, 256)).pixels
    assert result.min() >= 39
    assert result.max() <= 201


def test_each_kind_is_something_else(apply: Apply) -> None:
    given, _ = compressed(noisy(photograph(), 6), 40)
    results = [apply(BackProjectedUpscale, given, asked).pixels for asked in KINDS]
    for index, one in enumerate(results):
        for other in results[index + 1 :]:
            assert not np.array_equal(one, other)


def test_later_versions_of_photo_leave_less_noise(apply: Apply) -> None:
    given = noisy(np.full((64, 64, 3), 120, np.uint8), 8)
    versions: list[Any] = [1, 2, 3]
    rough = [
        apply(BackProjectedUpscale, given, Upscale("photo", version, 128, 128)).pixels.std()
        for version in versions
    ]
    assert rough[0] > 1.2 * rough[1] > 1.2 * rough[2]


def test_alpha_is_enlarged_too(apply: Apply) -> None:
    alpha = np.zeros((80, 96), np.uint8)
    alpha[20:60, 30:70] = 255
    given = with_alpha(photograph(80, 96), alpha)
    result = apply(BackProjectedUpscale, given, Upscale("photo", 2, 192, 160)).pixels
    expected = cv2.resize(alpha, (192, 160), interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(result[:, :, 3], expected)


def test_hidden_colours_make_no_fringe(apply: Apply) -> None:
    colours = np.full((64, 64, 3), 200, np.uint8)
    alpha = np.full((64, 64), 255, np.uint8)
    colours[:, :30], alpha[:, :30] = 0, 0
    result = apply(
        BackProjectedUpscale, with_alpha(colours, alpha), Upscale("smart_resize", 2, 128, 128)
    ).pixels
    assert (result[result[:, :, 3] > 0][:, :3] == 200).all()


def test_pieces_and_bands_leave_no_seams(apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    given, asked = photograph(), Upscale("photo", 2, 300, 251)
    whole = apply(BackProjectedUpscale, given, asked).pixels
    monkeypatch.setattr("photomill_restoration.classical_upscale._PIECE", 50)
    monkeypatch.setattr("photomill_restoration.enlarging._BAND", 37)
    parts = apply(BackProjectedUpscale, given, asked).pixels
    assert np.abs(parts.astype(int) - whole).max() <= 1
