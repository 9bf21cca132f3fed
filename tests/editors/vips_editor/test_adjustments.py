"""Tone, HDR and sharpness: what they promise of colours and edges."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from photomill.components import EditOperation
from photomill.editing.parameters import Hdr, Resize, Sharpness, Tone
from photomill.images.raster import Raster, RasterPixels
from photomill.testing.sample_images import noise
from photomill_vips_editor import LocalHdr, LumaSharpness, TableTone, VipsResizing

Apply = Callable[[type[EditOperation], Any, Any], Raster]

_GREYS = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(16, 16, 3)


@pytest.mark.parametrize(
    ("kind", "asked"), [(TableTone, Tone()), (LocalHdr, Hdr(0, True)), (LumaSharpness, Sharpness())]
)
def test_zero_is_the_identity_bit_for_bit(
    apply: Apply, kind: type[EditOperation], asked: Any
) -> None:
    assert np.array_equal(apply(kind, noise(50, 40), asked).pixels, noise(50, 40))


def test_exposure_doubles_the_light_of_a_stop(apply: Apply) -> None:
    dark = np.full((4, 4, 3), 80, np.uint8)
    for exposure, gain in ((50, 2), (-50, 0.5)):
        found = apply(TableTone, dark, Tone(exposure=exposure)).pixels
        assert _light(found).mean() == pytest.approx(gain * _light(dark).mean(), rel=0.02)


@pytest.mark.parametrize("tone", [Tone(100), Tone(-100), Tone(0, 100), Tone(60, 80), Tone(0, -60)])
def test_greys_keep_their_order_and_stay_grey(apply: Apply, tone: Tone) -> None:
    found = apply(TableTone, _GREYS, tone).pixels.reshape(256, 3).astype(int)
    assert (found == found[:, :1]).all()
    assert (np.diff(found[:, 0]) >= 0).all()


@pytest.mark.parametrize("tone", [Tone(100), Tone(0, 100), Tone(100, 100, 100)])
def test_black_stays_black_and_white_white(apply: Apply, tone: Tone) -> None:
    found = apply(TableTone, _GREYS, tone).pixels
    assert (found[0, 0] <= 1).all()
    assert (found[-1, -1] >= 254).all()


def test_brightening_keeps_what_is_in_the_highlights(apply: Apply) -> None:
    found = apply(TableTone, _GREYS, Tone(100)).pixels.reshape(256, 3)[:, 0]
    assert len(np.unique(found[200:])) > 15


def test_contrast_spreads_around_the_mean(apply: Apply) -> None:
    before = np.clip(noise(64, 64) // 2 + 60, 0, 255).astype(np.uint8)
    more = apply(TableTone, before, Tone(contrast=50)).pixels
    less = apply(TableTone, before, Tone(contrast=-50)).pixels
    assert less.std() < 0.6 * before.std() < 1.3 * before.std() < more.std()
    assert abs(float(more.mean()) - before.mean()) < 12
    assert abs(float(less.mean()) - before.mean()) < 12


def test_no_saturation_is_grey(apply: Apply) -> None:
    found = apply(TableTone, noise(60, 40), Tone(saturation=-100)).pixels.astype(int)
    assert (found.max(axis=2) - found.min(axis=2)).max() <= 2


def test_saturation_leaves_greys_and_raises_pale_colours_most(apply: Apply) -> None:
    greys = apply(TableTone, _GREYS, Tone(saturation=60)).pixels.astype(int)
    assert np.abs(greys - _GREYS).max() <= 1
    pale, vivid = np.full((2, 2, 3), (150, 130, 120), np.uint8), np.zeros((2, 2, 3), np.uint8)
    vivid[..., 0] = 230
    raised = [apply(TableTone, each, Tone(saturation=50)).pixels for each in (pale, vivid)]
    assert _spread(raised[0]) > 1.3 * _spread(pale)
    assert _spread(raised[1]) < 1.12 * _spread(vivid)


def test_the_table_is_as_good_as_the_exact_curve(apply: Apply) -> None:
    """With saturation there are 33 nodes a channel; without there is a value for each level."""
    exact = apply(TableTone, _GREYS, Tone(30, 40)).pixels.astype(int)
    nodes = apply(TableTone, _GREYS, Tone(30, 40, 1)).pixels.astype(int)
    assert np.abs(exact - nodes).max() <= 2


def test_alpha_is_not_toned(apply: Apply) -> None:
    picture = np.dstack([noise(40, 30), noise(40, 30, 1)[:, :, 0]])
    for tone in (Tone(50), Tone(0, 50), Tone(20, 20, 20)):
        found = apply(TableTone, picture, tone).pixels
        assert np.array_equal(found[:, :, 3], picture[:, :, 3])


def test_what_is_shrunk_next_looks_the_same_toned_before_or_after(apply: Apply) -> None:
    rows, columns = np.mgrid[0:120, 0:160]
    smooth = np.stack([rows * 2, columns, 255 - columns], axis=-1).astype(np.uint8)
    tone, small = Tone(30, 20, 20), Resize(80, 60)
    fused = apply(VipsResizing, apply(TableTone, smooth, tone), small).pixels.astype(int)
    toned = Raster.from_pixels(apply(TableTone, smooth, tone).pixels)
    assert np.abs(fused - apply(VipsResizing, toned, small).pixels).max() <= 3


@pytest.mark.parametrize(("kind", "asked"), [(LocalHdr, Hdr(90)), (LumaSharpness, Sharpness(90))])
def test_rows_that_are_alike_stay_alike(
    apply: Apply, kind: type[EditOperation], asked: Any
) -> None:
    rows = np.repeat(noise(200, 1), 700, axis=0)
    found = apply(kind, rows, asked).pixels.astype(int)
    assert np.abs(found - found[:1]).max() <= 1


def test_hdr_lifts_shadows_and_lowers_highlights(apply: Apply) -> None:
    halves = np.full((200, 300, 3), 50, np.uint8)
    halves[:, 150:] = 210
    found = apply(LocalHdr, halves, Hdr(100)).pixels.astype(int)
    assert found[100, 50, 0] > 60
    assert found[100, 250, 0] < 208
    little = apply(LocalHdr, halves, Hdr(20)).pixels.astype(int)
    assert 50 < little[100, 50, 0] < found[100, 50, 0]


def test_hdr_draws_no_halo_along_an_edge(apply: Apply) -> None:
    halves = np.full((200, 300, 3), 50, np.uint8)
    halves[:, 150:] = 210
    found = apply(LocalHdr, halves, Hdr(100)).pixels[100, :, 0].astype(int)
    assert np.ptp(found[:148]) <= 8
    assert np.ptp(found[152:]) <= 8


def test_hdr_is_the_same_at_every_size(apply: Apply) -> None:
    large = apply(VipsResizing, noise(12, 9), Resize(1600, 1200)).pixels
    small = apply(VipsResizing, large, Resize(800, 600))
    first = apply(LocalHdr, small, Hdr(80)).pixels.astype(int)
    second = apply(VipsResizing, apply(LocalHdr, large, Hdr(80)), Resize(800, 600)).pixels
    assert np.abs(first - second).mean() < 1


@pytest.mark.parametrize("width", [400, 1531])
def test_the_border_of_a_panorama_is_like_any_other_column(apply: Apply, width: int) -> None:
    """Wherever the circle is cut open, the result is the same."""
    angle = np.linspace(0, 2 * np.pi, width, endpoint=False)
    light = 128 + 80 * np.sin(angle) + 30 * np.sin(9 * angle)
    panorama = np.repeat(np.tile(light, (width // 2, 1))[:, :, np.newaxis], 3, axis=2)
    panorama = panorama.astype(np.uint8)
    turned = np.roll(panorama, width // 2, axis=1)
    stitched = apply(LocalHdr, panorama, Hdr(100, stitching=True)).pixels.astype(int)
    other = apply(LocalHdr, turned, Hdr(100, stitching=True)).pixels.astype(int)
    assert np.abs(np.roll(stitched, width // 2, axis=1) - other).max() <= 2
    cut = apply(LocalHdr, turned, Hdr(100)).pixels.astype(int)
    opened = apply(LocalHdr, panorama, Hdr(100)).pixels.astype(int)
    assert np.abs(np.roll(opened, width // 2, axis=1) - cut).max() > 2


def test_sharpness_steepens_edges_within_bounds(apply: Apply) -> None:
    halves = np.full((100, 100, 3), 90, np.uint8)
    halves[:, 50:] = 160
    found = apply(LumaSharpness, halves, Sharpness(100)).pixels.astype(int)
    assert found[50, 49, 0] < 90 < 160 < found[50, 50, 0]
    assert found.min() >= 90 - 40
    assert found.max() <= 160 + 40
    assert (found[:, :40] == 90).all()


def test_sharpness_grows_with_its_amount(apply: Apply) -> None:
    # Faint enough that nothing is clipped.
    soft = apply(VipsResizing, 64 + noise(80, 60) // 2, Resize(200, 150)).pixels
    steepness = []
    for amount in (0, 20, 60, 100):
        sharp = apply(LumaSharpness, soft, Sharpness(amount)).pixels.astype(int)
        steepness.append(float(np.abs(np.diff(sharp, axis=1)).mean()))
    assert steepness == sorted(set(steepness))


def test_sharpness_takes_small_noise_for_noise(apply: Apply) -> None:
    plain = (128 + noise(60, 60) % 2).astype(np.uint8)
    assert np.abs(apply(LumaSharpness, plain, Sharpness(100)).pixels.astype(int) - plain).max() <= 1


def test_what_is_invisible_draws_no_edge(apply: Apply) -> None:
    picture = np.full((60, 60, 4), 200, np.uint8)
    picture[:, 30:] = (0, 0, 0, 0)
    picture[:, :30, 3] = 255
    found = apply(LumaSharpness, picture, Sharpness(100)).pixels
    assert np.array_equal(found[:, :30], picture[:, :30])


def _light(pixels: RasterPixels) -> Any:
    coded = pixels / 255
    return np.where(coded > 0.04045, ((coded + 0.055) / 1.055) ** 2.4, coded / 12.92)


def _spread(pixels: RasterPixels) -> float:
    return float((pixels.max(axis=2).astype(int) - pixels.min(axis=2)).mean())
