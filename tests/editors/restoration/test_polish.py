"""Less noise, more detail, no halos."""

from collections.abc import Callable

import cv2
import numpy as np

from photomill.editing.parameters import Polish
from photomill.images.raster import Raster
from photomill_restoration import RestrainedPolish

from .scenes import noisy, photograph, with_alpha

Apply = Callable[..., Raster]


def test_noise_is_removed(apply: Apply) -> None:
    given = noisy(np.full((96, 96, 3), 120, np.uint8), 8)
    polished = apply(RestrainedPolish, given, Polish(True)).pixels
    assert polished.std() < 0.5 * given.std()


def test_texture_is_raised(apply: Apply) -> None:
    given = cv2.GaussianBlur(photograph(), (0, 0), 1.0)
    polished = apply(RestrainedPolish, np.asarray(given, np.uint8), Polish(True)).pixels
    assert _detail(polished) > 1.15 * _detail(np.asarray(given, np.uint8))


def test_restraint(apply: Apply) -> None:
    given = photograph()
    polished = apply(RestrainedPolish, given, Polish(True)).pixels
    assert 0.5 < np.abs(polished.astype(int) - given).mean() < 8


def test_edges_have_no_halos(apply: Apply) -> None:
    step = np.full((64, 64, 3), 60, np.uint8)
    step[:, 32:] = 180
    polished = apply(RestrainedPolish, step, Polish(True)).pixels.astype(int)
    assert np.abs(polished - step).max() <= 0.16 * 120


def test_plain_pictures_stay_plain(apply: Apply) -> None:
    plain = np.full((40, 50, 3), 77, np.uint8)
    assert np.array_equal(apply(RestrainedPolish, plain, Polish(True)).pixels, plain)


def test_alpha_is_kept(apply: Apply) -> None:
    alpha = np.tile(np.arange(192, dtype=np.uint8), (160, 1))
    polished = apply(RestrainedPolish, with_alpha(photograph(), alpha), Polish(True)).pixels
    assert np.array_equal(polished[:, :, 3], alpha)


def _detail(picture: np.ndarray) -> float:
    return float(np.abs(cv2.Laplacian(picture, cv2.CV_32F)).mean())
