"""Attributes that are compared by size: of each record the least and the greatest text and number.

Some value is less than an operand just where the least one is, so that arrays need no columns of their own.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from photomill_lance.words import LARGEST, word

ALWAYS = "_id"
"""An attribute that is always among them: its values are all different."""


@frozen
class Extent:
    """The columns of one attribute."""

    number: int

    def names(self, kind: str) -> tuple[str, str]:
        """Of the least and the greatest value, ``text`` or ``number``."""
        return f"least_{kind}_{self.number}", f"greatest_{kind}_{self.number}"


def extents(values: Iterable[Any], path: str) -> tuple[list[Any], set[str]]:
    """The least and greatest text, the least and greatest number, and the words of the values in between."""
    texts, numbers, words = [], [], set()
    for value in values:
        if isinstance(value, bool):
            words.add(word(path, value))
        elif isinstance(value, str):
            texts.append(value)
        elif isinstance(value, int | float):
            numbers.append(value)
    ends = [
        *_ends([in_order(text) for text in texts]),
        *_ends([_as_float(each) for each in numbers]),
    ]
    words |= {word(path, text) for text in texts if in_order(text) not in ends[:2]}
    words |= {word(path, each) for each in numbers if abs(each) < LARGEST and each not in ends[2:]}
    return ends, words


def in_order(text: str) -> str:
    """A text whose bytes in UTF-8 are in the order of the code points, whatever code points there are."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _as_float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _ends(values: Sequence[Any]) -> tuple[Any, Any]:
    return (min(values), max(values)) if values else (None, None)
