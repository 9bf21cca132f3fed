"""The two editors do the same, within what their resampling and tables differ by."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

import photomill_pillow_editor as pillow_editor
import photomill_vips_editor as vips_editor
from photomill.components import EditOperation
from photomill.editing.parameters import Canvas, Hdr, Resize, Sharpness, SmartCrop, Tone
from photomill.images.raster import Raster
from photomill.testing.editor import edited, translucent

Open = Callable[..., EditOperation]

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
    (vips_editor.TableTone, pillow_editor.PillowTone, Tone(60), 0.1),
    (vips_editor.TableTone, pillow_editor.PillowTone, Tone(-60), 0.1),
    (vips_editor.TableTone, pillow_editor.PillowTone, Tone(0, 50), 0.1),
    (vips_editor.TableTone, pillow_editor.PillowTone, Tone(0, -50), 0.1),
    (vips_editor.TableTone, pillow_editor.PillowTone, Tone(0, 0, 70), 1.0),
    (vips_editor.TableTone, pillow_editor.PillowTone, Tone(20, 20, -100), 1.0),
    (vips_editor.LocalHdr, pillow_editor.PillowHdr, Hdr(80), 1.5),
    (vips_editor.LocalHdr, pillow_editor.PillowHdr, Hdr(80, True), 1.5),
    (vips_editor.LumaSharpness, pillow_editor.PillowSharpness, Sharpness(70), 0.6),
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
    assert _difference(open_component, case, scene()) <= 0.1


@pytest.mark.parametrize("crop", [vips_editor.AttentionCrop, pillow_editor.SaliencyCrop])
def test_both_keep_what_draws_the_eye(open_component: Open, crop: type[EditOperation]) -> None:
    kept = edited(open_component(crop), scene(), SmartCrop(80, 150)).pixels
    red = (kept[:, :, 0] > 180) & (kept[:, :, 1] < 80)
    assert kept.shape == (150, 80, 3)
    assert red.sum() > 0.95 * np.pi * 22**2
