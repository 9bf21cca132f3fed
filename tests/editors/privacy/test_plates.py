"""Number plates are found and cannot be read any more."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photomill.editing.parameters import BlurCarPlate
from photomill.errors import InvalidInput, PluginError, PluginUnavailable
from photomill.images.raster import Raster, RasterPixels
from photomill_privacy import BlurPlates, OnnxPlates
from photomill_privacy.blur_plates import NO_PLATE

from .conftest import Apply
from .detectors import answers_of, detector
from .scenes import Parked, caption, far_away, parked, wall


def legible(pixels: RasterPixels, given: Parked) -> float:
    """How much of the strokes that stood on the plate is still there: 1 for all."""
    before = given.rgb[given.window].mean(axis=-1)
    after = pixels[given.window][:, :, :3].mean(axis=-1)
    strokes = before - before.mean()
    return float((strokes * (after - after.mean())).sum() / (strokes**2).sum())


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [(480, 720), (1200, 1800)])
def test_a_plate_becomes_unreadable(apply: Apply, size: tuple[int, int], dark: bool) -> None:
    given = parked(*size, dark=dark)
    after, notes = apply(BlurPlates, Raster.from_pixels(given.rgb), BlurCarPlate(True))
    assert legible(given.rgb, given) == pytest.approx(1)
    assert legible(after.pixels, given) < 0.12
    assert notes == []


def test_plates_of_two_lines_are_found(apply: Apply) -> None:
    given = parked(lines=("KN7", "XHE4"))
    after, notes = apply(BlurPlates, Raster.from_pixels(given.rgb), BlurCarPlate(True))
    assert notes == []
    assert legible(after.pixels, given) < 0.12


@pytest.mark.parametrize("tilt", [0.0, -8.0])
@pytest.mark.parametrize("wide", [90, 160])
def test_far_and_tilted_plates_are_found(apply: Apply, wide: int, tilt: float) -> None:
    given = far_away(wide, tilt=tilt)
    after, notes = apply(BlurPlates, Raster.from_pixels(given.rgb), BlurCarPlate(True))
    assert notes == []
    # In the corners of a tilted plate's box there is paint, which may go on differing from the plate.
    assert legible(after.pixels, given) < 0.2
    changed = (after.pixels != given.rgb).any(axis=-1)
    assert changed[given.window].all()
    assert changed.mean() < 0.03


def test_characters_on_no_plate_stay(apply: Apply) -> None:
    given = caption()
    after, notes = apply(BlurPlates, Raster.from_pixels(given), BlurCarPlate(True))
    assert np.array_equal(after.pixels, given)
    assert notes == [NO_PLATE]


def test_the_rest_of_the_picture_stays(apply: Apply) -> None:
    given = parked()
    after, _ = apply(BlurPlates, Raster.from_pixels(given.rgb), BlurCarPlate(True))
    left, top, width, height = given.box
    changed = (after.pixels != given.rgb).any(axis=-1)
    changed[top - height : top + 2 * height, left - 2 * height : left + width + 2 * height] = False
    assert not changed.any()


def test_without_a_plate_the_picture_stays(apply: Apply) -> None:
    for pixels in (wall(), wall(1, 1), wall(3, 500), np.zeros((300, 400, 3), np.uint8)):
        after, notes = apply(BlurPlates, Raster.from_pixels(pixels), BlurCarPlate(True))
        assert np.array_equal(after.pixels, pixels)
        assert notes == [NO_PLATE]


def test_in_strict_mode_an_image_without_a_plate_is_an_error(apply: Apply) -> None:
    with pytest.raises(InvalidInput, match="no number plate"):
        apply(BlurPlates, Raster.from_pixels(wall()), BlurCarPlate(True, strict=True))


def test_opacity_is_kept(apply: Apply) -> None:
    given = parked()
    alpha = np.random.default_rng(2).integers(0, 256, (*given.rgb.shape[:2], 1), np.uint8)
    before = np.dstack([given.rgb, alpha])
    after, _ = apply(BlurPlates, Raster.from_pixels(before), BlurCarPlate(True))
    assert np.array_equal(after.pixels[:, :, 3:], alpha)
    assert legible(after.pixels, given) < 0.12


# ------------------------------------------------------------ a detector of one's own


@pytest.mark.parametrize("layout", ["yolo", "end2end", "separate"])
def test_a_network_takes_over(
    open_component: Callable[..., Any], apply: Apply, tmp_path: Path, layout: str
) -> None:
    given = parked()
    scale = 320 / 720
    left, top, width, height = given.box
    above = (320 - 480 * scale) / 2
    box = [left * scale, top * scale + above, (left + width) * scale]
    box.append((top + height) * scale + above)
    nowhere = [float("nan"), 1.0, 50.0, 60.0]
    answers = answers_of(layout, [box, [1.0, 1.0, 50.0, 60.0], nowhere], [0.9, 0.1, 0.9])
    operation = open_component(OnnxPlates, file=str(detector(tmp_path, *answers)), layout=layout)
    after, notes = apply(operation, Raster.from_pixels(given.rgb), BlurCarPlate(True))
    assert legible(after.pixels, given) < 0.12
    assert np.array_equal(after.pixels[:100], given.rgb[:100])
    assert notes == []


@pytest.mark.parametrize("layout", ["yolo", "end2end", "separate"])
def test_an_answer_of_another_layout_is_said_so(
    open_component: Callable[..., Any], apply: Apply, tmp_path: Path, layout: str
) -> None:
    path = detector(tmp_path, [[1.0, 2.0, 3.0]], [1.0, 1.0])
    operation = open_component(OnnxPlates, file=str(path), layout=layout)
    with pytest.raises(PluginError, match=f"not options.layout = '{layout}'"):
        apply(operation, Raster.from_pixels(wall()), BlurCarPlate(True))


def test_a_network_that_is_not_there_is_said_so(
    open_component: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(PluginUnavailable, match="names no model"):
        open_component(OnnxPlates)
    with pytest.raises(PluginUnavailable, match="is not there"):
        open_component(OnnxPlates, file=str(tmp_path / "none.onnx"))
    (tmp_path / "bad.onnx").write_bytes(b"bad")
    with pytest.raises(PluginUnavailable, match="cannot open"):
        open_component(OnnxPlates, file=str(tmp_path / "bad.onnx"))
