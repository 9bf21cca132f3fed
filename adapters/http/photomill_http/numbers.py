"""Whole numbers that stand in addresses and headers.

Python refuses to make an integer of more than 4300 digits, with an error of its own.
"""

_MOST_DIGITS = 18


def whole_number(text: str) -> int | None:
    """The number that some digits spell; None for anything else."""
    if not text.isascii() or not text.isdigit():
        return None
    digits = text.lstrip("0") or "0"
    # No size, no position and no number of anything here is as large.
    return int(digits) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS
