"""Names of files within an archive, good on every system."""

import re
from collections.abc import Iterable

from photomill.names import folded, normalised

_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_LONGEST = 200
"""In bytes of UTF-8: file systems take 255, and people number copies."""


def safe_name(name: str, otherwise: str) -> str:
    """A file's name without folders, control characters, and what Windows does not take.

    :param otherwise: the name of a file whose own name has nothing left; safe itself.
    """
    last = normalised(name).replace("\\", "/").rpartition("/")[2]
    printable = "".join(letter for letter in last if letter.isprintable())
    cleaned = _FORBIDDEN.sub("_", printable).strip(" .")
    if _RESERVED.match(cleaned):
        cleaned = f"_{cleaned}"
    return _shortened(cleaned) or otherwise


def unique_names(names: Iterable[str]) -> list[str]:
    """Number names that come again, whatever their case and composition: ``IMG_01 (2).jpg``.

    Windows does not tell capital letters from small ones, and macOS neither those from letters composed of two characters.
    """
    taken: set[str] = set()
    counts: dict[str, int] = {}
    unique = []
    for name in names:
        candidate, same = name, folded(name)
        while folded(candidate) in taken:
            counts[same] = counts.get(same, 1) + 1
            stem, ending = _split(name)
            candidate = f"{stem} ({counts[same]}){ending}"
        taken.add(folded(candidate))
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
