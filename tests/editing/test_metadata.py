"""What an image says of itself goes from every format into every format, or a note says that it does not."""

import io
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pillow_heif
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, IptcImagePlugin
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from photomill.components.output import (
    Automatic,
    Avif,
    Format,
    Jpeg,
    MetadataKind,
    Output,
    Png,
    Tiff,
    Webp,
)
from photomill.components.toolbox import Tools
from photomill.config.load import load_settings
from photomill.editing.results import Edited
from photomill.editing.sandboxed import SandboxedEditing, open_sandbox
from photomill.images import iptc, xmp
from photomill.images.exif_fields import ExifFields, Field, Order

from .conftest import job, opened, photo

Edit = Callable[..., Edited]

pillow_heif.register_heif_opener()

INPUTS = ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"]
OUTPUTS: list[Format] = [Jpeg(), Png(), Webp(), Webp(None), Avif(), Tiff(), Tiff(75), Automatic()]
KINDS: list[MetadataKind] = ["copyright", "icc", "exif", "gps", "xmp", "iptc"]
PHOTO, PLACE = 0x8769, 0x8825
TAKEN, LATITUDE, ARTIST, COPYRIGHT, MODEL, ORIENTATION = 0x9003, 2, 0x13B, 0x8298, 0x110, 0x112
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="48,12N"'
    b' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="Somewhere">'
    b'<dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">A title</dc:title>'
    b'<dc:rights xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Alt><rdf:li>(c) Ann</rdf:li></rdf:Alt></dc:rights>'
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)
RECORDS = iptc.written(
    [
        iptc.Record((2, 90), b"Somewhere"),
        iptc.Record(iptc.CREATOR, b"Ann"),
        iptc.Record(iptc.RIGHTS, b"(c) Ann"),
    ]
)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def described(form: str, *, with_exif: bool = True, orientation: int = 1) -> bytes:
    """An image with every kind of metadata that its format has."""
    with Image.open(io.BytesIO(photo((40, 30), "PNG"))) as picture:
        pixels = picture.convert("RGB")
    options: dict[str, Any] = {"icc_profile": PROFILE}
    exif = _exif(orientation)
    file = io.BytesIO()
    if form == "TIFF":
        tags = ImageFileDirectory_v2()
        for tag in exif if with_exif else ():
            tags[tag] = exif.get_ifd(tag) if tag in (PHOTO, PLACE) else exif[tag]
        tags[0x2BC], tags[0x83BB] = PACKET, RECORDS
        tags.tagtype[0x2BC], tags.tagtype[0x83BB] = 1, 7
        pixels.save(file, form, tiffinfo=tags, **options)
        return file.getvalue()
    if with_exif:
        options["exif"] = exif.tobytes()
    if form == "JPEG":
        segment = iptc.to_photoshop(RECORDS)
        options["extra"] = b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment
        options["comment"] = b"a comment"
    if form == "PNG":
        from PIL.PngImagePlugin import PngInfo

        texts = PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", PACKET.decode())
        texts.add_text("Comment", "a comment")
        options["pnginfo"] = texts
    else:
        options["xmp"] = PACKET
    pixels.save(file, form, **options)
    return file.getvalue()


def _exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[MODEL], exif[ARTIST], exif[COPYRIGHT] = "A camera", "Ann", "(c) Ann"
    exif[ORIENTATION] = orientation
    photographed = exif.get_ifd(PHOTO)
    photographed[TAKEN], photographed[0x829A], photographed[0x9286] = (
        "2024:01:02 03:04:05",
        0.008,
        b"ASCII\0\0\0hi",
    )
    exif[PHOTO] = photographed
    place = exif.get_ifd(PLACE)
    place[1], place[LATITUDE], place[0] = "N", (48.0, 12.0, 30.5), b"\2\3\0\0"
    exif[PLACE] = place
    return exif


def found_in(data: bytes) -> dict[str, bool]:
    """Which kinds Pillow finds."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        exif, info = picture.getexif(), picture.info
        packet = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
        text = packet if isinstance(packet, str) else packet.decode()
        records = IptcImagePlugin.getiptcinfo(picture) or {}
        return {
            "copyright": (exif.get(ARTIST), exif.get(COPYRIGHT)) == ("Ann", "(c) Ann"),
            "icc": bool(info.get("icc_profile")),
            "exif": exif.get(MODEL) == "A camera"
            and exif.get_ifd(PHOTO).get(TAKEN) == "2024:01:02 03:04:05",
            "gps": tuple(map(float, exif.get_ifd(PLACE).get(LATITUDE, ()))) == (48.0, 12.0, 30.5),
            "xmp": "A title" in text,
            "iptc": records.get((2, 116)) == b"(c) Ann",
        }


def places_in(data: bytes) -> list[str]:
    """Where a file tells a place."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        directory = picture.getexif().get_ifd(PLACE)
    told = [name for name in ("Somewhere", "GPSLatitude") if name.encode() in data]
    return told + ["EXIF"] * bool(directory)


