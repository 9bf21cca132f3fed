"""Where the formats keep their EXIF block."""

from collections.abc import Callable, Iterator

from attrs import frozen

from photomill.errors import ImageTooLarge
from photomill.images.structure import jpeg, png, webp
from photomill.images.structure.boxes import Box, boxes

_HEADER = b"Exif\0\0"
_MOST_ITEMS = 10_000


def exif_block(data: bytes, format: str) -> bytes:
    """The EXIF block of a file, from its TIFF header on; empty where there is none. Any bytes have an answer."""
    if format == "tiff":
        return data
    try:
        return _READERS[format](data) if format in _READERS else b""
    except ImageTooLarge:
        return b""


def _of_jpeg(data: bytes) -> bytes:
    for segment in jpeg.segments(data):
        if segment.marker == jpeg.START_OF_SCAN:
            break
        body = data[segment.start + 4 : segment.end]
        if segment.marker == jpeg.APP1 and body.startswith(_HEADER):
            return body[len(_HEADER) :]
    return b""


def _of_png(data: bytes) -> bytes:
    for chunk in png.chunks(data):
        if chunk.type == b"eXIf":
            return data[chunk.start + 8 : chunk.end - 4]
    return b""


def _of_webp(data: bytes) -> bytes:
    for chunk in webp.chunks(data):
        if chunk.type == b"EXIF":
            return data[chunk.start + 8 : chunk.end].removeprefix(_HEADER)
    return b""


def _of_boxes(data: bytes) -> bytes:
    """The item of the type Exif: ISO/IEC 14496-12, sections 8.11.1, 8.11.3 and 8.11.6, and ISO/IEC 23008-12, annex A."""
    meta = next((box for box in boxes(data) if box.type == b"meta"), None)
    if meta is None:
        return b""
    inside = {box.type: box for box in boxes(data, meta.start + 4, meta.end)}
    if b"iinf" not in inside or b"iloc" not in inside:
        return b""
    wanted = _exif_item(data, inside[b"iinf"])
    for place in _places(data, inside[b"iloc"]):
        if place.item == wanted:
            # Counted from the file's first byte, or from that of the box for items' data.
            base = inside[b"idat"].start if place.method == 1 and b"idat" in inside else 0
            item = data[base + place.start : base + place.start + place.length]
            return item[4 + int.from_bytes(item[:4], "big") :].removeprefix(_HEADER)
    return b""


def _exif_item(data: bytes, infos: Box) -> int | None:
    version = data[infos.start] if infos.start < len(data) else 0
    for box in boxes(data, infos.start + (6 if version == 0 else 8), infos.end):
        head = data[box.start : box.end]
        if box.type != b"infe" or len(head) < 12 or head[0] not in (2, 3):
            continue
        wide = 4 if head[0] == 3 else 2
        if head[6 + wide : 10 + wide] == b"Exif":
            return int.from_bytes(head[4 : 4 + wide], "big")
    return None


@frozen
class _Place:
    """Where the first extent of an item lies; an EXIF block has one."""

    item: int
    method: int
    start: int
    length: int


def _places(data: bytes, locations: Box) -> Iterator[_Place]:
    head = data[locations.start : min(locations.end, len(data))]
    if len(head) < 8:
        return
    version = head[0]
    sizes = head[4] >> 4, head[4] & 15, head[5] >> 4, head[5] & 15 if version else 0
    offset_size, length_size, base_size, index_size = sizes
    at = 6
    identity = 4 if version == 2 else 2
    count = int.from_bytes(head[at : at + identity], "big")
    at += identity
    for _ in range(min(count, _MOST_ITEMS)):
        if at >= len(head):
            return
        item = int.from_bytes(head[at : at + identity], "big")
        at += identity
        method = int.from_bytes(head[at : at + 2], "big") & 15 if version else 0
        at += (2 if version else 0) + 2
        base = int.from_bytes(head[at : at + base_size], "big")
        at += base_size
        extents = int.from_bytes(head[at : at + 2], "big")
        at += 2
        start = int.from_bytes(head[at + index_size : at + index_size + offset_size], "big")
        inner = at + index_size + offset_size
        length = int.from_bytes(head[inner : inner + length_size], "big")
        yield _Place(item, method, base + start, length)
        at += extents * (index_size + offset_size + length_size)


_READERS: dict[str, Callable[[bytes], bytes]] = {
    "jpeg": _of_jpeg,
    "png": _of_png,
    "webp": _of_webp,
    "avif": _of_boxes,
    "heic": _of_boxes,
}
