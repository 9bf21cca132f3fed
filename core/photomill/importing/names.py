"""Names of files as text: file systems hold bytes, and a record's id is Unicode."""

import os
import re

_ESCAPE = re.compile(r"\\(?=x[0-9a-f]{2})")
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})")
_FIRST_SURROGATE = 0xDC00


def escaped(name: str) -> str:
    r"""Write a file's name as valid Unicode: a byte that is none of UTF-8 becomes ``\xe9``.

    Names that are UTF-8 stay as they are. A backslash that would be read as such an escape becomes ``\x5c``, so that
    :func:`unescaped` gives every name back.

    :param name: as Python has it, with surrogates for bytes that are none of UTF-8.
    """
    if "\\" in name:
        name = _ESCAPE.sub(r"\\x5c", name)
    try:
        name.encode()
        return name
    except UnicodeEncodeError:
        return "".join(_shown(each) for each in name)


def unescaped(name: str) -> str:
    """The name of a file as Python opens it, of what :func:`escaped` wrote."""
    if "\\x" not in name:
        return name
    parts = _ESCAPED.split(name)
    # Every other part is the two digits of a byte.
    written = [
        bytes.fromhex(part) if place % 2 else part.encode("utf-8", "surrogateescape")
        for place, part in enumerate(parts)
    ]
    return os.fsdecode(b"".join(written))


def _shown(character: str) -> str:
    code = ord(character)
    # PEP 383: the bytes 0x80 to 0xFF are U+DC80 to U+DCFF.
    return f"\\x{code - _FIRST_SURROGATE:02x}" if 0xDC80 <= code <= 0xDCFF else character
