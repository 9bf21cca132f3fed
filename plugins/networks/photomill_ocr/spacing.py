"""Spaces that the network that reads lines leaves out: it was trained on more Chinese, which has none.

Between two words no ink stands for longer than between two letters, which the line itself shows.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import RasterPixels

Span = tuple[float, float]
"""Where a character begins and ends on its line, in pixels, about."""

_INK = 0.04
"""Of a column's height, from which it is not blank."""
_SHORTEST = 9
"""Blank columns of a space, on a line 48 pixels high."""
_WIDER, _FURTHER = 2.2, 2
"""Times the usual gap between letters, and columns more: of a space."""
_REACH = 8
"""Pixels that a span may be off."""
_FEWEST = 6
"""Characters of a line that shows what its usual gap is."""


def with_spaces(characters: Sequence[str], spans: Sequence[Span], line: RasterPixels) -> str:
    """The text of a line, with spaces where words stand apart.

    None are added inside numbers, nor where a single character would be left: letters that are spaced out are one word.
    """
    if len(characters) < _FEWEST:
        return "".join(characters)
    gaps = _gaps(spans, _blank_columns(line))
    least = max(_SHORTEST, _WIDER * float(np.median(gaps)) + _FURTHER)
    pieces = [characters[0]]
    for (before, character), gap in zip(pairwise(characters), gaps, strict=True):
        if gap >= least and _may_part(before, character):
            pieces.append(character)
        else:
            pieces[-1] += character
    return "".join(_joined(pieces))


def _joined(pieces: Sequence[str]) -> list[str]:
    """Pieces with what stands between them: nothing beside a word of one character."""
    text = [pieces[0]]
    for before, piece in pairwise(pieces):
        alone = len(before.split(" ")[-1]) < 2 or len(piece.split(" ")[0]) < 2
        text += ["" if alone else " ", piece]
    return text


def _may_part(before: str, after: str) -> bool:
    plain = before.isascii() and before.isalnum() and after.isascii() and after.isalnum()
    return plain and not (before.isdigit() and after.isdigit())


def _gaps(spans: Sequence[Span], blank: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The longest run of blank columns between each character and the next."""
    return np.array(
        [
            _longest_run(blank[max(0, int(end) - _REACH) : int(begin) + _REACH])
            for (_, end), (begin, _) in pairwise(spans)
        ],
        np.int64,
    )


def _longest_run(blank: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], blank, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _blank_columns(line: RasterPixels) -> NDArray[np.bool_]:
    """Which columns hold no ink: what is of the other tone than most of the upper and the lower edge."""
    import cv2

    grey = cv2.cvtColor(np.ascontiguousarray(line), cv2.COLOR_RGB2GRAY)
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    bright = np.asarray(grey) > level
    ink = bright if np.concatenate([bright[0], bright[-1]]).mean() < 0.5 else ~bright
    return np.asarray(ink.mean(axis=0) < _INK)
