"""When two names are the same to people and to file systems."""

import unicodedata


def normalised(name: str) -> str:
    """A name with its letters composed (NFC): ``é`` is one character, however it was typed."""
    return unicodedata.normalize("NFC", name)


def folded(name: str) -> str:
    """What names that differ only in case or in composition have in common.

    A caseless match as the Unicode standard defines it (section 3.13, D145), composed.
    """
    return normalised(unicodedata.normalize("NFD", name).casefold())
