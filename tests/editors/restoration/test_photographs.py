"""Real photographs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from photomill.editing.parameters import Decompress, Polish, Upscale
from photomill.images.raster import Raster, RasterPixels
from photomill_restoration import BackProjectedUpscale, RestrainedPolish, ShiftedDecompress

from .scenes import compressed, half, psnr

Apply = Callable[..., Raster]


@pytest.fixture(params=["astronaut", "chelsea", "coffee", "motorcycle_left", "rocket"])
def photo(request: pytest.FixtureRequest, photographs: Mapping[str, Path]) -> Path:
    return photographs[request.param]


def _original(photo: Path) -> RasterPixels:
    """A copy small enough to have lost what compression left, with even sides."""
    with Image.open(photo) as opened:
        rgb = opened.convert("RGB")
        rgb.thumbnail((240, 240), Image.Resampling.BOX)
        return np.array(rgb)[: rgb.height // 2 * 2, : rgb.width // 2 * 2]


@pytest.mark.parametrize("quality", [10, 20, 40])
@pytest.mark.parametrize("mode", ["moderate", "strong", "auto"])
def test_repaired_they_are_nearer_to_the_original(
    apply: Apply, photo: Path, mode: Any, quality: int
) -> None:
    original = _original(photo)
    picture, file = compressed(original, quality)
    repaired = apply(ShiftedDecompress, picture, Decompress(mode), file).pixels
    assert psnr(repaired, original) > psnr(picture, original) + 0.05


def test_enlarged_they_are_nearer_to_the_original_than_lanczos(apply: Apply, photo: Path) -> None:
    original = _original(photo)
    small, size = half(original), (original.shape[1], original.shape[0])
    enlarged = apply(BackProjectedUpscale, small, Upscale("smart_resize", 2, *size)).pixels
    lanczos = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LANCZOS4), np.uint8)
    assert psnr(enlarged, original) > psnr(lanczos, original)


def test_polished_they_stay_themselves(apply: Apply, photo: Path) -> None:
    original = _original(photo)
    polished = apply(RestrainedPolish, original, Polish(True)).pixels
    assert 24 < psnr(polished, original) < 45
