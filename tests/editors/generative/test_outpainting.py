"""Outpainting keeps the contract, leaves the image as it is, and goes on as the image does."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomill.components import EditOperation, NoOptions
from photomill.editing.parameters import Outpaint
from photomill.images.raster import Raster, RasterPixels
from photomill.testing import EditOperationContract
from photomill.testing.editor import Edit, context_of, draw_image, edited
from photomill_generative import Outpainting

Open = Callable[..., EditOperation]


class TestOutpainting(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(Outpainting), Outpaint(110, 90, 20, 10)


def outpainted(pixels: RasterPixels, parameters: Outpaint) -> RasterPixels:
    return edited(Outpainting(NoOptions()), Raster.from_pixels(pixels), parameters).pixels


def sky(height: int, width: int) -> RasterPixels:
    rows, columns = np.mgrid[0:height, 0:width]
    levels = np.stack([60 + rows / 2, 120 + rows / 3 + columns / 10, 220 - columns / 8], axis=-1)
    return levels.round().astype(np.uint8)


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.tuples(*[st.integers(0, 30)] * 4),
    st.floats(0, 60),
)
@settings(max_examples=40)
def test_the_picture_itself_stays(
    height: int, width: int, around: tuple[int, int, int, int], feathering: float
) -> None:
    left, right, top, bottom = around
    before = draw_image(height, width).pixels
    ground = Outpaint(left + width + right, top + height + bottom, left, top, feathering)
    after = outpainted(before, ground)
    assert after.shape == (top + height + bottom, left + width + right, 3)
    assert np.array_equal(after[top : top + height, left : left + width], before)


@pytest.mark.parametrize("feathering", [0, 15])
def test_an_even_border_goes_on_evenly(feathering: float) -> None:
    whole = sky(200, 300)
    before = whole[40:160, 50:250].copy()
    before[30:90, 60:140] = (250, 20, 20)
    after = outpainted(before, Outpaint(300, 200, 50, 40, feathering)).astype(int)
    outside = np.ones((200, 300), bool)
    outside[40:160, 50:250] = False
    assert np.abs(after - whole)[outside].max() <= 2


def test_a_white_ground_stays_white() -> None:
    before = np.full((60, 60, 3), 255, np.uint8)
    before[20:40, 20:40] = (10, 90, 160)
    after = outpainted(before, Outpaint(160, 60, 50, 0))
    assert (after[:, :50] == 255).all()
    assert (after[:, 110:] == 255).all()


def test_what_is_shown_is_not_shown_twice() -> None:
    generator = np.random.default_rng(1)
    before = np.clip(generator.normal(90, 25, (120, 160, 3)), 0, 255).astype(np.uint8)
    before[40:80, 60:100] = (230, 30, 30)
    after = outpainted(before, Outpaint(300, 120, 70, 0)).astype(int)
    red = (after[:, :, 0] > 180) & (after[:, :, 1] < 80)
    assert red[:, 130:170].sum() == 40 * 40
    assert red.sum() < 1.02 * 40 * 40


def test_a_texture_goes_on_as_rough_as_it_is() -> None:
    generator = np.random.default_rng(2)
    blocks = generator.normal(120, 40, (40, 50, 1)).repeat(4, 0).repeat(4, 1)
    before = np.clip(blocks + np.array([0, 10, -20]), 0, 255).astype(np.uint8)
    after = outpainted(before, Outpaint(360, 160, 80, 0)).astype(float)
    assert 0.7 < after[:, :80].std() / before.std() < 1.3
    assert np.abs(after[:, :80].mean((0, 1)) - before.mean((0, 1))).max() < 15


def test_stripes_stay_level() -> None:
    rows = np.arange(120)
    before = np.zeros((120, 160, 3), np.uint8)
    before[rows % 40 < 20] = (200, 180, 60)
    before[:, ::16] //= 2
    after = outpainted(before, Outpaint(260, 120, 50, 0)).astype(int)
    light = after[:, :, 0] > 80
    expected = np.broadcast_to((rows % 40 < 20)[:, None], light.shape)
    assert (light == expected).mean() > 0.93


def test_the_same_shape_invents_nothing() -> None:
    before = draw_image(30, 40)
    assert np.array_equal(outpainted(before.pixels, Outpaint(40, 30)), before.pixels)


def test_a_transparent_border_stays_transparent() -> None:
    before = np.zeros((40, 40, 4), np.uint8)
    before[10:30, 10:30] = (200, 50, 50, 255)
    after = outpainted(before, Outpaint(80, 40, 20, 0))
    assert (after[:, :20, 3] == 0).all()
    assert (after[:, 60:, 3] == 0).all()


def test_what_was_done_is_noted(open_component: Open) -> None:
    operation = open_component(Outpainting)
    for pixels, notes in ((draw_image(60, 80).pixels, 1), (sky(60, 80), 0)):
        raster = Raster.from_pixels(pixels)
        context = context_of(raster)
        operation.apply(raster, Outpaint(120, 60, 20, 0), context)
        assert len(context.notes) == notes


def beams(height: int, width: int) -> RasterPixels:
    """Things that the right border cuts through, each unlike the others; on the left the ground is even."""
    before = np.full((height, width, 3), 150, np.uint8)
    for number, colour in enumerate([(200, 40, 30), (20, 60, 190), (240, 230, 220), (15, 15, 15)]):
        row = 8 + number * height // 4
        before[row : row + 6 + 4 * number, width // 2 + 9 * number :] = colour
        before[row + 3 : row + 6, width - 20 + 4 * number :] = (90, 200, 90)
    return before


def test_what_pieces_would_break_fades_and_is_said(open_component: Open) -> None:
    raster = Raster.from_pixels(beams(140, 180))
    context = context_of(raster)
    operation = open_component(Outpainting)
    after = operation.apply(raster, Outpaint(230, 140, 0, 0), context).pixels.astype(float)
    assert [note for note in context.notes if note.startswith("faded to blurred edges (right)")]
    beside, far = after[:, 180:183], after[:, -10:]
    assert np.abs(np.diff(far, axis=0)).max() < 0.3 * np.abs(np.diff(beside, axis=0)).max()


def test_only_the_side_that_pieces_would_break_fades(open_component: Open) -> None:
    raster = Raster.from_pixels(beams(140, 180))
    context = context_of(raster)
    after = open_component(Outpainting).apply(raster, Outpaint(280, 140, 50, 0), context).pixels
    assert "(right)" in context.notes[0]
    assert np.abs(after[:, :40].astype(int) - 150).max() <= 12


def test_a_fade_meets_the_image() -> None:
    before = beams(140, 180)
    after = outpainted(before, Outpaint(230, 140, 0, 0)).astype(int)
    assert np.abs(after[:, 180] - before[:, -1]).mean() < 12


@pytest.mark.parametrize("name", ["chelsea", "coffee", "motorcycle_left", "rocket"])
def test_photographs_go_on_in_their_own_colours(name: str, photographs: Mapping[str, Path]) -> None:
    before = np.asarray(PIL.Image.open(photographs[name]).convert("RGB"))
    height, width = before.shape[:2]
    margin = width // 4
    after = outpainted(before, Outpaint(width + 2 * margin, height, margin, 0)).astype(float)
    for invented, beside in (
        (after[:, :margin], before[:, : margin // 3]),
        (after[:, margin + width :], before[:, -margin // 3 :]),
    ):
        assert np.abs(invented.mean((0, 1)) - beside.mean((0, 1))).max() < 30
