"""What of an original's metadata a result keeps: the one place that decides it."""

from attrs import evolve, frozen

from photomill.components.output import Output
from photomill.images import iptc, xmp
from photomill.images.exif_fields import ARTIST, COPYRIGHT, IPTC, XMP, ExifFields
from photomill.images.origin import Origin
from photomill.images.structure import jpeg

_LARGEST_SEGMENT = 65_000
"""What a segment of a JPEG file can hold, and so what every output can."""


def kept(origin: Origin, output: Output, size: tuple[int, int]) -> Origin:
    """What an encoder is told of the original: its metadata are those that the result keeps.

    :param size: of the result, which EXIF states too.
    """
    if not output.keep_metadata:
        has_some = origin.metadata or origin.xmp or origin.iptc
        return evolve(origin, metadata=b"", xmp=b"", iptc=b"") if has_some else origin
    found = _found(origin)
    exif = found.exif.described(*size)
    if not output.keeps("gps"):
        exif = evolve(exif, place={})
    if not output.keeps("exif"):
        exif = evolve(exif, main={}, photo={})
    if output.keeps("copyright") or output.keeps("exif"):
        exif = exif.with_texts(_copyright(found))
    block = exif.block()
    is_needless = not output.keeps("icc") and origin.colour_space != "CMYK"
    return evolve(
        origin,
        metadata=block if len(block) <= _LARGEST_SEGMENT else b"",
        xmp=_packet(found.xmp, output),
        iptc=_records(found.iptc, output),
        profile=b"" if is_needless else origin.profile,
    )


@frozen
class _Found:
    exif: ExifFields
    xmp: bytes
    iptc: bytes


def _found(origin: Origin) -> _Found:
    if origin.format == "tiff":
        exif = ExifFields.read(origin.data)
        held = {tag: exif.main[tag].value for tag in (XMP, IPTC) if tag in exif.main}
        return _Found(exif, held.get(XMP, b""), held.get(IPTC, b""))
    records = origin.iptc or (_iptc_of_jpeg(origin.data) if origin.format == "jpeg" else b"")
    return _Found(ExifFields.read(origin.metadata), origin.xmp, records)


def _iptc_of_jpeg(data: bytes) -> bytes:
    for segment in jpeg.segments(data):
        if segment.marker == jpeg.START_OF_SCAN:
            break
        if segment.marker == jpeg.APP13:
            found = iptc.from_photoshop(data[segment.start + 4 : segment.end])
            if found:
                return found
    return b""


def _copyright(found: _Found) -> dict[int, str]:
    """Who made it and whose it is, in EXIF's fields: as EXIF says, or else IPTC, or else XMP."""
    records = {each.kind: each.value for each in iptc.records(found.iptc)}
    creator, rights = xmp.creator_and_rights(found.xmp)
    told = (
        (ARTIST, records.get(iptc.CREATOR, b""), creator),
        (COPYRIGHT, records.get(iptc.RIGHTS, b""), rights),
    )
    return {
        tag: found.exif.text(tag) or record.decode("utf-8", errors="replace") or text
        for tag, record, text in told
    }


def _packet(packet: bytes, output: Output) -> bytes:
    if not output.keeps("xmp") or len(packet) > _LARGEST_SEGMENT:
        return b""
    return packet if output.keeps("gps") else xmp.without_place(packet)


def _records(data: bytes, output: Output) -> bytes:
    if not output.keeps("iptc"):
        return b""
    places = frozenset() if output.keeps("gps") else iptc.PLACE
    return iptc.written(each for each in iptc.records(data) if each.kind not in places)
