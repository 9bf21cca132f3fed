"""Pictures in base64, as clients really write it."""

import base64
import binascii
import re

from photomill.errors import InvalidInput
from photomill.sources.source import BytesSource

_PREFIX = re.compile(r"\s*data:[^,]{0,200},")
_SPACE = re.compile(r"\s+")
_TO_STANDARD = str.maketrans("-_", "+/")


def base64_source(text: str) -> BytesSource:
    """Decode base64 of either alphabet, with or without padding, line breaks and a ``data:image/jpeg;base64,`` prefix.

    :raises InvalidInput: it is not base64, or empty.
    """
    prefix = _PREFIX.match(text)
    if prefix and not prefix.group().rstrip(",").endswith(";base64"):
        raise InvalidInput("expected base64: the data: prefix does not say ';base64'")
    packed = (
        _SPACE.sub("", text[prefix.end() if prefix else 0 :]).translate(_TO_STANDARD).rstrip("=")
    )
    if not packed:
        raise InvalidInput("expected base64, got nothing")
    try:
        return BytesSource(base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(f"expected base64: {error}") from None
