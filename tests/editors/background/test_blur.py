"""Blurring a known background: the subject stays, and nothing of it is smeared."""

from typing import Literal, get_args

import numpy as np
import pytest

from photomill.editing.parameters import BlurBackground
from photomill.images.raster import Raster
from photomill_background import SubjectSafeBlur
from photomill_background.transparency import CutOut, PartlyTransparent

from .conftest import Apply
from .scenes import gradient, plain, scene, textured, with_alpha

Kind = Literal["regular", "lens"]
Level = Literal["off", "low", "medium", "high"]
LEVELS: tuple[Level, ...] = get_args(Level)
KINDS = [(kind, level) for kind in get_args(Kind) for level in LEVELS[1:]]
FOLIAGE = scene(textured())


@pytest.mark.parametrize(("kind", "level"), KINDS)
def test_the_subject_is_not_touched(apply: Apply, kind: Kind, level: Level) -> None:
    after = apply(
        SubjectSafeBlur, with_alpha(FOLIAGE.rgb, FOLIAGE.alpha), BlurBackground(kind, level)
    )
    opaque = FOLIAGE.alpha == 255
    assert after.bands == 3
    assert np.array_equal(after.pixels[opaque], FOLIAGE.rgb[opaque])


@pytest.mark.parametrize(("kind", "level"), KINDS)
def test_no_halo_of_the_subject_surrounds_it(apply: Apply, kind: Kind, level: Level) -> None:
    """A background of one colour looks the same blurred, right up to the subject."""
    given = scene(plain(level=128))
    after = apply(SubjectSafeBlur, with_alpha(given.rgb, given.alpha), BlurBackground(kind, level))
    outside = given.alpha == 0
    difference = np.abs(after.pixels.astype(int) - 128)[outside]
    assert difference.max() <= 5
    assert difference.mean() < 0.6


@pytest.mark.parametrize(("kind", "level"), KINDS)
def test_light_is_kept(apply: Apply, kind: Kind, level: Level) -> None:
    """A slow gradient is hardly changed by a blur whose weights add up to 1."""
    given = scene(gradient())
    after = apply(SubjectSafeBlur, with_alpha(given.rgb, given.alpha), BlurBackground(kind, level))
    inner = np.s_[30:-30, 30:-30]
    outside = (given.alpha == 0)[inner]
    assert np.abs(after.pixels.astype(int) - given.ground)[inner][outside].mean() < 2


@pytest.mark.parametrize("kind", ["regular", "lens"])
def test_higher_levels_blur_more(apply: Apply, kind: Kind) -> None:
    raster = with_alpha(FOLIAGE.rgb, FOLIAGE.alpha)
    left = np.s_[:, :80]
    detail = [
        apply(SubjectSafeBlur, raster, BlurBackground(kind, level)).rgb[left][:, :, 1].std()
        for level in LEVELS
    ]
    assert detail == sorted(detail, reverse=True)
    assert detail[1] < 0.8 * detail[0]
    assert detail[3] < 0.5 * detail[0]


def test_a_lens_makes_discs_of_lights(apply: Apply) -> None:
    dark = plain(400, 400, 10)
    dark[200, 200] = dark[200, 201] = dark[201, 200] = dark[201, 201] = 255
    alpha = np.zeros((400, 400), np.uint8)
    alpha[:4, :4] = 255
    after = apply(SubjectSafeBlur, with_alpha(dark, alpha), BlurBackground("lens", "high"))
    profile = after.pixels[200, :, 0].astype(int)
    inside, outside = profile[200 - 12 : 200 + 13], profile[[160, 240]]
    assert inside.min() > outside.max()
    assert np.ptp(inside) <= 4


def test_what_is_near_the_subject_is_blurred_less_by_a_lens(apply: Apply) -> None:
    given = scene(textured(400, 700), blob=False)
    after = apply(
        SubjectSafeBlur, with_alpha(given.rgb, given.alpha), BlurBackground("lens", "medium")
    )
    beside = after.pixels[180:220, 210:226].std()
    away = after.pixels[180:220, 20:36].std()
    assert beside > away


@pytest.mark.parametrize("kind", ["regular", "lens"])
def test_without_a_background_there_is_nothing_to_blur(apply: Apply, kind: Kind) -> None:
    rgb = textured(30, 40)
    asked = BlurBackground(kind, "high")
    for raster in (Raster.from_pixels(rgb), with_alpha(rgb, np.full((30, 40), 255, np.uint8))):
        assert np.array_equal(apply(SubjectSafeBlur, raster, asked).pixels, rgb)


@pytest.mark.parametrize("kind", ["regular", "lens"])
def test_a_background_alone_is_blurred(apply: Apply, kind: Kind) -> None:
    rgb = textured(60, 80)
    raster = with_alpha(rgb, np.zeros((60, 80), np.uint8))
    after = apply(SubjectSafeBlur, raster, BlurBackground(kind, "high"))
    assert after.pixels.std() < rgb.std()
    assert np.abs(after.pixels.mean(axis=(0, 1)) - rgb.mean(axis=(0, 1))).max() < 4


def test_a_cut_out_has_no_background_to_blur(apply: Apply) -> None:
    own = CutOut.from_pixels(with_alpha(FOLIAGE.subject, FOLIAGE.alpha).pixels)
    notes: list[str] = []
    after = apply(SubjectSafeBlur, own, BlurBackground("regular", "low"), notes=notes)
    assert np.array_equal(after.pixels, own.pixels)
    assert notes == ["what is transparent cannot be blurred: it stays as it is"]


def test_a_transparency_beside_the_subject_stays(apply: Apply) -> None:
    opacity = np.full(FOLIAGE.alpha.shape, 255, np.uint8)
    opacity[:20, :30] = 100
    holed = PartlyTransparent.of(with_alpha(FOLIAGE.rgb, opacity), FOLIAGE.alpha)
    after = apply(SubjectSafeBlur, holed, BlurBackground("regular", "high"))
    assert np.array_equal(after.pixels[:, :, 3], opacity)
    assert np.array_equal(after.rgb[FOLIAGE.alpha == 255], FOLIAGE.rgb[FOLIAGE.alpha == 255])
