"""XMP packets: ISO 16684-1."""

from xml.etree import ElementTree

_DC = "{http://purl.org/dc/elements/1.1/}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PLACES = frozenset(
    f"{{{space}}}{name}"
    for space, names in (
        ("http://ns.adobe.com/photoshop/1.0/", ("City", "State", "Country")),
        ("http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", ("Location", "CountryCode")),
        ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", ("LocationCreated", "LocationShown")),
    )
    for name in names
)
MAX_BYTES = 2**20
"""Packets that are larger are left out."""


def creator_and_rights(packet: bytes) -> tuple[str, str]:
    """Who made the image, and whose it is; empty where it does not say, or is damaged."""
    root = _parsed(packet)
    if root is None:
        return "", ""
    return _texts(root, f"{_DC}creator"), _texts(root, f"{_DC}rights")


def without_place(packet: bytes) -> bytes:
    """Take out where an image was taken; empty where the packet is damaged."""
    root = _parsed(packet)
    if root is None:
        return b""
    for parent in root.iter():
        for name in [name for name in parent.attrib if _is_place(name)]:
            del parent.attrib[name]
        for child in [child for child in parent if _is_place(child.tag)]:
            parent.remove(child)
    return ElementTree.tostring(root)


def _parsed(packet: bytes) -> ElementTree.Element | None:
    start, end = packet.find(b"<x:xmpmeta"), packet.rfind(b"</x:xmpmeta>")
    if start < 0:
        start, end = packet.find(b"<rdf:RDF"), packet.rfind(b"</rdf:RDF>")
    if start < 0 or end < start or len(packet) > MAX_BYTES or b"<!" in packet:
        return None
    try:
        return ElementTree.fromstring(packet[start : packet.index(b">", end) + 1])
    except ElementTree.ParseError:
        return None


def _is_place(name: str) -> bool:
    return name in _PLACES or name.startswith(f"{_EXIF}GPS")


def _texts(root: ElementTree.Element, name: str) -> str:
    """What an element's list says, or the element itself."""
    for element in root.iter(name):
        items = [each.text or "" for each in element.iter(f"{_RDF}li")] or [element.text or ""]
        return ", ".join(filter(None, map(str.strip, items)))
    return next((each.attrib[name] for each in root.iter() if name in each.attrib), "")
