"""BMP, as Windows writes it; compressed ones are not looked into."""

from photomill.images.truncation.model import Remains

_OLD_HEADER = 12
_HEADERS = 34
_PLAIN = (0, 3, 6)


def remains(data: bytes, max_pixels: int) -> Remains | None:
    if len(data) < _HEADERS:
        return None
    old = _number(data, 14) == _OLD_HEADER
    width = _number(data, 18, 2 if old else 4)
    height = _number(data, 20, 2) if old else abs(_signed(data, 22))
    bits = _number(data, 24 if old else 28, 2)
    if not (width and height and bits) or width * height > max_pixels:
        return None
    if not old and _number(data, 30) not in _PLAIN:
        return None
    row = (width * bits + 31) // 32 * 4
    lacking = _number(data, 10) + row * height - len(data)
    if lacking <= 0:
        return None
    rows = max(0, len(data) - _number(data, 10)) // row
    return Remains(data + bytes(lacking), rows, height)


def _number(data: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _signed(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little", signed=True)
