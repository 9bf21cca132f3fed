"""Images in base64, as clients really write it."""

import binascii
import re
from collections.abc import Iterator
from io import BytesIO

from photomill.errors import InvalidInput
from photomill.sources.source import BytesSource

_SLICE = 256 * 1024
"""Characters that are decoded in one step, so that other threads have their turn in between."""
_PREFIX = re.compile(r"\s{0,1000}+data:[^,]{0,200},")
_SPACE = re.compile(r"\s+")
_SPACES = bytes(each for each in range(128) if chr(each).isspace())
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


def base64_source(text: str) -> BytesSource:
    """Decode base64 of either alphabet, with or without padding, line breaks and a ``data:image/jpeg;base64,`` prefix.

    :raises InvalidInput: it is not base64, or empty.
    """
    prefix = _PREFIX.match(text)
    if prefix and not prefix.group().rstrip(",").endswith(";base64"):
        raise InvalidInput("expected base64: the data: prefix does not say ';base64'")
    try:
        # Grows in place, where joining pieces would copy all of them in one step.
        decoded = BytesIO()
        decoded.writelines(_decoded(_packed(text, prefix.end() if prefix else 0)))
        data = decoded.getvalue()
    except ValueError as error:
        raise InvalidInput(f"expected base64: {error}") from None
    if not data:
        raise InvalidInput("expected base64, got nothing")
    return BytesSource(data)


def _packed(text: str, begin: int) -> Iterator[bytes]:
    """The text without spaces, in the standard alphabet, slice by slice."""
    for start in range(begin, len(text), _SLICE):
        piece = text[start : start + _SLICE]
        if not piece.isascii():
            # There are spaces beyond ASCII.
            piece = _SPACE.sub("", piece)
            if not piece.isascii():
                raise ValueError("only ASCII characters are allowed")
        yield piece.encode("ascii").translate(_TO_STANDARD, _SPACES)


def _decoded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """
    :raises ValueError: it is not base64.
    """
    count, rest, padded = 0, b"", False
    for piece in pieces:
        characters = piece.rstrip(b"=")
        if b"=" in characters or (characters and padded):
            raise ValueError("there is something behind the padding")
        padded = len(characters) < len(piece) or padded
        count += len(characters)
        characters = rest + characters
        whole = len(characters) - len(characters) % 4
        yield binascii.a2b_base64(characters[:whole], strict_mode=True)
        rest = characters[whole:]
    if len(rest) == 1:
        raise ValueError(f"{count} characters are one more than a multiple of 4")
    yield binascii.a2b_base64(rest + b"=" * (-len(rest) % 4), strict_mode=True)
