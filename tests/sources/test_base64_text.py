"""Base64 as clients write it."""

import base64

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
