"""What texts are kept, what an image is a picture of, and when two documents say different things."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photomill.collections.image_text import (
    MOST_CHARACTERS,
    ImageKind,
    ImageText,
    joined,
)
from photomill.collections.texts.comparison import say_otherwise
from photomill.collections.texts.kinds import kind_of
from photomill.components import TextLine

from .drawing import invoice, photographed, receipt, sign, window

ITEMS = [("Rye bread", "3.40"), ("Butter croissant", "1.90"), ("Coffee", "2.60")]


def line(text: str, left: float, top: float, width: float = 0.2, height: float = 0.03) -> TextLine:
    return TextLine(text, 0.9, left, top, width, height)


def lines(count: int) -> list[TextLine]:
    return [line("a line of text", 0.1, 0.1 + 0.08 * place, 0.6, 0.04) for place in range(count)]


def kind(image: Image.Image, count: int) -> ImageKind:
    return kind_of(np.asarray(image), lines(count))


def document(text: str) -> ImageText:
    return ImageText(text, ImageKind.DOCUMENT)


def test_lines_of_one_row_are_joined_and_rows_are_told_apart() -> None:
    given = [line("TOTAL", 0.1, 0.5), line("7.90", 0.7, 0.505), line("Thank you", 0.3, 0.6)]

    assert joined(given) == "TOTAL 7.90\nThank you"


@given(st.lists(st.text(max_size=400), max_size=60))
def test_what_is_kept_is_bounded_and_can_be_stored(texts: list[str]) -> None:
    kept = joined([line(text, 0.1, 0.01 * place) for place, text in enumerate(texts)])

    assert len(kept) <= MOST_CHARACTERS
    assert "\0" not in kept


def test_pages_are_documents_be_they_drawn_or_photographed() -> None:
    for page in (receipt(ITEMS, "7.90"), invoice("2024-117", "480.00")):
        assert kind(page, 7) is ImageKind.DOCUMENT
        assert kind(photographed(page), 7) is ImageKind.DOCUMENT


def test_the_window_of_a_program_is_a_screenshot() -> None:
    assert kind(window(), 8) is ImageKind.SCREENSHOT


def test_a_word_in_a_photo_makes_no_document() -> None:
    assert kind(sign("HARBOUR"), 1) is ImageKind.PHOTO


def test_what_has_no_text_is_a_photo() -> None:
    assert kind(receipt([], ""), 0) is ImageKind.PHOTO


@pytest.mark.parametrize(
    ("one", "other", "otherwise"),
    [
        (
            "Receipt 48213 Rye bread 3.40 TOTAL 3.40",
            "Receipt 48213 Rye bread 3.40 TOTAL 3.40",
            False,
        ),
        # Misread here and there, as a small copy is.
        (
            "Corner Bakery bread butter coffee total",
            "Corner Bakery bread butter c0ffee total",
            False,
        ),
        (
            "Receipt 48213 Rye bread 3.40 TOTAL 3.40",
            "Receipt 48299 Rye bread 5.10 TOTAL 5.10",
            True,
        ),
        ("one two three four five six", "seven eight nine ten eleven twelve", True),
        # Too little to go by.
        ("one two", "three four", False),
    ],
)
def test_two_documents_are_one_that_say_the_same(one: str, other: str, otherwise: bool) -> None:
    assert say_otherwise(document(one), document(other)) is otherwise
    assert say_otherwise(document(other), document(one)) is otherwise


@given(st.lists(st.text("abcdef0123", min_size=1, max_size=8), min_size=5, max_size=40))
def test_the_order_of_words_makes_no_other_document(words: list[str]) -> None:
    shuffled = random.Random(0).sample(words, len(words))

    assert not say_otherwise(document(" ".join(words)), document("\n".join(shuffled)))


def test_photos_are_not_told_apart_by_text_and_what_was_not_read_neither() -> None:
    other = document("one two three four five six")
    photo = ImageText("seven eight nine ten eleven twelve", ImageKind.PHOTO)

    assert not say_otherwise(photo, other)
    assert not say_otherwise(None, other)
    assert not say_otherwise(other, None)
