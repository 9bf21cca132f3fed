"""From what a network says of each step to a text, and from a box to a level line."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill_ocr.lines import TextBox
from photomill_ocr.recognising import HEIGHT, Steps, decoded, line_of

CHARACTERS = ["", *"abcdefgh 0123456789"]


def steps_of(numbers: list[int], likely: float = 0.8) -> Steps:
    steps = np.full(
        (len(numbers), len(CHARACTERS)), (1 - likely) / (len(CHARACTERS) - 1), np.float32
    )
    steps[np.arange(len(numbers)), numbers] = likely
    return steps


@given(
    st.lists(st.tuples(st.sampled_from(CHARACTERS[1:]), st.integers(1, 4)), max_size=20),
    st.integers(0, 3),
)
def test_repeated_steps_are_one_character_unless_none_stands_between(
    written: list[tuple[str, int]], between: int
) -> None:
    numbers = [0] * between
    for character, repeated in written:
        numbers += [CHARACTERS.index(character)] * repeated + [0] * max(1, between)

    reading = decoded(steps_of(numbers), CHARACTERS)

    assert reading.text == "".join(character for character, _ in written)
    assert reading.confidence == pytest.approx(0.8 if written else 0.0)


@given(st.lists(st.integers(0, len(CHARACTERS) - 1), max_size=40))
def test_what_is_read_is_never_longer_than_its_steps(numbers: list[int]) -> None:
    reading = decoded(steps_of(numbers), CHARACTERS)

    assert len(reading.text) <= len(numbers)
    assert 0.0 <= reading.confidence <= 1.0


def test_the_confidence_is_the_mean_of_the_characters_that_are_kept() -> None:
    steps = np.concatenate([steps_of([1], 0.6), steps_of([0], 1.0), steps_of([2], 0.9)])

    assert decoded(steps, CHARACTERS).confidence == pytest.approx(0.75)


def test_a_tilted_line_is_laid_level() -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    corners = np.array([[40, 60], [240, 100], [232, 140], [32, 100]], np.float32)
    cv2.fillPoly(image, [corners.astype(np.int32)], (250, 250, 250))

    line = line_of(image, TextBox(corners, 1.0))

    assert line is not None
    assert line.shape[0] == HEIGHT
    assert line.shape[1] == pytest.approx(HEIGHT * 204 / 41, abs=8)
    # Nothing of the black ground is left but at the edges.
    assert line[6:-6, 6:-6].min() > 200


def test_a_line_from_top_to_bottom_is_turned() -> None:
    image = np.zeros((300, 100, 3), np.uint8)
    image[20:150, 30:70, 0] = 255
    corners = np.array([[30, 20], [70, 20], [70, 280], [30, 280]], np.float32)

    line = line_of(image, TextBox(corners, 1.0))

    assert line is not None
    assert line.shape == (HEIGHT, HEIGHT * 260 // 40, 3)
    # What was above is at the beginning.
    assert line[:, :60, 0].mean() > 200 > 50 > line[:, -60:, 0].mean()


def test_a_box_of_no_width_holds_no_line() -> None:
    corners = np.array([[10, 10], [10, 10], [10, 40], [10, 40]], np.float32)

    assert line_of(np.zeros((50, 50, 3), np.uint8), TextBox(corners, 1.0)) is None
