"""Names of files and things: when two are the same to people and to file systems, and what every system takes."""

import os
import re
import unicodedata
from collections.abc import Iterable

_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d+)")
_READ_AS_ESCAPE = re.compile(r"\\(?=x[0-9a-f]{2})")
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")
OWN_FOLDER = ".photomill"
"""Below folders of storages, where notes on results are kept: nobody's images."""
_FIRST_SURROGATE = 0xDC00
_LONGEST = 200
"""In bytes of UTF-8: file systems take 255, and people number copies."""
_LONGEST_ENDING = 20


def normalise_name(name: str) -> str:
    """A name with its letters composed (NFC): ``é`` is one character, however it was typed."""
    return unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """What names that differ only in case or in composition have in common.

    A caseless match as the Unicode standard defines it (section 3.13, D145), composed.
    """
    if name.isascii():
        return name.lower()  # The same, and sooner.
    return normalise_name(unicodedata.normalize("NFD", name).casefold())


def file_name(path: str) -> str:
    """The last part of a path of any system, without control characters."""
    last = path.replace("\\", "/").rpartition("/")[2]
    if last.isprintable():
        return last
    return "".join(letter for letter in last if letter.isprintable())


def split_ending(name: str) -> tuple[str, str]:
    """A name's stem, and its ending with the dot; a dot at the beginning is part of the stem."""
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem else (name, "")


def cut(text: str, most: int) -> str:
    """The beginning of a text, of no more than so many bytes of UTF-8."""
    return text.encode(errors="ignore")[:most].decode(errors="ignore")


def safe_name(name: str, otherwise: str) -> str:
    """A file's name without folders, control characters, and what Windows does not take.

    :param otherwise: the name of a file whose own name has nothing left; safe itself.
    """
    cleaned = _FORBIDDEN.sub("_", file_name(normalise_name(name))).strip(" .")
    if _RESERVED.match(cleaned):
        cleaned = f"_{cleaned}"
    if len(cleaned.encode()) > _LONGEST:
        stem, ending = split_ending(cleaned)
        if len(ending.encode()) > _LONGEST_ENDING:
            stem, ending = cleaned, ""
        cleaned = cut(stem, _LONGEST - len(ending.encode())).rstrip(" .") + ending
    return cleaned or otherwise


def unique_names(names: Iterable[str]) -> list[str]:
    """Number names that come again, whatever their case and composition: ``IMG_01 (2).jpg``.

    Windows does not tell capital letters from small ones, and macOS neither those from letters composed of two characters.
    """
    used: set[str] = set()
    counts: dict[str, int] = {}
    unique = []
    for name in names:
        candidate, same = name, folded(name)
        while folded(candidate) in used:
            counts[same] = counts.get(same, 1) + 1
            stem, ending = split_ending(name)
            candidate = f"{stem} ({counts[same]}){ending}"
        used.add(folded(candidate))
        unique.append(candidate)
    return unique


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


def escape_name(name: str) -> str:
    r"""Write a file's name or path as valid Unicode: a byte that is none of UTF-8 becomes ``\xe9``.

    Names that are UTF-8 stay as they are. A backslash that would be read as such an escape becomes ``\x5c``, so that
    :func:`unescape_name` gives every name back.

    :param name: as Python has it, with surrogates for bytes that are none of UTF-8.
    """
    if "\\" in name:
        name = _READ_AS_ESCAPE.sub(r"\\x5c", name)
    try:
        name.encode()
        return name
    except UnicodeEncodeError:
        return "".join(map(_escape_surrogate, name))


def unescape_name(name: str) -> str:
    """The name of a file as Python opens it, of what :func:`escape_name` wrote."""
    if "\\x" not in name:
        return name
    # Every other part is the two digits of a byte.
    written = [
        bytes.fromhex(part) if place % 2 else part.encode("utf-8", "surrogateescape")
        for place, part in enumerate(_ESCAPE.split(name))
    ]
    return os.fsdecode(b"".join(written))


def _escape_surrogate(character: str) -> str:
    code = ord(character)
    # PEP 383: the bytes 0x80 to 0xFF are U+DC80 to U+DCFF.
    return f"\\x{code - _FIRST_SURROGATE:02x}" if 0xDC80 <= code <= 0xDCFF else character
