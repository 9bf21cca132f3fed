"""Windows and grounds."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from photomill.components import EditContext, EditOperation
from photomill.editing.parameters import Canvas, Resize, SmartCrop
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.testing.sample_images import encode, noise, quarters
from photomill_vips_editor import AttentionCrop, VipsCanvas, VipsResizing

Apply = Callable[[type[EditOperation], Any, Any], Raster]
Load = Callable[..., tuple[Raster, Origin]]


@pytest.mark.parametrize("place", [20, 150, 280])
def test_the_window_is_where_something_is(apply: Apply, place: int) -> None:
    scene = np.full((200, 400, 3), 120, np.uint8)
    scene[60:140, place : place + 80] = noise(80, 80) // 2 + np.array([128, 0, 0], np.uint8)
    found = apply(AttentionCrop, scene, SmartCrop(200, 200)).pixels
    assert found.shape == (200, 200, 3)
    kept = (found[:, :, 0] != 120).sum() / (scene[:, :, 0] != 120).sum()
    assert kept > 0.95


def test_a_window_may_be_cut_from_a_file_that_is_read_once(apply: Apply, load: Load) -> None:
    raster, _ = load(encode(noise(300, 200), "jpeg"), "jpeg")
    small = apply(VipsResizing, raster, Resize(150, 100))
    assert apply(AttentionCrop, small, SmartCrop(80, 100)).pixels.shape == (100, 80, 3)


def test_a_window_that_is_larger_than_the_picture_keeps_all(apply: Apply) -> None:
    found = apply(AttentionCrop, quarters(), SmartCrop(100, 20)).pixels
    assert found.shape == (20, 64, 3)


def test_it_says_that_it_finds_no_faces(open_component: Callable[..., Any]) -> None:
    operation: EditOperation = open_component(AttentionCrop)
    raster = Raster.from_pixels(quarters())
    context = EditContext(Origin("png", 64, 48))
    found = operation.apply(raster, SmartCrop(10, 10, "face"), context)
    assert (found.width, found.height) == (10, 10)
    assert any("face" in note for note in context.notes)


@pytest.mark.parametrize("bands", [3, 4])
def test_the_picture_is_on_an_opaque_ground(apply: Apply, bands: int) -> None:
    picture = np.dstack([quarters(), np.full((48, 64), 255, np.uint8)])[:, :, :bands]
    found = apply(VipsCanvas, np.ascontiguousarray(picture), Canvas(100, 90, 7, 5, (1, 2, 3, 255)))
    assert found.pixels.shape == (90, 100, 3)
    assert np.array_equal(found.pixels[5:53, 7:71], quarters())
    outside = np.ones((90, 100), bool)
    outside[5:53, 7:71] = False
    assert (found.pixels[outside] == (1, 2, 3)).all()


def test_a_transparent_ground_gives_the_picture_alpha(apply: Apply) -> None:
    found = apply(VipsCanvas, quarters(), Canvas(100, 90, 7, 5)).pixels
    assert found.shape == (90, 100, 4)
    assert (found[5:53, 7:71, 3] == 255).all()
    assert found[:, :, 3].sum() == 255 * 48 * 64


def test_an_opaque_colour_shows_through(apply: Apply) -> None:
    half = np.dstack([np.full((4, 4, 3), 200, np.uint8), np.full((4, 4), 128, np.uint8)])
    found = apply(VipsCanvas, half, Canvas(colour=(0, 100, 0, 255))).pixels
    assert found.shape == (4, 4, 3)
    assert np.abs(found[0, 0].astype(int) - (100, 150, 100)).max() <= 1


def test_what_is_outside_of_the_ground_is_cut_off(apply: Apply) -> None:
    found = apply(VipsCanvas, quarters(), Canvas(40, 30, 0, 0, (0, 0, 0, 255))).pixels
    assert np.array_equal(found, quarters()[:30, :40])
