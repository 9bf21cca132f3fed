"""Finding the foreground: the mask against the known one, and what happens where there is none."""

from collections.abc import Sequence

import numpy as np
import pytest

from photomill.components import EditOperation
from photomill.editing.parameters import FindForeground
from photomill.images.raster import Raster, RasterPixels

from .conftest import Apply
from .scenes import gradient, overlap, plain, scene, shadowed, textured, with_alpha

GROUNDS = {
    "white": plain(),
    "grey": plain(level=128),
    "gradient": gradient(),
    "shadow": shadowed(),
    "foliage": textured(),
}
ALL = FindForeground(True)


@pytest.mark.parametrize("name", GROUNDS)
def test_the_subject_is_found(apply: Apply, finder: EditOperation, name: str) -> None:
    given = scene(GROUNDS[name])
    found = apply(finder, Raster.from_pixels(given.rgb), ALL)
    assert overlap(found.pixels[:, :, 3], given.alpha) > 0.97


@pytest.mark.parametrize("name", ["white", "gradient", "foliage"])
def test_edges_are_crisp_and_in_their_place(apply: Apply, finder: EditOperation, name: str) -> None:
    """Within three pixels of the true border alpha is right all but a little; beyond, it is 0 or 255."""
    given = scene(GROUNDS[name])
    alpha = apply(finder, Raster.from_pixels(given.rgb), ALL).pixels[:, :, 3]
    band = _near_border(given.alpha, 3)
    assert np.abs(alpha.astype(int) - given.alpha)[band].mean() < 25
    beyond = ~_near_border(given.alpha, 8)
    assert np.isin(alpha[beyond], (0, 255)).mean() > 0.99
    assert np.array_equal(alpha[beyond] > 127, given.alpha[beyond] > 127)


def test_the_border_is_as_fine_as_a_large_picture(apply: Apply, finder: EditOperation) -> None:
    given = scene(gradient(1500, 2000))
    alpha = apply(finder, Raster.from_pixels(given.rgb), ALL).pixels[:, :, 3]
    assert overlap(alpha, given.alpha) > 0.99
    assert np.abs(alpha.astype(int) - given.alpha)[_near_border(given.alpha, 3)].mean() < 40


def test_colours_stay(apply: Apply, finder: EditOperation) -> None:
    given = scene(gradient())
    found = apply(finder, Raster.from_pixels(given.rgb), ALL)
    assert np.array_equal(found.rgb, given.rgb)


@pytest.mark.parametrize("category", ["cars", "products"])
def test_a_category_does_no_harm(apply: Apply, finder: EditOperation, category: str) -> None:
    given = scene(plain())
    found = apply(finder, Raster.from_pixels(given.rgb), FindForeground(True, category))  # type: ignore[arg-type]
    assert overlap(found.pixels[:, :, 3], given.alpha) > 0.97


# ------------------------------------------------------------ nothing found


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 2), (200, 300)])
def test_where_nothing_is_found_the_picture_stays(
    apply: Apply, finder: EditOperation, level: int, size: tuple[int, int]
) -> None:
    before = Raster.from_pixels(plain(*size, level))
    notes: list[str] = []
    after = apply(finder, before, ALL, notes=notes)
    assert np.array_equal(after.pixels, before.pixels)
    assert notes == ["no foreground was found: the background stays"]


@pytest.mark.parametrize("size", [(8, 1000), (1000, 8), (40, 2000)])
def test_extreme_shapes_give_a_picture(
    apply: Apply, finder: EditOperation, size: tuple[int, int]
) -> None:
    pixels = textured(*size)
    after = apply(finder, Raster.from_pixels(pixels), ALL)
    assert (after.height, after.width) == size
    alpha = after.alpha
    assert alpha is None or (alpha > 127).any()


