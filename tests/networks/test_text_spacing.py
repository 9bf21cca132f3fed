"""Spaces are found where words stand apart on the line itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.images.raster import RasterPixels
from photomill_ocr.recognising import HEIGHT
from photomill_ocr.spacing import Span, with_spaces

LETTER, GAP, SPACE = 20, 4, 18


def drawn(
    words: list[str], gap: int = GAP, *, dark: bool = True
) -> tuple[RasterPixels, list[Span]]:
    """A line of blocks, and where each is."""
    spans: list[Span] = []
    place = 10
    for word in words:
        for _ in word:
            spans.append((place, place + LETTER))
            place += LETTER + gap
        place += SPACE - gap
    line = np.full((HEIGHT, place + 10, 3), 230 if dark else 40, np.uint8)
    for begin, end in spans:
        line[10:38, int(begin) : int(end)] = 30 if dark else 220
    return line, [(begin + 4, end - 4) for begin, end in spans]


WORDS = st.lists(st.text("abcdefgh", min_size=2, max_size=8), min_size=2, max_size=5)


@given(WORDS, st.booleans())
def test_words_that_stand_apart_are_told_apart(words: list[str], dark: bool) -> None:
    line, spans = drawn(words, dark=dark)
    characters = "".join(words)

    text = with_spaces(characters, spans, line)

    # A line too short to show its usual gap is left alone, and so are words of which there are hardly any letters.
    letters = len(characters)
    if letters >= 6 and letters - len(words) > len(words) - 1:
        assert text == " ".join(words)
    assert text.replace(" ", "") == characters


@given(st.text("ab1 .,", min_size=1, max_size=12), st.integers(0, 40))
def test_nothing_but_spaces_is_added(characters: str, gap: int) -> None:
    line, spans = drawn([characters], gap)

    assert with_spaces(characters, spans, line).replace(" ", "") == characters.replace(" ", "")


@pytest.mark.parametrize("text", ["HARBOUR", "LANTERNS"])
def test_letters_that_are_spaced_out_are_one_word(text: str) -> None:
    line, spans = drawn([text], gap=16)

    assert with_spaces(text, spans, line) == text


def test_numbers_stay_together() -> None:
    line, spans = drawn(["0615", "2024"])

    assert with_spaces("06152024", spans, line) == "06152024"


def test_a_single_character_is_left_to_its_neighbour() -> None:
    line, spans = drawn(["A", "lighthouse"])

    assert with_spaces("Alighthouse", spans, line) == "Alighthouse"
