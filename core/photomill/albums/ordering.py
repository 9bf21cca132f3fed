"""Photos in the order in which people count."""

import re
from pathlib import PurePosixPath

from photomill.names import folded, normalised

_NUMBERS = re.compile(r"(\d+)")
_MAX_NAME = 255


def sort_name(filename: str) -> str:
    """A file's name as photos are sorted by: without folders, control characters and its ending."""
    last = normalised(filename).replace("\\", "/").rpartition("/")[2]
    printable = "".join(letter for letter in last if letter.isprintable())
    return PurePosixPath(printable).stem[:_MAX_NAME] if printable else ""


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort digits by what they count: IMG_2 before IMG_10, and letters whatever their case."""
    return [
        _counted(part) if part.isdecimal() and part.isascii() else (2, 0, folded(part))
        for part in _NUMBERS.split(name)
        if part
    ]


def _counted(digits: str) -> tuple[int, int, str]:
    # Of two numbers the one of more digits is greater; Python makes no integers of very many.
    significant = digits.lstrip("0")
    return 1, len(significant), significant
