"""From a map of probabilities to boxes."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill_ocr.detecting import ProbabilityMap, boxes_of

GROWN = 1.6


def drawn(
    *rectangles: tuple[float, float, float, float, float],
    likely: float = 0.9,
    size: tuple[int, int] = (320, 480),
) -> ProbabilityMap:
    """A map in which turned rectangles stand out: column and row of the middle, width, height, degrees."""
    probabilities = np.full(size, 0.02, np.float32)
    for column, row, width, height, tilt in rectangles:
        corners = cv2.boxPoints(((column, row), (width, height), tilt))
        cv2.fillPoly(probabilities, [np.rint(corners).astype(np.int32)], likely)
    return probabilities


@given(st.integers(40, 200), st.integers(8, 24), st.integers(-30, 30))
def test_a_box_is_what_stands_out_grown_by_its_area_over_its_outline(
    width: int, height: int, tilt: int
) -> None:
    (found,) = boxes_of(drawn((240, 160, width, height, tilt)))

    grown = GROWN * width * height / (width + height)
    assert found.middle == pytest.approx((240, 160), abs=2)
    assert found.width == pytest.approx(width + grown, abs=8)
    assert found.height == pytest.approx(height + grown, abs=8)
    assert 0.5 <= found.confidence <= 0.9 + 1e-6


@given(st.integers(-30, 30))
def test_a_box_leans_as_the_line_does(tilt: int) -> None:
    (found,) = boxes_of(drawn((240, 160, 180, 14, tilt)))

    along = found.corners[1] - found.corners[0]
    assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(tilt, abs=3)


@given(st.integers(1, 5), st.integers(1, 3))
def test_every_line_has_a_box_of_its_own(rows: int, columns: int) -> None:
    lines = [
        (90 + 150 * column, 40 + 60 * row, 90, 12, 0)
        for row in range(rows)
        for column in range(columns)
    ]

    assert len(boxes_of(drawn(*lines))) == rows * columns


def test_nothing_stands_out_of_an_empty_map() -> None:
    assert boxes_of(drawn()) == []


def test_what_is_hardly_likely_or_small_has_no_box() -> None:
    assert boxes_of(drawn((240, 160, 100, 14, 0), likely=0.29)) == []
    # It stands out, and is not sure enough inside.
    assert boxes_of(drawn((240, 160, 100, 14, 0), likely=0.4)) == []
    assert boxes_of(drawn((240, 160, 2, 1, 0))) == []
