"""Names of files within an archive, good on every system."""

import re
from collections.abc import Iterable

_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_LONGEST = 200
"""In bytes of UTF-8: file systems take 255, and people number copies."""


def safe_name(name: str, otherwise: str) -> str:
    """A file's name without folders, control characters, and what Windows does not take.

    :param otherwise: the name of a file whose own name has nothing left; safe itself.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(letter for letter in last if letter.isprintable())
    cleaned = _FORBIDDEN.sub("_", printable).strip(" .")
    if _RESERVED.match(cleaned):
        cleaned = f"_{cleaned}"
    return _shortened(cleaned) or otherwise


def unique_names(names: Iterable[str]) -> list[str]:
    """Number names that come again, whatever their case: ``IMG_01 (2).jpg``."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    unique = []
    for name in names:
        candidate = name
        while candidate.casefold() in taken:
            counts[name.casefold()] = counts.get(name.casefold(), 1) + 1
            stem, ending = _split(name)
            candidate = f"{stem} ({counts[name.casefold()]}){ending}"
        taken.add(candidate.casefold())
        unique.append(candidate)
    return unique


def _shortened(name: str) -> str:
    if len(name.encode()) <= _LONGEST:
        return name
    stem, ending = _split(name)
    if len(ending.encode()) > 20:
        stem, ending = name, ""
    room = _LONGEST - len(ending.encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + ending


def _split(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem else (name, "")
