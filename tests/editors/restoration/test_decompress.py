"""What compression left goes, and nothing else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from photomill.editing.parameters import Decompress
from photomill.images.raster import Raster
from photomill_restoration import ShiftedDecompress

from .scenes import compressed, photograph, psnr, with_alpha

Apply = Callable[..., Raster]


@pytest.mark.parametrize("quality", [10, 20, 30, 40])
@pytest.mark.parametrize("mode", ["moderate", "strong", "auto"])
def test_pictures_come_nearer_to_their_originals(apply: Apply, mode: Any, quality: int) -> None:
    original = photograph()
    picture, file = compressed(original, quality)
    repaired = apply(ShiftedDecompress, picture, Decompress(mode), file)
    assert psnr(repaired.pixels, original) >= psnr(picture, original) + 0.2


def test_the_quality_is_guessed_where_no_file_tells_it(apply: Apply) -> None:
    original = photograph()
    picture, _ = compressed(original, 15)
    repaired = apply(ShiftedDecompress, picture, Decompress("auto"))
    assert psnr(repaired.pixels, original) >= psnr(picture, original) + 0.2


def test_a_file_of_good_quality_may_show_worse(apply: Apply) -> None:
    original = photograph()
    picture, _ = compressed(original, 12)
    picture, file = compressed(picture, 95)
    repaired = apply(ShiftedDecompress, picture, Decompress("auto"), file)
    assert psnr(repaired.pixels, original) >= psnr(picture, original) + 0.2


def test_auto_leaves_clean_pictures_alone(apply: Apply) -> None:
    for seed in range(4):
        clean = photograph(seed=seed)
        assert np.array_equal(apply(ShiftedDecompress, clean, Decompress("auto")).pixels, clean)


def test_auto_leaves_good_files_alone(apply: Apply) -> None:
    picture, file = compressed(photograph(), 92)
    assert np.array_equal(
        apply(ShiftedDecompress, picture, Decompress("auto"), file).pixels, picture
    )


def test_strong_smooths_more(apply: Apply) -> None:
    picture, file = compressed(photograph(), 15)
    moderate, strong = (
        apply(ShiftedDecompress, picture, Decompress(mode), file).pixels.astype(int)
        for mode in ("moderate", "strong")
    )
    assert np.abs(np.diff(strong, axis=1)).mean() < np.abs(np.diff(moderate, axis=1)).mean()


def test_alpha_is_kept(apply: Apply) -> None:
    colours, file = compressed(photograph(), 15)
    alpha = np.tile(np.arange(192, dtype=np.uint8), (160, 1))
    picture = with_alpha(colours, alpha)
    repaired = apply(ShiftedDecompress, picture, Decompress("moderate"), file).pixels
    assert np.array_equal(repaired[:, :, 3], alpha)
    assert not np.array_equal(repaired[:, 1:], picture[:, 1:])


def test_hidden_colours_do_not_shine_through(apply: Apply) -> None:
    """What a transparent pixel holds is nobody's business: its neighbours stay the same."""
    colours, file = compressed(photograph(), 15)
    alpha = np.full((160, 192), 255, np.uint8)
    alpha[:, :60] = 0
    garish = colours.copy()
    garish[:, :60] = (255, 0, 255)
    one, other = (
        apply(ShiftedDecompress, with_alpha(each, alpha), Decompress("moderate"), file).pixels
        for each in (colours, garish)
    )
    assert np.array_equal(one[:, 60:], other[:, 60:])


def test_pieces_leave_no_seams(apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, file = compressed(photograph(), 15)
    whole = apply(ShiftedDecompress, picture, Decompress("moderate"), file).pixels
    monkeypatch.setattr("photomill_restoration.classical_decompress._PIECE", 64)
    assert np.array_equal(
        apply(ShiftedDecompress, picture, Decompress("moderate"), file).pixels, whole
    )
