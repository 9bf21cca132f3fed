"""Removing a known background: clean colours in soft edges, and clipping."""

import numpy as np
import pytest

from photomill.editing.parameters import RemoveBackground
from photomill.images.raster import Raster
from photomill_background import CleanRemoval
from photomill_background.transparency import CutOut

from .conftest import Apply
from .scenes import Scene, gradient, plain, scene, textured, with_alpha

SCENES = {"plain": scene(plain()), "gradient": scene(gradient()), "foliage": scene(textured())}


def _composited(raster: Raster, ground: tuple[int, int, int]) -> np.ndarray:
    opacity = raster.pixels[:, :, 3:] / 255
    return raster.rgb * opacity + np.array(ground) * (1 - opacity)


def _soft(given: Scene) -> np.ndarray:
    return (given.alpha > 12) & (given.alpha < 243)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("ground", [(0, 0, 0), (255, 255, 255), (0, 80, 255)])
def test_no_fringe_of_the_old_background_is_left(
    apply: Apply, name: str, ground: tuple[int, int, int]
) -> None:
    """Over another ground, soft edges look as if the subject had been there all the time."""
    given = SCENES[name]
    raster = with_alpha(given.rgb, given.alpha)
    ideal = _composited(with_alpha(given.subject, given.alpha), ground)
    cleaned = _composited(apply(CleanRemoval, raster, RemoveBackground(True)), ground)
    fringed = _composited(raster, ground)
    edge = _soft(given)
    error, before = (np.abs(each - ideal)[edge].mean() for each in (cleaned, fringed))
    assert error < 4
    assert error < before / 4


def test_alpha_and_opaque_pixels_stay(apply: Apply) -> None:
    given = SCENES["foliage"]
    after = apply(CleanRemoval, with_alpha(given.rgb, given.alpha), RemoveBackground(True))
    opaque = given.alpha == 255
    assert np.array_equal(after.pixels[:, :, 3], given.alpha)
    assert np.array_equal(after.rgb[opaque], given.rgb[opaque])


def test_nothing_of_the_background_hides_behind_transparency(apply: Apply) -> None:
    given = SCENES["foliage"]
    after = apply(CleanRemoval, with_alpha(given.rgb, given.alpha), RemoveBackground(True))
    corner = np.s_[:40, :40]
    assert not after.pixels[corner].any()


def test_large_pictures_have_no_seams(apply: Apply) -> None:
    """They are worked on in tiles."""
    given = scene(gradient(700, 1300))
    raster = with_alpha(given.rgb, given.alpha)
    whole = apply(CleanRemoval, raster, RemoveBackground(True))
    shifted = Raster.from_pixels(raster.pixels[100:, 130:])
    part = apply(CleanRemoval, shifted, RemoveBackground(True))
    visible = shifted.pixels[:, :, 3] > 0
    difference = np.abs(whole.rgb[100:, 130:].astype(int) - part.rgb)[visible]
    assert difference.max() <= 1


def test_colours_of_a_picture_with_its_own_transparency_are_its_own(apply: Apply) -> None:
    given = SCENES["plain"]
    own = CutOut.from_pixels(with_alpha(given.subject, given.alpha).pixels)
    after = apply(CleanRemoval, own, RemoveBackground(True))
    assert np.array_equal(after.rgb, given.subject)


def test_clipping_keeps_just_what_can_be_seen(apply: Apply) -> None:
    given = SCENES["plain"]
    after = apply(
        CleanRemoval, with_alpha(given.rgb, given.alpha), RemoveBackground(True, clipping=True)
    )
    visible = given.alpha > 12
    rows, columns = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
    assert (after.height, after.width) == (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1)
    seen = after.pixels[:, :, 3] > 12
    assert all(side.any() for side in (seen[0], seen[-1], seen[:, 0], seen[:, -1]))


def test_clipping_of_a_picture_without_anything_keeps_it(apply: Apply) -> None:
    blank = with_alpha(plain(20, 30), np.zeros((20, 30), np.uint8))
    after = apply(CleanRemoval, blank, RemoveBackground(True, clipping=True))
    assert (after.height, after.width) == (20, 30)


def test_a_picture_without_alpha_stays_as_it_is(apply: Apply) -> None:
    before = Raster.from_pixels(textured())
    assert apply(CleanRemoval, before, RemoveBackground(True, clipping=True)) is before
