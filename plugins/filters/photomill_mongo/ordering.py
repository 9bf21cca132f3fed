"""MongoDB's order of values of one type."""

import re
from typing import Any

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_LONGEST_NUMBER = 100


def type_rank(value: Any) -> int:
    """Where MongoDB sorts a value's type; values of one rank can be compared."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return 5
    if isinstance(value, int | float):
        return 1
    if isinstance(value, str):
        return 2
    return 3 if isinstance(value, dict) else 4


def compare(a: Any, b: Any) -> int:
    """-1, 0 or 1 as ``a`` sorts before, with or after ``b``: first by type, then by value.

    Strings by their code points, which is the order of their UTF-8 bytes; objects field by field (type, name, value),
    arrays element by element; a beginning sorts first. Goes no deeper than the shallower of the two.
    """
    ranks = type_rank(a), type_rank(b)
    if ranks[0] != ranks[1]:
        return _sign(*ranks)
    if isinstance(a, list):
        return _first_difference([compare(x, y) for x, y in zip(a, b, strict=False)], a, b)
    if isinstance(a, dict):
        return _first_difference(
            [_compare_fields(x, y) for x, y in zip(a.items(), b.items(), strict=False)], a, b
        )
    return 0 if a is None else _sign(a, b)


def numeric(text: str) -> int | float | None:
    """The number that a decimal string stands for."""
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)


def _compare_fields(a: tuple[str, Any], b: tuple[str, Any]) -> int:
    return _sign(type_rank(a[1]), type_rank(b[1])) or _sign(a[0], b[0]) or compare(a[1], b[1])


def _first_difference(compared: list[int], a: Any, b: Any) -> int:
    return next((sign for sign in compared if sign), 0) or _sign(len(a), len(b))


def _sign(a: Any, b: Any) -> int:
    return int(a > b) - int(a < b)
