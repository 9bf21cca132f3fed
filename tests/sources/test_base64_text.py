"""Base64 as clients write it."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.errors import InvalidInput
from photomill.sources import base64_source

DATA = bytes(range(256))
TEXT = base64.b64encode(DATA).decode()


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.rstrip("="),
        f"data:image/jpeg;base64,{TEXT}",
        f"data:;base64,{TEXT}",
        f"  data:image/png;charset=utf-8;base64, {TEXT}\n",
        base64.urlsafe_b64encode(DATA).decode(),
        base64.urlsafe_b64encode(DATA).decode().rstrip("="),
        base64.encodebytes(DATA).decode(),
        TEXT.replace("A", "A\r\n\t "),
    ],
    ids=["plain", "bare", "data", "data-short", "data-long", "url", "url-bare", "lines", "spaces"],
)
def test_every_way_to_write_it_is_read(text: str) -> None:
    assert base64_source(text).data == DATA


@given(st.binary(min_size=1))
def test_what_was_encoded_comes_back(data: bytes) -> None:
    assert base64_source(base64.b64encode(data).decode()).data == data


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "====",
        "A",
        "AAAAA",
        "not base64!",
        "ab=cd",
        "é",
        "data:image/png,abc",
        "\0\0\0\0",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="expected base64"):
        base64_source(text)


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    try:
        source = base64_source(text)
    except InvalidInput:
        return
    assert source.data


ALPHABET = "ABz019+/-_"
SPACES = " \t\r\n\f\v\x1c\u00a0\u2003"
MANY = 256 * 1024
"""Characters that are decoded in one step."""


def decoded_at_once(text: str) -> bytes | None:
    """What the standard library makes of it, as a whole; None where it is not base64, or empty."""
    packed = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True) or None
    except ValueError:
        return None


def decoded(text: str) -> bytes | None:
    try:
        return base64_source(text).data
    except InvalidInput:
        return None


@given(st.text(st.sampled_from(ALPHABET + SPACES + "=!é")))
def test_it_is_what_the_standard_library_decodes(text: str) -> None:
    assert decoded(text) == decoded_at_once(text)


@pytest.mark.parametrize("more", ["", "A", "AB", "ABC", "ABCD"])
@pytest.mark.parametrize("inserted", ["", "\n", "\u2003", "=", "==", "!", "é"], ids=ascii)
@pytest.mark.parametrize("at", [MANY - 3, MANY - 1, MANY, MANY + 1, 2 * MANY])
def test_a_large_text_is_what_the_standard_library_decodes(
    more: str, inserted: str, at: int
) -> None:
    text = "QUJD" * (MANY // 2) + more
    text = text[:at] + inserted + text[at:]
    assert decoded(text) == decoded_at_once(text)


@pytest.mark.parametrize("width", [1, 3, 76, 1000])
@pytest.mark.parametrize("size", [3 * MANY, 3 * MANY + 1, 3 * MANY + 2])
def test_lines_of_any_length_are_read(size: int, width: int) -> None:
    data = random.Random(size).randbytes(size)
    text = base64.b64encode(data).decode()
    lines = "\r\n".join(text[at : at + width] for at in range(0, len(text), width))
    assert base64_source(lines).data == data
    assert base64_source(lines.rstrip("=")).data == data
