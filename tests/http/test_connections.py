"""Connections that bring nothing, little, or too many of their kind: each ends, and the server goes on answering."""

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from photomill_http.connections import ConnectionLimits, Server

LONG = 60.0
"""Seconds that nothing here takes."""
LARGE = 20 * 1024 * 1024
"""Bytes that no buffer of a system holds."""


class Running:
    """A server in a thread, and what its application saw."""

    def __init__(self, keep_alive: int = 60, **patience: Any) -> None:
        self.left: list[str] = []
        self.may_go_on = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.ready = threading.Event()
        given = {"connections": 100, "head": LONG, "body": LONG, "answer": LONG, **patience}
        config = uvicorn.Config(
            self._app(),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=keep_alive,
        )
        self.server = Server(config, ConnectionLimits(**given), self.ready.set, lambda: None)
        self.thread = threading.Thread(target=self._run)
        self.address = self.listener.getsockname()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self.server.serve(sockets=[self.listener]))

    def _app(self) -> Starlette:
        async def answer(_: Request) -> Response:
            return PlainTextResponse("here")

        async def refuse(_: Request) -> Response:
            return PlainTextResponse("no", 401)

        async def read(request: Request) -> Response:
            try:
                return PlainTextResponse(str(len(await request.body())))
            except ClientDisconnect:
                self.left.append("read")
                raise

        async def large(_: Request) -> Response:
            return Response(b"x" * LARGE)

        async def stream(_: Request) -> Response:
            return StreamingResponse(self._endless())

        async def stopping(scope: Scope, receive: Receive, send: Send) -> None:
            await PlainTextResponse("here")(scope, receive, send)
            for each in self.server.server_state.connections:
                each.shutdown()

        async def late(_: Request) -> Response:
            return StreamingResponse(self._late())

        return Starlette(
            routes=[
                Route("/", answer),
                Route("/refuse", refuse, methods=["POST"]),
                Route("/read", read, methods=["POST"]),
                Route("/stream", stream),
                Route("/large", large),
                Route("/late", late),
                Mount("/stopping", stopping),
            ]
        )

    def _endless(self) -> Iterator[bytes]:
        self.left.append("stream")
        while True:
            yield b"x" * 65536

    def _late(self) -> Iterator[bytes]:
        self.may_go_on.wait()
        yield b"at last"

    def connect(self, data: bytes = b"") -> socket.socket:
        connection = socket.create_connection(self.address, timeout=LONG)
        connection.sendall(data)
        return connection

    def get(self) -> bytes:
        with self.connect(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as connection:
            return until_closed(connection)

    def await_(self, condition: Callable[[], bool]) -> None:
        while not condition():
            time.sleep(0.02)


def until_closed(connection: socket.socket) -> bytes:
    pieces = []
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


@pytest.fixture
def running() -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(**patience: Any) -> Running:
        running = Running(**patience)
        running.thread.start()
        started.append(running)
        assert running.ready.wait(LONG)
        return running

    yield start
    for each in started:
        each.server.should_exit = each.server.force_exit = True
        each.thread.join(LONG)
        assert not each.thread.is_alive()


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX:", b"G"])
def test_a_head_must_arrive(running: Callable[..., Running], sent: bytes) -> None:
    server = running(head=0.3)
    with server.connect(sent) as silent, server.connect() as dripping:
        assert until_closed(silent).startswith(b"HTTP/1.1 408 ")
        # Every byte is something, and a head all the same must end.
        dripping.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(100_000):
                dripping.sendall(b"G")
                time.sleep(0.01)
    assert server.get().endswith(b"here")


def test_the_next_head_on_a_connection_must_arrive_too(running: Callable[..., Running]) -> None:
    server = running(head=0.3)
    with server.connect(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET / HT")
        assert b"HTTP/1.1 408 " in until_closed(connection)


@pytest.mark.parametrize("begun", [b"GET /", b"GET / HTTP/1.1\r\nHost: x\r\nX: "])
def test_a_head_has_an_end(running: Callable[..., Running], begun: bytes) -> None:
    server = running()
    for before in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
        with server.connect(before + begun) as connection, contextlib.suppress(ConnectionError):
            for _ in range(100_000):
                connection.sendall(b"a" * 1000)
            pytest.fail("it was read on and on")
    assert server.get().endswith(b"here")


def test_what_is_no_request_is_refused(running: Callable[..., Running]) -> None:
    server = running()
    for sent in (
        b"\x16\x03\x01\x02\x00",
        b"GET  HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"POST /read HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /read HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        with server.connect(sent) as connection:
            assert until_closed(connection).startswith(b"HTTP/1.1 400 "), sent
    assert server.get().endswith(b"here")


def test_requests_that_come_at_once_are_answered_in_their_order(
    running: Callable[..., Running],
) -> None:
    server = running(head=0.5)
    read = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with server.connect(read % 3 + b"abc" + read % 5 + b"abcde" + last) as connection:
        answers = until_closed(connection)
    assert [each[-4:].strip() for each in answers.split(b"HTTP/1.1 200 OK")[1:]] == [
        b"3",
        b"5",
        b"here",
    ]


def test_an_answer_comes_in_one_piece(running: Callable[..., Running]) -> None:
    with running().connect() as connection:
        for _ in range(20):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"\r\n\r\nhere"):
                answer += connection.recv(65536)
        assert segments_received(connection) == 20


def segments_received(connection: socket.socket) -> int:
    """How many segments with data came, as Linux counts them (``tcpi_data_segs_in``)."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
    return int.from_bytes(info[152:156], sys.byteorder)


def test_the_head_of_an_answer_does_not_wait_for_a_late_body(
    running: Callable[..., Running],
) -> None:
    server = running()
    with server.connect(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n") as connection:
        assert connection.recv(65536).endswith(b"\r\n\r\n")
        server.may_go_on.set()
        assert b"at last" in connection.recv(65536)


def test_an_answer_without_a_body_comes_in_its_order(running: Callable[..., Running]) -> None:
    head, last = (b"%s / HTTP/1.1\r\nHost: x\r\n" % verb for verb in (b"HEAD", b"GET"))
    with running().connect(
        2 * (head + b"\r\n") + last + b"Connection: close\r\n\r\n"
    ) as connection:
        answers = until_closed(connection)
    assert answers.count(b"HTTP/1.1 200 OK") == 3
    assert answers.count(b"here") == 1
    assert answers.endswith(b"\r\n\r\nhere")


@pytest.mark.parametrize("verb", [b"GET", b"HEAD"])
def test_no_answer_is_lost_where_the_server_stops_as_it_ends(
    running: Callable[..., Running], verb: bytes
) -> None:
    with running().connect(b"%s /stopping/ HTTP/1.1\r\nHost: x\r\n\r\n" % verb) as connection:
        assert until_closed(connection).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("at_once", [True, False])
def test_the_body_of_a_request_that_offers_another_protocol_is_read(
    running: Callable[..., Running], at_once: bool
) -> None:
    server = running()
    head = b"POST /read HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    head += b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\nContent-Length: 5\r\n\r\n"
    sent = head + b"abcde" + head.replace(b"Settings\r\nU", b"Settings, close\r\nU") + b"fghij"
    pieces = [sent] if at_once else [bytes([each]) for each in sent]
    with server.connect() as connection:
        for piece in pieces:
            connection.sendall(piece)
        answers = until_closed(connection)
    assert [each[-1:] for each in answers.split(b"HTTP/1.1 200 OK")[1:]] == [b"5", b"5"]


def test_a_body_that_stands_still_ends(running: Callable[..., Running]) -> None:
    server = running(body=0.3)
    head = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    with server.connect(head + b"0123456789") as connection:
        assert until_closed(connection).startswith(b"HTTP/1.1 408 ")
    server.await_(lambda: server.left == ["read"])


def test_a_steady_body_has_all_the_time_it_needs(running: Callable[..., Running]) -> None:
    server = running(body=1.0, head=0.3)
    head = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n"
    with server.connect(head) as connection:
        for _ in range(20):
            connection.sendall(b"x" * 5000)
            time.sleep(0.15)
        assert until_closed(connection).endswith(b"100000")


def test_a_body_that_nobody_reads_does_not_hide_the_answer(
    running: Callable[..., Running],
) -> None:
    server = running()
    size = 20 * 1024 * 1024
    head = b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size
    with server.connect(head) as connection:
        connection.sendall(b"x" * size)
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert until_closed(connection).endswith(b"here")


def test_a_body_that_nobody_reads_ends(running: Callable[..., Running]) -> None:
    server = running(body=0.5)
    head = b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
    with server.connect(head) as connection, contextlib.suppress(ConnectionError):
        for _ in range(100_000):
            connection.sendall(b"x" * 1000)
            time.sleep(0.01)
        pytest.fail("it was read on and on")


def test_a_body_that_nobody_read_is_followed_by_a_request_or_the_end(
    running: Callable[..., Running],
) -> None:
    server = running(keep_alive=1)
    head = b"POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
    with server.connect(head) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
        connection.sendall(b"0123456789")
        assert until_closed(connection) == b""


def test_what_follows_a_body_is_bounded(running: Callable[..., Running]) -> None:
    server = running()
    head = b"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with server.connect(head + b"5\r\nabcde\r\n0\r\nX-Sum: 1\r\n\r\n") as connection:
        assert connection.recv(65536).endswith(b"5")
    with server.connect(head + b"0\r\n") as connection, contextlib.suppress(ConnectionError):
        for _ in range(100_000):
            connection.sendall(b"a:\r\n" * 1000)
        pytest.fail("it was read on and on")


@pytest.mark.parametrize(
    "request_",
    [b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"],
)
def test_few_requests_wait_on_one_connection(
    running: Callable[..., Running], request_: bytes
) -> None:
    server = running()
    with server.connect() as connection, contextlib.suppress(ConnectionError):
        for _ in range(10_000):
            connection.sendall(request_ * 5000)
        pytest.fail("it was read on and on")
    assert server.get().endswith(b"here")


def test_an_answer_that_is_taken_slowly_is_whole(running: Callable[..., Running]) -> None:
    server = running(answer=0.6)
    with server.connect(
        b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    ) as connection:
        taken = 0
        while piece := connection.recv(256 * 1024):
            taken += len(piece)
            time.sleep(0.05)
    assert taken > LARGE


def test_an_answer_must_be_taken(running: Callable[..., Running]) -> None:
    server = running(answer=0.3)
    with server.connect(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"):
        server.await_(lambda: server.left == ["stream"])
        server.await_(lambda: not server.server.server_state.tasks)
        assert not server.server.server_state.connections


def test_the_longest_silent_connection_makes_room(running: Callable[..., Running]) -> None:
    server = running(connections=5)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(server.connect(b"GET / H")) for _ in range(12)]
        assert server.get().endswith(b"here")
        assert until_closed(silent[0]).startswith(b"HTTP/1.1 408 ")
        assert len(server.server.server_state.connections) <= 5


def test_who_works_does_not_make_room(running: Callable[..., Running]) -> None:
    server = running(connections=3)
    head = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    with contextlib.ExitStack() as stack:
        busy = [stack.enter_context(server.connect(head + b"x")) for _ in range(3)]
        server.await_(lambda: len(server.server.server_state.tasks) == 3)
        waiting = stack.enter_context(server.connect(b"GET / HTTP/1.0\r\n\r\n"))
        time.sleep(1.5)
        for connection in busy:
            connection.sendall(b"yz")
            assert until_closed(connection).endswith(b"3")
        assert until_closed(waiting).endswith(b"here")


_FEW_FILES = """
import asyncio, logging, resource, socket, sys, uvicorn
from photomill_http.connections import ConnectionLimits, Server
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
logging.getLogger("uvicorn").setLevel(logging.WARNING)
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": b"here"})
listener = socket.create_server(("127.0.0.1", 0), backlog=256)
config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
announce = lambda: print(listener.getsockname()[1], flush=True)
server = Server(config, ConnectionLimits(1000, 60, 60, 60), announce, lambda: None)
resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))
asyncio.run(server.serve(sockets=[listener]))
"""


def test_out_of_files_it_waits_and_says_so_once() -> None:
    command = [sys.executable, "-c", _FEW_FILES]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
        contextlib.ExitStack() as stack,
    ):
        stack.callback(process.kill)
        assert process.stdout is not None
        address = ("127.0.0.1", int(process.stdout.readline()))
        many = [socket.create_connection(address, LONG) for _ in range(60)]
        time.sleep(2)
        for connection in many:
            connection.close()
        with socket.create_connection(address, LONG) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"here" in until_closed(connection)
        process.terminate()
        _, log = process.communicate(timeout=LONG)
    assert log.count(b"no connection can be accepted") == 1
    assert len(log) < 20_000
