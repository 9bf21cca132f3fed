"""Whole numbers in addresses."""

from collections.abc import Mapping

from photomill import InvalidInput

_MOST_DIGITS = 9


def whole_number(text: str) -> int | None:
    """The number that at most nine digits spell; None for anything else."""
    good = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if good else None


def whole_parameter(query: Mapping[str, str], name: str) -> int | None:
    """A parameter of an address; None where it is not there.

    :raises InvalidInput: it is no number.
    """
    value = query.get(name, "")
    number = whole_number(value)
    if value and number is None:
        raise InvalidInput(f"expected a number, got {value!r:.50}", path=name)
    return number
