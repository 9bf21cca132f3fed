"""Boxes of lines: their corners, and the order in which they are read."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill_ocr.lines import TextBox, clockwise, reading_order


def box(left: float, top: float, width: float, height: float, tilt: float = 0.0) -> TextBox:
    """A box turned around its middle.

    :param tilt: in degrees, clockwise.
    """
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2]
    cosine, sine = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    turned = corners @ np.array([[cosine, sine], [-sine, cosine]])
    middle = [left + width / 2, top + height / 2]
    return TextBox((turned + middle).astype(np.float32), 1.0)


@given(
    st.floats(20, 400),
    st.floats(8, 60),
    st.floats(-40, 40),
    st.permutations(range(4)),
)
def test_corners_are_sorted_from_the_upper_left_one_however_they_come(
    width: float, height: float, tilt: float, order: list[int]
) -> None:
    drawn = box(500, 500, width, height, tilt)

    np.testing.assert_array_equal(clockwise(drawn.corners[order]), drawn.corners)


@given(st.floats(1, 400), st.floats(1, 60), st.floats(-180, 180))
def test_the_sides_of_a_box_are_those_it_was_drawn_with(
    width: float, height: float, tilt: float
) -> None:
    drawn = box(100, 100, width, height, tilt)

    assert (drawn.width, drawn.height) == pytest.approx((width, height), rel=1e-3)


@given(st.integers(1, 6), st.integers(1, 5), st.randoms(use_true_random=False))
def test_lines_are_read_row_by_row_from_left_to_right(
    rows: int, columns: int, chance: random.Random
) -> None:
    boxes = [
        box(150 * column + chance.uniform(0, 20), 50 * row + chance.uniform(0, 8), 100, 20)
        for row in range(rows)
        for column in range(columns)
    ]
    shuffled = list(range(len(boxes)))
    chance.shuffle(shuffled)

    order = reading_order([boxes[place] for place in shuffled])

    assert [shuffled[place] for place in order] == list(range(len(boxes)))


def test_two_columns_of_unlike_heights_are_told_apart_by_their_rows() -> None:
    heading = box(0, 0, 300, 60)
    left, right = box(0, 80, 100, 16), box(150, 82, 100, 16)
    below = box(0, 104, 100, 16)

    assert reading_order([below, right, heading, left]) == [2, 3, 1, 0]


def test_no_lines_have_an_order_too() -> None:
    assert reading_order([]) == []
