"""Colours under an alpha of 0 have no part in anything that can be seen, whatever is done to an image."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from photomill.components import EditContext, EditOperation
from photomill.components.output import Avif, Format, Jpeg, Output, Png, Tiff, Webp
from photomill.components.toolbox import Toolbox, Tools
from photomill.editing.parameters import (
    BlurCarPlate,
    Canvas,
    Decompress,
    FindForeground,
    Hdr,
    IdentityCrop,
    Outpaint,
    Polish,
    Resize,
    Sharpness,
    SmartCrop,
    StyleTransfer,
    Tone,
    Upscale,
)
from photomill.editing.request import (
    Background,
    Blur,
    Bounds,
    Crop,
    Enlargement,
    OnCanvas,
    Outpainted,
    Padding,
    Percent,
    Pixels,
    Removal,
    Resizing,
)
from photomill.editing.results import Edited
from photomill.images.hidden import continued
from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels

from .conftest import opened, photo

Edit = Callable[..., Edited]

GREEN, MAGENTA = (0, 255, 0), (255, 0, 255)
SIZE = 96
STYLE = Raster.from_pixels(np.asarray(Image.open(io.BytesIO(photo((64, 48))))))
ALL: dict[str, list[Any]] = {
    "privacy.identity_crop": [IdentityCrop(True)],
    "privacy.blur_car_plate": [BlurCarPlate(True)],
    "restorations.decompress": [Decompress("moderate"), Decompress("strong"), Decompress("auto")],
    "restorations.polish": [Polish(True)],
    "generative.style_transfer": [StyleTransfer(STYLE), StyleTransfer(STYLE, depth_strength=0.3)],
    "adjustments.hdr": [Hdr(80), Hdr(80, stitching=True)],
    "adjustments.tone": [Tone(30), Tone(0, 40), Tone(10, -20, 50)],
    "background.mask": [FindForeground(True), FindForeground(True, use_alpha=True)],
    "restorations.upscale": [Upscale("photo", width=2 * SIZE, height=2 * SIZE)],
    "resizing": [Resize(37, 29), Resize(150, 170), Resize(40, 40, 5, 5, 20, 20)],
    "resizing.smart_crop": [SmartCrop(40, 40), SmartCrop(40, 40, "face")],
    "canvas": [Canvas(120, 120, 10, 10, (255, 255, 255, 255)), Canvas(120, 120, 10, 10)],
    "canvas.outpaint": [Outpaint(140, 120, 20, 10)],
    "adjustments.sharpness": [Sharpness(90)],
    "overlay.watermark": [{"text": "mine"}, {"text": "mine", "layout": "center"}],
}
"""Parameters of every operation but those whose alpha is a mask, which are tried with what makes their mask."""
MASKED = {
    "background.blur",
    "background.remove",
    "background.product",
    "background.mask_image",
}
LEVELS = 1
"""How far a visible pixel may be off for rounding."""


def hidden(colour: tuple[int, int, int], seed: int = 3) -> RasterPixels:
    """A soft-edged disc and a hole in it, with a colour under what is transparent."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] - SIZE / 2 + 0.5
    away = np.hypot(rows, columns)
    alpha = np.clip((SIZE * 0.4 - away) / 3, 0, 1) * np.clip((away - 8) / 2, 0, 1)
    levels = np.rint(alpha * 255).astype(np.uint8)
    tiles = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    rgb = np.asarray(Image.fromarray(tiles).resize((SIZE, SIZE), Image.Resampling.BICUBIC)).copy()
    rgb[levels == 0] = colour
    return np.dstack([rgb, levels])


def shown(pixels: RasterPixels) -> NDArray[np.float64]:
    """What is seen of an image: colours weighted by alpha, and alpha."""
    if pixels.shape[2] == 3:
        return pixels.astype(np.float64)
    alpha = pixels[:, :, 3:].astype(np.float64)
    return np.dstack([pixels[:, :, :3] * alpha / 255, alpha])


def test_every_operation_is_tried(tools: Tools) -> None:
    assert {tool.kind.operation for tool in tools.editors} == ALL.keys() | MASKED


@pytest.fixture(scope="module")
def engines(tools: Tools) -> list[EditOperation]:
    """Every engine that can be used here."""
    return [each.editor for each in Toolbox(tools).all_candidates() if not each.reason]


@pytest.mark.parametrize("operation", sorted(ALL))
def test_no_engine_looks_at_them(engines: list[EditOperation], operation: str) -> None:
    tried = [engine for engine in engines if engine.operation == operation]
    assert tried
    for engine in tried:
        for parameters in ALL[operation]:
            asked = engine.Parameters(**parameters) if isinstance(parameters, dict) else parameters
            results = []
            for colour in (GREEN, MAGENTA):
                raster = Raster.from_pixels(hidden(colour))
                context = EditContext(Origin("png", SIZE, SIZE), interactive=False)
                if not engine.serves(asked) or engine.declines(
                    engine.shown(raster), asked, context
                ):
                    continue
                results.append(shown(engine.apply(raster, asked, context).pixels))
            assert not results or np.abs(results[0] - results[1]).max() <= LEVELS, engine.name


