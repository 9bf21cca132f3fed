"""Images of 16 bits a channel are edited with 16, and stay so where the result can hold it."""

import io
import struct
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray
from PIL import Image

from photomill.components.output import Automatic, Avif, Format, Jpeg, Output, Png, Tiff, Webp
from photomill.editing.parameters import Hdr, Sharpness, Tone
from photomill.editing.request import (
    Background,
    Blur,
    Bounds,
    Crop,
    OnCanvas,
    Pixels,
    Removal,
    Resizing,
)
from photomill.editing.results import Edited
from photomill.images.raster import Raster

from .conftest import photo

Edit = Callable[..., Edited]
Deep = NDArray[np.uint16]

BOUNDS = Resizing(Pixels(61), Pixels(61), fit=Bounds())
DEEP: dict[str, dict[str, Any]] = {
    "nothing": {},
    "smaller": {"resizing": BOUNDS},
    "larger": {"resizing": Resizing(Pixels(170))},
    "cut": {"resizing": Resizing(Pixels(50), Pixels(50), fit=Crop())},
    "smart": {"resizing": Resizing(Pixels(50), Pixels(50), fit=Crop("smart"))},
    "canvas": {"resizing": Resizing(Pixels(120), Pixels(60), fit=OnCanvas())},
    "exposure": {"tone": Tone(40)},
    "contrast": {"tone": Tone(0, 30)},
    "saturation": {"tone": Tone(10, -20, 40)},
    "hdr": {"hdr": Hdr(60)},
    "sharpness": {"sharpness": Sharpness(60)},
    "all": {
        "tone": Tone(20, 10, 10),
        "hdr": Hdr(30),
        "sharpness": Sharpness(30),
        "resizing": BOUNDS,
    },
}


def deep(bands: int, *, top: int = 65535) -> Deep:
    """A soft gradient of far more than 256 levels, with one edge."""
    rows, columns = np.mgrid[0:90, 0:110]
    ramp = (columns / 109 * 0.7 + rows / 89 * 0.3) * top
    channels = [ramp, ramp[::-1], ramp[:, ::-1], np.full_like(ramp, 65535)][: max(bands, 1)]
    pixels = np.stack(channels, axis=-1)
    pixels[30:50, 40:70, : min(bands, 3)] *= 0.5
    if bands == 4:
        pixels[:, :20, 3] = np.linspace(0, 65535, 20)
    return pixels.astype(np.uint16)


def encoded(pixels: Any, suffix: str) -> bytes:
    order = [2, 1, 0, 3][: pixels.shape[2]] if pixels.shape[2] > 1 else [0]
    done, file = cv2.imencode(suffix, pixels[:, :, order])
    assert done
    return bytes(file)


