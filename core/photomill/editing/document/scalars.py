"""Structuring numbers, strings and booleans as pydantic 1 does, for the clients that rely on it.

``"12"`` and 12.9 are the integer 12, ``"yes"`` and 1 are true, and a number is a string too.
"""

from typing import Any

from photomill.editing.document import wording
from photomill.editing.document.faults import InvalidDocument

LARGEST = 2**53
"""The largest whole number that every JSON parser keeps."""

_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE = frozenset({"0", "off", "f", "false", "n", "no"})


def integer(value: Any, _: Any = int) -> int:
    if isinstance(value, int | float | str):
        try:
            whole = int(value)
        except (ValueError, OverflowError):
            pass
        else:
            if abs(whole) <= LARGEST:
                return whole
            raise InvalidDocument.fault(
                wording.above(LARGEST) if whole > 0 else wording.below(-LARGEST)
            )
    raise InvalidDocument.fault(wording.NO_INTEGER)


def number(value: Any, _: Any = float) -> float:
    if isinstance(value, int | float | str):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise InvalidDocument.fault(wording.NO_NUMBER)


def boolean(value: Any, _: Any = bool) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    word = value.lower() if isinstance(value, str) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise InvalidDocument.fault(wording.NO_BOOLEAN)


def string(value: Any, _: Any = str) -> str:
    if isinstance(value, str | int | float):
        try:
            return str(value)
        except ValueError:  # an integer of more digits than Python prints
            pass
    raise InvalidDocument.fault(wording.NO_STRING)
