"""The two editors do the same, within what their resampling and tables differ by."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import pyvips
from attrs import evolve

import photomill_pillow_editor as pillow_editor
import photomill_vips_editor as vips_editor
from photomill.components import EditContext, EditOperation, Encoder
from photomill.components.output import Automatic, Avif, Format, Jpeg, Output, Png, Webp
from photomill.editing.parameters import Canvas, Resize
from photomill.errors import InvalidInput
from photomill.images.formats import sniff
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.testing.editor import edited, translucent
from photomill.testing.sample_images import quarters

Open = Callable[..., Any]

CASES: list[tuple[type[EditOperation], type[EditOperation], Any, float]] = [
    (vips_editor.VipsResizing, pillow_editor.PillowResizing, Resize(97, 61), 1.0),
    (vips_editor.VipsResizing, pillow_editor.PillowResizing, Resize(61, 150, 3, 40, 50, 90), 1.0),
    (vips_editor.VipsCanvas, pillow_editor.PillowCanvas, Canvas(300, 200, 20, 9), 0.0),
    (
        vips_editor.VipsCanvas,
        pillow_editor.PillowCanvas,
        Canvas(300, 200, 20, 9, (250, 20, 30, 255)),
        0.5,
    ),
]
"""What does it with libvips, what with Pillow, and by how many levels the two may differ on average."""


def scene() -> Raster:
    """Make a soft landscape: a bright sky over hills, and a red disc."""
    rows, columns = np.mgrid[0:150, 0:220].astype(np.float64)
    sky = np.stack([120 + rows / 2, 160 + rows / 3, 230 - rows / 4], axis=-1)
    hills = np.stack([40 + columns / 8, 90 + 30 * np.sin(columns / 9), 30 + rows / 6], axis=-1)
    ground = rows > 80 + 15 * np.sin(columns / 25)
    pixels = np.where(ground[:, :, None], hills, sky)
    pixels[np.hypot(rows - 60, columns - 150) < 22] = (210, 40, 30)
    grain = np.random.default_rng(3).normal(0, 3, pixels.shape)
    return Raster.from_pixels((pixels + grain).clip(0, 255).astype(np.uint8))


def _difference(
    open_component: Open, case: tuple[type[EditOperation], type[EditOperation], Any], raster: Raster
) -> Any:
    vips, pillow, parameters = case
    first = edited(open_component(vips), raster, parameters).pixels.astype(np.int64)
    second = edited(open_component(pillow), raster, parameters).pixels
    assert first.shape == second.shape
    visible = second[:, :, 3:] > 8 if second.shape[2] == 4 else np.ones(second.shape, bool)
    return np.abs(first - second)[np.broadcast_to(visible, second.shape)].mean()


@pytest.mark.parametrize(("vips", "pillow", "parameters", "tolerance"), CASES)
@pytest.mark.parametrize("raster", [scene(), translucent(scene())], ids=["opaque", "translucent"])
def test_both_editors_agree(
    open_component: Open,
    vips: type[EditOperation],
    pillow: type[EditOperation],
    parameters: Any,
    tolerance: float,
    raster: Raster,
) -> None:
    assert _difference(open_component, (vips, pillow, parameters), raster) <= tolerance


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket"])
@pytest.mark.parametrize(("vips", "pillow", "parameters", "tolerance"), CASES)
def test_both_editors_agree_on_photographs(
    open_component: Open,
    vips: type[EditOperation],
    pillow: type[EditOperation],
    parameters: Any,
    tolerance: float,
    name: str,
    photographs: Mapping[str, Path],
) -> None:
    raster = Raster.from_pixels(np.asarray(PIL.Image.open(photographs[name]).convert("RGB")))
    assert _difference(open_component, (vips, pillow, parameters), raster) <= 2 * tolerance


def test_both_editors_enlarge_alike(open_component: Open) -> None:
    case = vips_editor.VipsResizing, pillow_editor.PillowResizing, Resize(400, 300)
    # OpenCV's cubic is a little steeper than Pillow's.
    assert _difference(open_component, case, scene()) <= 0.5


PICTURES = {
    "photograph": scene(),
    "translucent": translucent(scene()),
    "drawing": Raster.from_pixels(quarters()),
}
INK = EditContext(
    Origin("jpeg", 220, 150, colour_space="CMYK", profile=pyvips.Image.profile_load("cmyk"))
)
PAPER = EditContext(Origin("png", 220, 150))


def _notes(encoder: Encoder, raster: Raster, output: Output, context: EditContext) -> list[str]:
    """What the encoder notes, and last which format it wrote or why it did not."""
    context = evolve(context, notes=[])
    try:
        data = encoder.encode(raster, output, context)
    except InvalidInput as error:
        return [*context.notes, error.path, re.sub(r"[0-9]+ bytes", "N bytes", error.message)]
    return [*context.notes, sniff(data) or ""]


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize(
    "output",
    [
        Output(Automatic()),
        Output(Automatic(), max_bytes=10),
        Output(Jpeg(), max_bytes=10),
        Output(Png(), max_bytes=10),
        Output(Png(), colour_space="CMYK"),
    ],
    ids=str,
)
@pytest.mark.parametrize("context", [INK, PAPER], ids=["ink", "paper"])
def test_both_encoders_choose_refuse_and_note_alike(
    open_component: Open, name: str, output: Output, context: EditContext
) -> None:
    raster = PICTURES[name]
    if isinstance(output.format, Jpeg) and raster.has_alpha:
        pytest.skip("the pipeline flattens it")
    vips, pillow = (
        _notes(open_component(each), raster, output, context)
        for each in (vips_editor.VipsEncoder, pillow_editor.PillowEncoder)
    )
    assert vips == pillow


@pytest.mark.parametrize(("format", "side"), [(Webp(), 16_384), (Jpeg(), 65_501), (Avif(), 16_385)])
def test_both_encoders_refuse_the_same_sides(
    open_component: Open, format: Format, side: int
) -> None:
    wide = Raster.from_pixels(np.zeros((1, side, 3), np.uint8))
    vips, pillow = (
        _notes(open_component(each), wide, Output(format), PAPER)
        for each in (vips_editor.VipsEncoder, pillow_editor.PillowEncoder)
    )
    assert vips == pillow
    assert vips[0] == "output.format"
