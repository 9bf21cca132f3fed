"""Formats are told from the bytes."""

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.errors import UnsupportedFormat
from photomill.images.formats import FORMATS, check_format, sniff
from photomill.testing.sample_images import encode, quarters

SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
HOSTILE = {
    "svg": SVG,
    "svgz": gzip.compress(SVG),
    "svg after a space": b" \n" + SVG,
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run",
    "eps for dos": b"\xc5\xd0\xd3\xc6" + bytes(28),
    "pdf": b"%PDF-1.7\n",
    "magick script": b"<?xml version='1.0'?><image><read filename='/etc/passwd'/></image>",
    "magick vector": b"push graphic-context\nimage over 0,0 0,0 'https://example.com/'\n",
    "magick prefix": b"msl:/etc/passwd",
    "matlab": b"MATLAB 5.0 MAT-file" + bytes(105) + b"\x00\x01IM",
    "csv": b"1,2,3\n4,5,6\n",
    "vips": b"\x08\xf2\xa6\xb6" + bytes(60),
    "ppm": b"P6\n1 1\n255\n\0\0\0",
    "html": b"<html><body>not found</body></html>",
    "bitmap of an old kind": b"BM, as a text begins",
    "riff without webp": b"RIFF\x04\0\0\0WAVE",
    "video": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
    "jpeg's first two bytes": b"\xff\xd8",
    "nothing but zeros": bytes(100),
}


@pytest.mark.parametrize("format", FORMATS)
def test_images_are_told(format: str) -> None:
    assert sniff(encode(quarters(), format)) == format


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_other_files_are_none(data: bytes) -> None:
    assert sniff(data) is None
    with pytest.raises(UnsupportedFormat, match="not an image; taken are"):
        check_format(data, FORMATS)


def test_big_tiff_is_told() -> None:
    assert sniff(b"II+\0\x08\0\0\0" + bytes(8)) == "tiff"


def test_only_allowed_formats_are_taken() -> None:
    with pytest.raises(UnsupportedFormat, match="gif is not taken; taken are jpeg, png"):
        check_format(encode(quarters(), "gif"), ("jpeg", "png"))


def test_an_archive_behind_a_image_is_only_a_image() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "hidden")
    assert sniff(encode(quarters(), "jpeg") + archive.getvalue()) == "jpeg"
    assert sniff(archive.getvalue() + encode(quarters(), "jpeg")) is None


@given(st.binary(max_size=64))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    assert sniff(data) in {*FORMATS, None}
