"""Whole numbers in addresses."""

_MOST_DIGITS = 9


def whole_number(text: str) -> int | None:
    """The number that at most nine digits spell; None for anything else."""
    good = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if good else None
