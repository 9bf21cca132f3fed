"""What is above the mouth goes, whoever finds the face."""

import numpy as np
import pytest

from photomill.components import EditOperation
from photomill.editing.parameters import IdentityCrop
from photomill.errors import InvalidInput
from photomill.images.raster import Raster
from photomill_faces.faces import Face, Landmarks
from photomill_privacy import HaarIdentityCrop, MtcnnIdentityCrop
from photomill_privacy.identity_crop import LITTLE_LEFT, NO_FACE, TURNED, first_row

from .conftest import Apply
from .scenes import portrait, wall

BOTH = pytest.mark.parametrize("operation", [MtcnnIdentityCrop, HaarIdentityCrop])


@BOTH
@pytest.mark.parametrize("size", [(300, 400), (900, 1200)])
def test_the_cut_is_between_nose_and_lips(
    apply: Apply, operation: type[EditOperation], size: tuple[int, int]
) -> None:
    given = portrait(*size)
    after, notes = apply(operation, Raster.from_pixels(given.rgb), IdentityCrop(True))
    cut = given.rgb.shape[0] - after.height
    assert given.nose < cut < given.lips + 0.02 * given.rgb.shape[0]
    assert cut > given.eyes
    assert np.array_equal(after.pixels, given.rgb[cut:])
    assert notes == []


@BOTH
def test_of_several_faces_the_lowest_counts(apply: Apply, operation: type[EditOperation]) -> None:
    high, low = portrait(300, 300), portrait(300, 300)
    lower = np.vstack([wall(100, 300), low.rgb])
    both = np.hstack([np.vstack([high.rgb, wall(100, 300)]), lower])
    after, _ = apply(operation, Raster.from_pixels(both), IdentityCrop(True))
    assert both.shape[0] - after.height > 100 + low.nose


@BOTH
def test_without_a_face_nothing_is_cut(apply: Apply, operation: type[EditOperation]) -> None:
    for pixels in (wall(), wall(1, 1), wall(3, 400), np.zeros((200, 300, 3), np.uint8)):
        after, notes = apply(operation, Raster.from_pixels(pixels), IdentityCrop(True))
        assert np.array_equal(after.pixels, pixels)
        assert notes == [NO_FACE]


@BOTH
def test_opacity_is_kept(apply: Apply, operation: type[EditOperation]) -> None:
    given = portrait()
    alpha = np.full((*given.rgb.shape[:2], 1), 128, np.uint8)
    after, _ = apply(
        operation, Raster.from_pixels(np.dstack([given.rgb, alpha])), IdentityCrop(True)
    )
    assert after.height < given.rgb.shape[0]
    assert (after.pixels[:, :, 3] == 128).all()


def test_a_large_picture_is_looked_at_in_small(apply: Apply) -> None:
    given = portrait(3000, 4000)
    after, _ = apply(MtcnnIdentityCrop, Raster.from_pixels(given.rgb), IdentityCrop(True))
    assert given.nose < 3000 - after.height < given.lips + 60


def test_that_little_is_left_is_said(apply: Apply) -> None:
    given = portrait()
    above = given.rgb[: round(given.lips) + 8]
    _, notes = apply(MtcnnIdentityCrop, Raster.from_pixels(above), IdentityCrop(True))
    assert notes == [LITTLE_LEFT]


def test_both_eyes_of_a_tilted_face_are_cut_away() -> None:
    marks = Landmarks((10, 30), (40, 62), (20, 55), (5, 60), (25, 80))
    face = Face(0, 0, 50, 100, landmarks=marks)
    assert face.above_mouth() > 62


def test_something_is_always_left() -> None:
    assert first_row([Face(0, 50, 50, 400)], 100) == 99
    assert first_row([Face(0, -500, 50, -400)], 100) == 0


@BOTH
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_faces_are_found_in_four_turns(
    apply: Apply, operation: type[EditOperation], turns: int
) -> None:
    given = portrait()
    upright, _ = apply(operation, Raster.from_pixels(given.rgb), IdentityCrop(True))
    turned = np.rot90(given.rgb, turns).copy()
    after, notes = apply(operation, Raster.from_pixels(turned), IdentityCrop(True))
    assert np.array_equal(after.pixels, np.rot90(upright.pixels, turns))
    assert notes == [TURNED]


@BOTH
def test_in_strict_mode_an_image_without_a_face_is_an_error(
    apply: Apply, operation: type[EditOperation]
) -> None:
    with pytest.raises(InvalidInput, match="no face"):
        apply(operation, Raster.from_pixels(wall()), IdentityCrop(True, strict=True))