def decoded(data: bytes) -> Any:
    """By OpenCV, which reads 16 bits: (h, w) or (h, w, channels)."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return pixels if pixels.ndim == 2 else pixels[:, :, [2, 1, 0, 3][: pixels.shape[2]]]


def shallow(pixels: Deep) -> NDArray[np.uint8]:
    return np.rint(pixels / 257).astype(np.uint8)


@pytest.mark.parametrize(
    ("suffix", "bands"), [(".png", 1), (".png", 3), (".png", 4), (".tiff", 1), (".tiff", 3)]
)
@pytest.mark.parametrize("output", [Png(), Tiff()], ids=["png", "tiff"])
@pytest.mark.parametrize("asked", DEEP)
def test_finer_levels_stay(edit: Edit, asked: str, output: Format, suffix: str, bands: int) -> None:
    pixels = deep(bands)
    wanted = DEEP[asked]
    result = edit(encoded(pixels, suffix), output=Output(output), **wanted)
    after = decoded(result.data)
    assert after.dtype == np.uint16
    assert not [note for note in result.profiling.notes if "8 bits" in note]
    levels = after if after.ndim == 2 else after[:, :, 1]
    assert len(np.unique(levels)) > 600
    if asked == "smart":
        # The window may lie a pixel elsewhere.
        return
    rough = edit(encoded(shallow(pixels), ".png"), output=Output(Png()), **wanted)
    before = decoded(rough.data).astype(float)
    if after.ndim > before.ndim:
        before = np.dstack([before] * 3)
    seen = after[..., 3] > 3000 if bands == 4 else np.ones(after.shape[:2], bool)
    difference = np.abs(after / 257 - before)[seen]
    assert difference.mean() < 1, "the same image, but finer"
    assert np.percentile(difference, 99) < 4


def test_without_an_operation_not_a_bit_is_lost(edit: Edit) -> None:
    for bands in (1, 3, 4):
        pixels = deep(bands)
        pixels[..., -1:] |= 1
        for output in (Png(), Tiff()):
            after = decoded(edit(encoded(pixels, ".png"), output=Output(output)).data)
            assert np.array_equal(after.reshape(pixels.shape), pixels), (bands, output)


def test_dark_gradients_have_no_bands_when_they_are_brightened(edit: Edit) -> None:
    """In formats of 8 bits too, since tones are changed before the levels become fewer."""
    ramp = np.linspace(0, 4095, 4096).astype(np.uint16)[None].repeat(16, 0)[:, :, None]
    for output in (Png(), Webp(None), Tiff()):
        after = decoded(edit(encoded(ramp, ".png"), output=Output(output), tone=Tone(100)).data)
        row = after[8] if after.ndim == 2 else after[8, :, 0]
        eighth = row / 257 if after.dtype == np.uint16 else row.astype(float)
        assert np.abs(np.diff(np.rint(eighth))).max() <= 1, output


def test_what_holds_fewer_bits_is_told(edit: Edit) -> None:
    file = encoded(deep(3), ".png")
    lossy: list[Format] = [Jpeg(), Webp(), Webp(None), Tiff(75), Automatic()]
    for output in lossy:
        notes = edit(file, output=Output(output)).profiling.notes
        assert [note for note in notes if "16 bits a channel" in note], (output, notes)
    holding: list[Format] = [Png(), Tiff(), Avif(), Avif(None)]
    for output in holding:
        assert not edit(file, output=Output(output)).profiling.notes
    shallow_file = encoded(shallow(deep(3)), ".png")
    assert not edit(shallow_file, output=Output(Jpeg())).profiling.notes


def test_avif_keeps_more_than_eight(edit: Edit) -> None:
    pixels = deep(3, top=2000)
    result = edit(encoded(pixels, ".png"), output=Output(Avif(None)))
    again = decoded(edit(result.data, output=Output(Png())).data)
    assert again.dtype == np.uint16
    assert len(np.unique(again[..., 1])) > 50
    assert np.abs(again.astype(int) - pixels).max() < 64


@pytest.mark.parametrize(
    "asked",
    [
        {"background": Background(blur=Blur())},
        {"background": Background(remove=Removal())},
        {"polish": True},
    ],
)
def test_an_engine_of_eight_bits_says_so(edit: Edit, asked: Any) -> None:
    subject = np.full((160, 200, 3), 60000, np.uint16)
    subject[40:120, 60:140] = (9000, 30000, 20000)
    result = edit(encoded(subject, ".png"), output=Output(Png()), **asked)
    assert [note for note in result.profiling.notes if "8 bits a channel" in note]


def test_pixels_of_a_deep_raster_are_rounded() -> None:
    raster = Raster.from_pixels(deep(4))
    assert np.array_equal(raster.pixels, shallow(deep(4)))
    assert (raster.depth, raster.levels.itemsize, raster.pixels.itemsize) == (16, 2, 1)
    assert raster.visible().depth == 16


# ------------------------------------------------------------ what else a result cannot carry


def test_transparency_that_becomes_white_is_told(edit: Edit) -> None:
    translucent = photo(form="PNG", mode="RGBA")
    for output in (Jpeg(), Tiff(75)):
        notes = edit(translucent, output=Output(output)).profiling.notes
        assert [note for note in notes if "transparent parts are white; PNG and WebP" in note]
    for asked in (
        {"output": Output(Png())},
        {"output": Output(Webp())},
        {"background": Background(colour="#ff0000")},
    ):
        assert not edit(translucent, **asked).profiling.notes
    opaque = Image.open(io.BytesIO(photo(form="PNG"))).convert("RGBA")
    file = io.BytesIO()
    opaque.save(file, "PNG")
    assert not edit(file.getvalue()).profiling.notes


def test_further_frames_are_told(edit: Edit) -> None:
    pictures = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green", "blue")]
    for form in ("GIF", "TIFF", "WEBP"):
        file = io.BytesIO()
        pictures[0].save(file, form, save_all=True, append_images=pictures[1:])
        notes = edit(file.getvalue()).profiling.notes
        assert notes == ("the original has 3 frames or pages: only the first was edited",), form


@pytest.mark.parametrize(("name", "told"), [("p3", True), ("srgb", False)])
def test_colours_of_a_wider_profile_are_told(edit: Edit, name: str, told: bool) -> None:
    profile = bytes(pyvips.Operation.call("profile_load", name))
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG", icc_profile=profile)
    notes = edit(file.getvalue(), output=Output(Png())).profiling.notes
    assert bool([note for note in notes if "more colours than sRGB" in note]) == told


def test_deep_pixels_of_a_bare_tiff(edit: Edit) -> None:
    """Written by hand: grey of 16 bits in one strip."""
    grey = deep(1)[:, :, 0]
    height, width = grey.shape
    rows = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 16),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8 + 2 + 8 * 12 + 4),
        (277, 3, 1),
        (279, 4, grey.nbytes),
    ]
    directory = struct.pack("<H", len(rows)) + b"".join(
        struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in rows
    )
    data = b"II*\0" + struct.pack("<I", 8) + directory + bytes(4) + grey.astype("<u2").tobytes()
    for output in (Tiff(), Png()):
        assert np.array_equal(decoded(edit(data, output=Output(output)).data), grey)