@pytest.fixture(scope="module", params=["libvips", "pillow"])
def by_each(request: pytest.FixtureRequest, tools: Tools) -> Iterator[Edit]:
    """Edit with the encoder and the decoder of each library."""
    settings = load_settings()
    chosen = tools
    if request.param == "pillow":
        chosen = evolve(
            tools,
            decoders=[tool for tool in tools.decoders if tool.kind.name == "pillow_decoder"],
            encoders=[tool for tool in tools.encoders if tool.kind.name == "pillow_encoder"],
        )
    processes = SandboxedEditing(
        open_sandbox(chosen, settings.images, settings.editing), settings.editing
    )
    yield lambda data, **asked: processes.edit(job(data, **asked))
    processes.close()


@pytest.mark.parametrize("form", INPUTS)
@pytest.mark.parametrize("output", OUTPUTS, ids=str)
def test_everything_is_kept_or_a_note_says_what_is_not(
    by_each: Edit, form: str, output: Format
) -> None:
    edit, data = by_each, described(form)
    before, edited = found_in(data), edit(data, output=Output(output, keep_metadata=True))
    after = found_in(edited.data)
    notes = " ".join(edited.profiling.notes)
    for kind, there in before.items():
        assert after[kind] or not there or kind.upper() in notes, (kind, notes)
    assert opened(edited).getexif().get(ORIENTATION, 1) == 1
    if form in ("JPEG", "PNG"):
        assert "comment" in notes


@pytest.mark.parametrize("form", INPUTS)
@pytest.mark.parametrize("output", [Jpeg(), Png(), Webp(), Avif(), Tiff()], ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_a_list_keeps_what_it_names_and_nothing_else(
    edit: Edit, form: str, output: Format, kind: MetadataKind
) -> None:
    data = described(form)
    before = found_in(data)
    edited = edit(data, output=Output(output, keep_metadata=frozenset({kind})))
    after = found_in(edited.data)
    noted = any(kind.upper() in note for note in edited.profiling.notes)
    assert after[kind] or not before[kind] or noted
    others = {"copyright"} if kind == "exif" else set()
    assert not [each for each, there in after.items() if there and each not in {kind} | others]
    if kind != "gps":
        assert not places_in(edited.data)


@pytest.mark.parametrize("form", INPUTS)
@pytest.mark.parametrize("output", [Jpeg(), Png(), Webp(), Avif(), Tiff()], ids=str)
def test_by_default_nothing_private_stays(edit: Edit, form: str, output: Format) -> None:
    edited = edit(described(form), output=Output(output))
    after = found_in(edited.data)
    assert not [kind for kind, there in after.items() if there and kind != "icc"]
    assert not places_in(edited.data)
    assert not [note for note in edited.profiling.notes if "XMP" in note or "IPTC" in note]


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_the_owner_is_found_wherever_it_is_told(edit: Edit, form: str) -> None:
    data = described(form, with_exif=False)
    edited = edit(data, output=Output(Webp(), keep_metadata=frozenset({"copyright"})))
    assert opened(edited).getexif()[COPYRIGHT] == "(c) Ann"


def test_a_picture_that_was_turned_is_not_turned_again(edit: Edit) -> None:
    for output in (Jpeg(), Png(), Webp(), Tiff()):
        edited = edit(described("JPEG", orientation=6), output=Output(output, keep_metadata=True))
        assert opened(edited).size == (30, 40)
        assert opened(edited).getexif().get(ORIENTATION, 1) == 1
        exif = opened(edited).getexif()
        assert exif[MODEL] == "A camera"


@given(st.binary(max_size=400), st.integers(0, 400), st.integers(1, 4000))
def test_damaged_blocks_give_what_they_can(noise: bytes, at: int, side: int) -> None:
    block = bytearray(_exif().tobytes().removeprefix(b"Exif\0\0"))
    block[8 + at : 8 + at + len(noise)] = noise
    fields = ExifFields.read(bytes(block)).described(side, side)
    again = ExifFields.read(fields.block())
    assert again == fields or not fields.block()
    assert xmp.creator_and_rights(noise) == ("", "")
    assert list(iptc.records(iptc.written(iptc.records(noise)))) == list(iptc.records(noise))


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_orders_of_bytes_are_read_and_written(edit: Edit, order: Order) -> None:
    iso = Field(3, struct.pack(f"{order}H", 77))
    fields = ExifFields(order, {MODEL: Field(2, b"A camera\0")}, {0x8827: iso})
    with Image.open(io.BytesIO(photo((20, 10), "PNG"))) as picture:
        file = io.BytesIO()
        picture.save(file, "JPEG", exif=b"Exif\0\0" + fields.block())
    for output in (Jpeg(), Png(), Webp(), Avif(), Tiff()):
        exif = opened(edit(file.getvalue(), output=Output(output, keep_metadata=True))).getexif()
        assert (exif[MODEL], exif.get_ifd(PHOTO)[0x8827]) == ("A camera", 77), output
