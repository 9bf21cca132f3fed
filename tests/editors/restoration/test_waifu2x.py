"""The networks of waifu2x."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from photomill.components import EditContext
from photomill.editing.parameters import Decompress, Upscale
from photomill.errors import PluginUnavailable
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.testing import EditOperationContract
from photomill.testing import open_component as opening
from photomill.testing.editor import Edit
from photomill_restoration import (
    BackProjectedUpscale,
    ShiftedDecompress,
    Waifu2xDecompress,
    Waifu2xUpscale,
)

from .scenes import compressed, half, noisy, photograph, psnr, with_alpha

Open = Callable[..., Any]
Apply = Callable[..., Raster]


class TestWaifu2xUpscale(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(Waifu2xUpscale), Upscale("smart_enhance", 2, 100, 90)


class TestWaifu2xDecompress(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(Waifu2xDecompress), Decompress("strong")


@pytest.fixture
def upscale(open_component: Open) -> Waifu2xUpscale:
    opened: Waifu2xUpscale = open_component(Waifu2xUpscale)
    return opened


@pytest.fixture
def decompress(open_component: Open) -> Waifu2xDecompress:
    opened: Waifu2xDecompress = open_component(Waifu2xDecompress)
    return opened


def test_it_comes_nearer_to_the_original_than_back_projection(
    apply: Apply, upscale: Waifu2xUpscale
) -> None:
    original = photograph()
    small, asked = half(original), Upscale("smart_resize", 2, 192, 160)
    network, classical = (
        apply(operation, small, asked).pixels for operation in (upscale, BackProjectedUpscale)
    )
    assert psnr(network, original) > psnr(classical, original) + 0.3


@pytest.mark.parametrize("quality", [10, 20, 40])
def test_it_repairs_better_than_shifted_jpeg(
    apply: Apply, decompress: Waifu2xDecompress, quality: int
) -> None:
    original = photograph()
    picture, file = compressed(original, quality)
    network, classical = (
        apply(operation, picture, Decompress("auto"), file).pixels
        for operation in (decompress, ShiftedDecompress)
    )
    assert psnr(network, original) > psnr(picture, original) + 0.3
    assert psnr(network, original) > psnr(classical, original)


def test_auto_leaves_clean_pictures_alone(apply: Apply, decompress: Waifu2xDecompress) -> None:
    clean = photograph()
    assert np.array_equal(apply(decompress, clean, Decompress("auto")).pixels, clean)
    good, file = compressed(clean, 92)
    assert np.array_equal(apply(decompress, good, Decompress("auto"), file).pixels, good)


@pytest.mark.parametrize("size", [(97, 81), (150, 120), (193, 161), (400, 330), (500, 90)])
def test_sizes_are_exact(apply: Apply, upscale: Waifu2xUpscale, size: tuple[int, int]) -> None:
    result = apply(upscale, photograph(80, 96), Upscale("photo", 2, *size))
    assert (result.width, result.height) == size


def test_four_times_is_twice_two_times(apply: Apply, upscale: Waifu2xUpscale) -> None:
    given = photograph(40, 48)
    once = apply(upscale, given, Upscale("smart_resize", 2, 96, 80)).pixels
    twice = apply(upscale, once, Upscale("smart_resize", 2, 192, 160)).pixels
    at_once = apply(upscale, given, Upscale("smart_resize", 2, 192, 160)).pixels
    assert np.array_equal(at_once, twice)


def test_pieces_and_bands_are_exact(
    apply: Apply, upscale: Waifu2xUpscale, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, asked = photograph(100, 90), Upscale("smart_resize", 2, 180, 200)
    whole = apply(upscale, given, asked).pixels
    monkeypatch.setattr("photomill_restoration.waifu2x_upscale.PIECE", 33)
    monkeypatch.setattr("photomill_restoration.enlarging._BAND", 41)
    parts = apply(upscale, given, asked).pixels
    # Sums in another order may round to the neighbouring level.
    assert np.abs(parts.astype(int) - whole).max() <= 1
    assert (parts != whole).mean() < 1e-3


@pytest.mark.parametrize("quality", [10, 40])
def test_repaired_pieces_are_exact(
    apply: Apply,
    decompress: Waifu2xDecompress,
    monkeypatch: pytest.MonkeyPatch,
    quality: int,
) -> None:
    (given, file), asked = compressed(photograph(100, 90), quality), Decompress("strong")
    whole = apply(decompress, given, asked, file).pixels
    monkeypatch.setattr("photomill_restoration.waifu2x_decompress.PIECE", 40)
    parts = apply(decompress, given, asked, file).pixels
    assert np.abs(parts.astype(int) - whole).max() <= 1
    assert (parts != whole).mean() < 1e-3


def test_repairing_is_enlarging_and_reducing(
    apply: Apply, upscale: Waifu2xUpscale, decompress: Waifu2xDecompress
) -> None:
    """Only that the enlarged image is never made."""
    given, _ = compressed(photograph(), 60)
    repaired = apply(decompress, given, Decompress("auto")).pixels
    enlarged = apply(upscale, given, Upscale("digital_art", 2, 384, 320)).pixels
    reduced = cv2.resize(enlarged, (192, 160), interpolation=cv2.INTER_AREA)
    assert np.abs(repaired.astype(int) - reduced).max() <= 2


def test_noise_is_removed_where_there_is_some(apply: Apply, upscale: Waifu2xUpscale) -> None:
    original = photograph()
    small = noisy(half(original), 20)
    repaired, faithful = (
        apply(upscale, small, Upscale(kind, 2, 192, 160)).pixels
        for kind in ("smart_enhance", "smart_resize")
    )
    assert psnr(repaired, original) > psnr(faithful, original) + 1


def test_alpha_is_enlarged_apart(apply: Apply, upscale: Waifu2xUpscale) -> None:
    alpha = np.zeros((80, 96), np.uint8)
    alpha[20:60, 30:70] = 255
    result = apply(upscale, with_alpha(photograph(80, 96), alpha), Upscale("photo", 2, 192, 160))
    expected = cv2.resize(alpha, (192, 160), interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(result.pixels[:, :, 3], expected)


def test_hidden_colours_make_no_fringe(apply: Apply, upscale: Waifu2xUpscale) -> None:
    colours, alpha = np.full((64, 64, 3), 200, np.uint8), np.full((64, 64), 255, np.uint8)
    colours[:, :30], alpha[:, :30] = 0, 0
    asked = Upscale("smart_resize", 2, 128, 128)
    result = apply(upscale, with_alpha(colours, alpha), asked).pixels
    seen = result[result[:, :, 3] > 0][:, :3].astype(int)
    assert np.abs(seen - 200).max() <= 3


WAITING, JOB = (EditContext(Origin("png", 1, 1), interactive=each) for each in (True, False))


def test_large_pictures_only_where_nobody_waits(open_component: Open) -> None:
    opened = open_component(Waifu2xDecompress, interactive_pixels=0.01)
    small, large = (Raster.from_pixels(photograph(side, side)) for side in (90, 110))
    asked = Decompress("auto")
    assert opened.declines(small, asked, WAITING) == ""
    assert "0.01 megapixels" in opened.declines(large, asked, WAITING)
    assert opened.declines(large, asked, JOB) == ""


def test_four_times_counts_five_times(open_component: Open) -> None:
    opened = open_component(Waifu2xUpscale, interactive_pixels=0.04)
    given = Raster.from_pixels(photograph(100, 100))
    assert opened.declines(given, Upscale("photo", 2, 200, 200), WAITING) == ""
    assert opened.declines(given, Upscale("photo", 2, 400, 400), WAITING)
    assert opened.declines(given, Upscale("photo", 2, 50, 50), WAITING) == ""


@pytest.mark.parametrize("operation", [Waifu2xUpscale, Waifu2xDecompress])
def test_fast_asks_another(open_component: Open, operation: Any) -> None:
    fast = EditContext(Origin("png", 1, 1), interactive=False, speed="fast")
    given = Raster.from_pixels(photograph(10, 10))
    assert open_component(operation).declines(given, operation.Parameters(), fast)


def test_without_its_files_it_is_unavailable(tmp_path: Path) -> None:
    with (
        pytest.raises(PluginUnavailable, match="models add waifu2x"),
        opening(Waifu2xUpscale, cache_dir=tmp_path),
    ):
        pass


def test_damaged_files_are_no_network(tmp_path: Path, models_dir: Path) -> None:
    shutil.copytree(models_dir / "waifu2x", tmp_path / "waifu2x")
    for file in (tmp_path / "waifu2x").glob("*.param"):
        file.write_text("nonsense")
    asked = Upscale("smart_resize", 2, 20, 20)
    given = Raster.from_pixels(photograph(10, 10))
    with (
        opening(Waifu2xUpscale, cache_dir=tmp_path, models_dir=tmp_path) as opened,
        pytest.raises(PluginUnavailable, match="does not understand"),
    ):
        opened.apply(given, asked, EditContext(Origin("png", 10, 10)))