OPACITY = [
    {},
    {"resizing": Resizing(Percent(50))},
    {"resizing": Resizing(Pixels(150), Pixels(130), fit=Crop("smart"))},
    {"resizing": Resizing(Pixels(200), Pixels(130), fit=OnCanvas())},
    {"resizing": Resizing(Pixels(200), Pixels(130), fit=Outpainted())},
    {"resizing": Resizing(Pixels(200)), "upscale": Enlargement("photo")},
    {"background": Background(blur=Blur())},
    {"background": Background(blur=Blur("lens", "high"))},
    {"background": Background(remove=Removal())},
    {"background": Background(remove=Removal(), use_original_alpha=True)},
    {
        "background": Background(remove=Removal()),
        "extensions": {"background.product": {"share": 0.8}},
    },
    {
        "background": Background(remove=Removal()),
        "extensions": {"background.mask_image": {"enabled": True}},
    },
    {"padding": Padding(*[Percent(10)] * 4)},
    {"tone": Tone(20, 20, 20), "hdr": Hdr(60), "sharpness": Sharpness(60)},
    {"polish": True, "decompress": Decompress("strong"), "blur_car_plate": True},
]


@pytest.mark.parametrize("format", [Png(), Jpeg(), Webp(), Webp(None), Avif(), Tiff(), Tiff(75)])
@pytest.mark.parametrize("asked", OPACITY, ids=lambda each: "+".join(each) or "nothing")
def test_no_file_shows_them(edit: Edit, asked: dict[str, Any], format: Format) -> None:
    results = []
    for colour in (GREEN, MAGENTA):
        edited = edit(png(hidden(colour)), output=Output(format), **asked)
        results.append(shown(np.asarray(opened(edited).convert("RGBA"))))
    assert np.abs(results[0] - results[1]).max() <= LEVELS


@pytest.mark.parametrize(
    ("form", "options"), [("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})]
)
def test_no_reduced_decode_shows_them(edit: Edit, form: str, options: dict[str, Any]) -> None:
    results = []
    for colour in (GREEN, MAGENTA):
        file = io.BytesIO()
        Image.fromarray(hidden(colour)).resize((800, 800), 0).save(file, form, **options)
        small = edit(
            file.getvalue(), output=Output(Png()), resizing=Resizing(Pixels(60), fit=Bounds())
        )
        results.append(shown(np.asarray(opened(small).convert("RGBA"))))
    assert np.abs(results[0] - results[1]).max() <= LEVELS


@pytest.mark.parametrize("blur", [Blur(), Blur("lens", "high")])
def test_transparency_stays_where_nothing_changes_it(edit: Edit, blur: Blur) -> None:
    pixels = hidden(GREEN)
    for asked in (
        {"background": Background(blur=blur)},
        {"background": Background(remove=Removal())},
        {"tone": Tone(20)},
        {"hdr": Hdr(50)},
        {"sharpness": Sharpness(50)},
        {"polish": True},
    ):
        result = np.asarray(opened(edit(png(pixels), output=Output(Png()), **asked)))
        assert np.array_equal(result[:, :, 3], pixels[:, :, 3]), asked


def test_a_photograph_with_a_hole_keeps_it_when_its_background_is_blurred(edit: Edit) -> None:
    """Where transparency is not where the background is, the background is looked for."""
    pixels = np.asarray(Image.open(io.BytesIO(photo((160, 120), "PNG", mode="RGBA")))).copy()
    pixels[:, :, 3] = 255
    pixels[40:80, 50:110, :3] = (230, 20, 20)
    pixels[:12, :12] = (*GREEN, 0)
    result = np.asarray(
        opened(edit(png(pixels), output=Output(Png()), background=Background(blur=Blur())))
    )
    assert np.array_equal(result[:, :, 3], pixels[:, :, 3])


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_what_is_continued_does_not_depend_on_them(height: int, width: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (height, width, 4), dtype=np.uint8)
    pixels[:, :, 3] *= generator.integers(0, 2, (height, width), dtype=np.uint8)
    seen = pixels[:, :, 3] > 0
    other = np.where(seen[:, :, np.newaxis], pixels, 255 - pixels)
    other[:, :, 3] = pixels[:, :, 3]
    result = continued(pixels)
    assert np.array_equal(result, continued(other))
    assert np.array_equal(result[seen], pixels[seen])
    if seen.any():
        low, high = pixels[seen].min(axis=0), pixels[seen].max(axis=0)
        assert ((result[:, :, :3] >= low[:3]) & (result[:, :, :3] <= high[:3])).all()


def png(pixels: RasterPixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
