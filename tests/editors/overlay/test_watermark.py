"""Watermarks."""

import base64
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from photomill.components import EditContext, EditOperation
from photomill.errors import InvalidInput
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.testing import EditOperationContract
from photomill_overlay import Watermark, WatermarkParameters

Open = Callable[..., EditOperation]


class TestWatermark(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> tuple[EditOperation, Any]:
        return open_component(Watermark), WatermarkParameters("© me")


class TestPictureMark(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> tuple[EditOperation, Any]:
        return open_component(Watermark), WatermarkParameters(image=red_mark(), opacity=1.0)


@pytest.fixture
def mark(open_component: Open) -> Callable[..., Any]:
    """Mark a grey image of 200 × 100 pixels."""
    operation = open_component(Watermark)

    def marked(**parameters: Any) -> Any:
        raster = Raster.from_pixels(np.full((100, 200, 3), 128, np.uint8))
        context = EditContext(Origin("png", 200, 100))
        return operation.apply(raster, WatermarkParameters(**parameters), context).pixels

    return marked


def red_mark() -> str:
    file = io.BytesIO()
    Image.new("RGBA", (40, 20), (255, 0, 0, 255)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_tiled_mark_reaches_every_corner(mark: Callable[..., Any]) -> None:
    changed = (mark(text="© Photomill", size=0.3) != 128).any(axis=2)
    quarters = [changed[:50, :100], changed[:50, 100:], changed[50:, :100], changed[50:, 100:]]
    assert min(quarter.mean() for quarter in quarters) > 0.02


def test_one_mark_lies_where_it_is_wanted(mark: Callable[..., Any]) -> None:
    centre = mark(image=red_mark(), opacity=1.0, size=0.2, layout="center")
    assert (centre[50, 100] == [255, 0, 0]).all()
    assert (centre[:30] == 128).all()
    corner = mark(image=red_mark(), opacity=1.0, size=0.2, layout="corner")
    assert (corner[90, 180] == [255, 0, 0]).all()
    assert (corner[:, :150] == 128).all()


def test_opacity_mixes(mark: Callable[..., Any]) -> None:
    mixed = mark(image=red_mark(), opacity=0.5, size=0.2, layout="center")
    assert mixed[50, 100].tolist() == [192, 64, 64]


def test_each_image_gets_its_own_mark_however_many_came_before(mark: Callable[..., Any]) -> None:
    texts = [f"© {number}" for number in range(10)]
    first = [mark(text=text) for text in texts]
    again = [mark(text=text) for text in texts]
    assert all(np.array_equal(*both) for both in zip(first, again, strict=True))
    assert len({each.tobytes() for each in first}) == len(texts)
    assert not np.array_equal(mark(text=texts[0], opacity=0.8), first[0])


def test_a_long_text_fits(mark: Callable[..., Any]) -> None:
    assert mark(text="x" * 200, layout="center").shape == (100, 200, 3)


@pytest.mark.parametrize("image", ["AAAA", base64.b64encode(b"\x89PNG\r\n\x1a\nbroken").decode()])
def test_a_mark_that_is_no_picture_is_refused(mark: Callable[..., Any], image: str) -> None:
    with pytest.raises(InvalidInput):
        mark(image=image)