def test_transparency_that_is_there_is_used(apply: Apply, finder: EditOperation) -> None:
    given = scene(textured())
    before = with_alpha(given.rgb, given.alpha)
    notes: list[str] = []
    after = apply(finder, before, ALL, notes=notes)
    assert np.array_equal(after.pixels, before.visible().pixels)
    assert "own transparency" in notes[0]


def test_transparency_that_is_no_background_stays_beside_what_is_found(
    apply: Apply, finder: EditOperation
) -> None:
    given = scene(plain())
    opacity = np.full(given.alpha.shape, 255, np.uint8)
    opacity[:10, :10] = 0
    after = apply(finder, with_alpha(given.rgb, opacity), ALL)
    assert overlap(after.pixels[:, :, 3], given.alpha) > 0.97
    own = apply(finder, with_alpha(given.rgb, opacity), FindForeground(True, use_alpha=True))
    assert np.array_equal(own.pixels[:, :, 3], opacity)


def test_a_picture_without_transparency_is_all_foreground_where_its_own_is_asked_for(
    apply: Apply, finder: EditOperation
) -> None:
    notes: list[str] = []
    before = Raster.from_pixels(scene(plain()).rgb)
    after = apply(finder, before, FindForeground(True, use_alpha=True), notes=notes)
    assert np.array_equal(after.pixels, before.pixels)
    assert notes == ["the image has no transparency of its own: all of it is kept"]


def test_transparency_that_says_nothing_is_not(apply: Apply, finder: EditOperation) -> None:
    given = scene(plain())
    before = with_alpha(given.rgb, np.full(given.alpha.shape, 255, np.uint8))
    after = apply(finder, before, ALL)
    assert overlap(after.pixels[:, :, 3], given.alpha) > 0.97


# ------------------------------------------------------------ by words


def test_without_a_text_model_the_main_object_is_kept(apply: Apply, finder: EditOperation) -> None:
    before = Raster.from_pixels(scene(plain()).rgb)
    notes: list[str] = []
    asked = FindForeground(True, object_to_keep="the orange one")
    after = apply(finder, before, asked, notes=notes)
    assert np.array_equal(after.pixels, apply(finder, before, ALL).pixels)
    assert "no text model" in notes[0]


@pytest.mark.parametrize(("wanted", "channel"), [("the red one", 0), ("the blue one", 2)])
def test_of_several_objects_the_one_that_fits_is_kept(
    apply: Apply, finder: EditOperation, wanted: str, channel: int
) -> None:
    rgb, masks = _two_discs()
    asked: list[str] = []

    def rank(text: str, regions: Sequence[RasterPixels]) -> list[float]:
        asked.append(text)
        others = [each for each in range(3) if each != channel]
        return [
            float(np.mean(each[:, :, channel] - each[:, :, others].astype(float).max(axis=-1)))
            for each in regions
        ]

    after = apply(
        finder,
        Raster.from_pixels(rgb),
        FindForeground(True, object_to_keep=wanted),
        rank_regions=rank,
    )
    kept, dropped = (masks[each] for each in ((0, 2) if channel == 0 else (2, 0)))
    assert asked == [wanted]
    assert (after.pixels[:, :, 3][kept] > 127).mean() > 0.95
    assert (after.pixels[:, :, 3][dropped] > 127).mean() < 0.05


def _two_discs() -> tuple[RasterPixels, dict[int, np.ndarray]]:
    rgb = plain(300, 500)
    rows, columns = np.mgrid[0:300, 0:500]
    masks = {
        0: np.hypot(rows - 150, columns - 150) < 70,
        2: np.hypot(rows - 150, columns - 350) < 70,
    }
    rgb[masks[0]] = (200, 30, 30)
    rgb[masks[2]] = (30, 40, 200)
    return rgb, masks


def _near_border(alpha: RasterPixels, reach: int) -> np.ndarray:
    inside = alpha > 127
    near = np.zeros(inside.shape, np.bool_)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            near |= np.roll(inside, (down, right), (0, 1)) != inside
    return near
