"""Files that are sent, in whole or in part, and closed however that ends."""

import io
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from photomill_http.files import OpenFileResponse, byte_range

SCOPE: Any = {"type": "http", "asgi": {"spec_version": "2.4"}}


async def wait_for_ever() -> Any:
    await anyio.sleep_forever()
    raise AssertionError("nobody leaves")


def test_a_file_is_sent_and_closed() -> None:
    file, sent = io.BytesIO(b"0123456789"), bytearray()

    async def send(message: Any) -> None:
        sent.extend(message.get("body", b""))

    anyio.run(OpenFileResponse(file, span=(2, 5)), SCOPE, wait_for_ever, send)
    assert sent == b"234"
    assert file.closed


def test_a_file_that_nobody_waits_for_is_closed() -> None:
    file = io.BytesIO(b"0123456789")

    async def send(message: Any) -> None:
        raise OSError("the client is gone")

    with pytest.raises(ClientDisconnect):
        anyio.run(OpenFileResponse(file), SCOPE, wait_for_ever, send)
    assert file.closed


def test_a_file_is_closed_where_the_client_leaves_before_it_is_sent() -> None:
    file = io.BytesIO(b"0123456789")

    async def leave() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        await anyio.sleep_forever()

    scope: Any = {"type": "http", "asgi": {"spec_version": "2.3"}}
    anyio.run(OpenFileResponse(file), scope, leave, send)
    assert file.closed


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("", (0, 10)),
        ("bytes=0-3", (0, 4)),
        ("bytes=4-", (4, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=8-99", (8, 10)),
        ("bytes=10-", None),
        ("bytes=5-4", None),
        ("bytes=-", (0, 10)),
        ("bytes=0-1,4-5", (0, 10)),
        ("lines=0-1", (0, 10)),
    ],
)
def test_the_bytes_that_a_range_asks_for(header: str, span: tuple[int, int] | None) -> None:
    assert byte_range(header, 10) == span


@given(header=st.text(max_size=30) | st.from_regex(r"bytes=\d*-\d*"), size=st.integers(0, 100))
def test_a_range_never_leads_beyond_the_file(header: str, size: int) -> None:
    span = byte_range(header, size)
    if span is not None:
        assert 0 <= span[0] <= span[1] <= size
