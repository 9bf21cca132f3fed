"""What the web storage makes of answers, good and bad."""

import gzip
import threading
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest

from photomill.errors import SourceForbidden, SourceTooLarge, SourceUnreachable
from photomill_web import WebStorage

if TYPE_CHECKING:
    from tests.storage.conftest import WebServer

OpenWeb = Callable[..., WebStorage]


def _raw(*pieces: bytes, pause: float = 0) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer with these very bytes, one piece after the other, and hang up."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        for piece in pieces:
            handler.wfile.write(piece)
            time.sleep(pause)

    return answer


def test_a_failure_is_said_with_its_status(open_web: OpenWeb, server: "WebServer") -> None:
    with pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1: 404 Not Found"):
        open_web().open_object(server.url("/nothing"))
    with pytest.raises(SourceUnreachable, match="503 Service Unavailable"):
        open_web().open_object(server.serve("/down", b"", status=503))


def test_nobody_there_is_unreachable(open_web: OpenWeb) -> None:
    with pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1: .*refused"):
        open_web().open_object("http://127.0.0.1:9/")


def test_chunks_are_joined(open_web: OpenWeb, server: "WebServer") -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    url = server.answer("/", _raw(head, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"))
    assert open_web().open_object(url).read() == b"abcde"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc",
        b"nothing like HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot packed",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"abc", mtime=0)[:-6],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nabc",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"",
    ],
)
def test_broken_answers_are_errors(open_web: OpenWeb, server: "WebServer", answer: bytes) -> None:
    with pytest.raises(SourceUnreachable, match=r"^127\.0\.0\.1: .+"):
        open_web().open_object(server.answer("/", _raw(answer)))


def test_too_large_an_answer_is_refused_by_what_it_announces(
    open_web: OpenWeb, server: "WebServer"
) -> None:
    url = server.answer("/", _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"))
    with pytest.raises(SourceTooLarge, match="1000000 bytes are more than 1000"):
        open_web(max_bytes=1000).open_object(url)


def test_too_large_an_answer_is_refused_while_it_is_read(
    open_web: OpenWeb, server: "WebServer"
) -> None:
    url = server.answer("/", _raw(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 1001, b"x" * 10_000_000))
    with pytest.raises(SourceTooLarge, match="more than 1000 bytes"):
        open_web(max_bytes=1000).open_object(url)
    exact = server.serve("/exact", b"x" * 1000)
    assert len(open_web(max_bytes=1000).open_object(exact).read()) == 1000


def test_packed_answers_are_bounded_as_they_unpack(open_web: OpenWeb, server: "WebServer") -> None:
    for name, packed in (("gzip", gzip.compress(b"abc")), ("deflate", zlib.compress(b"abc"))):
        url = server.serve(f"/{name}", packed, Content_Encoding=name)
        assert open_web().open_object(url).read() == b"abc"
    bomb = server.serve("/bomb", gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")
    with pytest.raises(SourceTooLarge):
        open_web(max_bytes=1_000_000).open_object(bomb)


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *[b"x"] * 100],
        [*[bytes([byte]) for byte in b"HTTP/1.1 200 OK\r\nX-A: " + b"x" * 100]],
        [b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 100],
        [b""] * 100,
    ],
    ids=["body", "header", "headers", "silence"],
)
def test_slow_answers_end_with_the_deadline(
    open_web: OpenWeb, server: "WebServer", pieces: list[bytes]
) -> None:
    url = server.answer("/", _raw(*pieces, pause=0.05))
    with pytest.raises(SourceUnreachable, match=r"timed out after 0\.3 s"):
        open_web(timeout=0.3).open_object(url)


def test_a_slow_resolver_ends_with_the_deadline(open_web: OpenWeb) -> None:
    answered = threading.Event()

    def slow(host: str, port: int) -> list[str]:
        answered.wait()
        return ["127.0.0.1"]

    with pytest.raises(SourceUnreachable, match="timed out"):
        open_web(resolver=slow, timeout=0.2).open_object("http://slow.example/")
    answered.set()


def test_redirects_are_followed_up_to_the_limit(open_web: OpenWeb, server: "WebServer") -> None:
    for number in range(5):
        server.serve(f"/{number}", b"", status=302, Location=f"/{number + 1}")
    server.serve("/5", b"there")
    assert open_web(max_redirects=3).open_object(server.url("/2")).read() == b"there"
    with pytest.raises(SourceForbidden, match="more than 3 redirects"):
        open_web(max_redirects=3).open_object(server.url("/1"))


def test_all_redirects_share_one_deadline(open_web: OpenWeb, server: "WebServer") -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"
    url = server.answer("/", _raw(b"", head, pause=0.1))
    with pytest.raises(SourceUnreachable, match="timed out"):
        open_web(max_redirects=1_000_000, timeout=0.5).open_object(url)


def test_connections_are_used_again(open_web: OpenWeb, server: "WebServer") -> None:
    url = server.serve("/", b"data")
    web = open_web()
    for _ in range(3):
        web.open_object(url)
    assert len({request.client_address for request in server.requests}) == 1


def test_many_threads_fetch_at_once(open_web: OpenWeb, server: "WebServer") -> None:
    urls = [server.serve(f"/{number}", str(number).encode()) for number in range(40)]
    web = open_web()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda url: web.open_object(url).read(), urls))
    assert found == [str(number).encode() for number in range(40)]


def test_no_cookies_are_kept_and_no_packing_is_asked_for(
    open_web: OpenWeb, server: "WebServer"
) -> None:
    url = server.serve("/", b"data", Set_Cookie="session=1")
    web = open_web()
    web.open_object(url)
    web.open_object(url)
    assert "Cookie" not in server.requests[1].headers
    assert server.requests[1].headers["Accept-Encoding"] == "identity"


def test_a_name_and_password_go_to_their_own_server_only(
    open_web: OpenWeb, server: "WebServer"
) -> None:
    server.serve("/", b"", status=302, Location=server.url("/other", "127.0.0.2"))
    with pytest.raises(SourceUnreachable) as caught:
        open_web().open_object(server.url("/", "someone:se%20cret@127.0.0.1"))
    assert server.requests[0].headers["Authorization"] == "Basic c29tZW9uZTpzZSBjcmV0"
    assert "se" + "cret" not in str(caught.value)
