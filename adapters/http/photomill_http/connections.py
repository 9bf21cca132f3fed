"""Connections that wait for somebody: how long each may, and how many there may be.

uvicorn bounds the time between two requests. Here the time in which a request's head arrives is bounded, the pace at which
its body does, and the time in which somebody takes an answer; and where there are as many connections as there may be, the
one that has been silent longest makes room for the next.
"""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from time import monotonic
from typing import Any

import httptools
import uvicorn
from attrs import frozen
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from photomill import Backoff

logger = logging.getLogger("photomill.http")

_TICK_SECONDS = 0.5
_GRACE_SECONDS = 1.0
"""How long a new connection may be silent before it makes room for another."""
_LEAST_PACE = 500
"""Bytes of a body a second, over a whole period. The slowest mobile networks bring ten times as many."""
_MOST_QUEUED = 100
"""Requests that wait for the answer to another one of their connection."""
_LONGEST_HEAD = 64 * 1024
"""Bytes of a request line and its headers, more or less: what is looked at came in one piece."""
_TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_HEAD_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


@frozen
class ConnectionLimits:
    """
    :ivar connections: that are open at once.
    :ivar head: seconds in which the head of a request arrives.
    :ivar body: seconds of a period in which some of the body arrives; and in which what nobody reads ends.
    :ivar answer: seconds in which some of an answer is taken.
    """

    connections: int
    head: float
    body: float
    answer: float


class _Awaited(Enum):
    """What a caller is to send."""

    HEAD = auto()
    BODY = auto()
    NOTHING = auto()


class _JoinedHead(asyncio.Transport):
    """Writes the head of an answer together with what follows at once: each write wakes the client."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._head = b""
        self._begun = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._begun:
            self._begun, self._head = True, bytes(data)
            # What does not follow at once may be long in coming, or never come.
            self._loop.call_soon(self.flush)
        elif self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        else:
            self._transport.write(data)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def flush(self) -> None:
        """Write the head, if nothing has followed it yet."""
        if self._head:
            head, self._head = self._head, b""
            if not self._transport.is_closing():
                self._transport.write(head)


class Connection(HttpToolsProtocol):
    """A connection that knows since when it waits, and for what."""

    def __init__(self, limits: ConnectionLimits, **given: Any) -> None:
        super().__init__(**given)
        self._limits = limits
        self._awaited = _Awaited.HEAD
        self._head_bytes = 0
        self._silent_since: float | None = monotonic()
        self._body_since: float | None = None
        self._body_bytes = 0
        self._stuck_since: float | None = None
        self._stuck_bytes = 0

    def data_received(self, data: bytes) -> None:
        if self._awaited is _Awaited.HEAD and self._silent_since is None:
            self._silent_since = monotonic()
        self._head_bytes += len(data)
        self._body_bytes += len(data)
        self._unset_keepalive_if_required()
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self.send_400_response("the request is not HTTP/1.1")
        if self._awaited is not _Awaited.HEAD:
            self._silent_since = None
        elif self._silent_since is None and not self.transport.is_closing():
            # A body that nobody read has ended; as it came, it stopped the timer that its answer had set.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        if self._head_bytes > _LONGEST_HEAD and not self.transport.is_closing():
            self.transport.write(_HEAD_TOO_LONG)
            self.transport.close()

    def _parse(self, data: bytes) -> None:
        """
        :raises httptools.HttpParserError: it is not HTTP/1.1.
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            # The parser would take the body for the other protocol. Some clients, such as Java's, offer one every time.
            head = self._head_without_offer()
            self.parser = httptools.HttpRequestParser(self)
            self._parse(head + data[offer.args[0] :])

    def _head_without_offer(self) -> bytes:
        """The head of the request that is being read, which offers another protocol, without the offer.

        :raises httptools.HttpParserError: it asks for a tunnel.
        """
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        if method == b"CONNECT":
            raise httptools.HttpParserInvalidMethodError
        lines = [b"%s %s HTTP/%s" % (method, self.url, version)]
        lines += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"\r\n"])

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        if len(self.pipeline) >= _MOST_QUEUED:
            raise httptools.HttpParserError("too many requests at once")
        self._awaited, self._head_bytes = _Awaited.BODY, 0
        super().on_headers_complete()
        self.cycle.transport = joined = _JoinedHead(self.transport, self.loop)
        self.cycle.on_response = partial(self._on_answered, joined)

    def on_header(self, name: bytes, value: bytes) -> None:
        # What follows a body is no header of the request, and nobody reads it.
        if self._awaited is not _Awaited.BODY:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self._head_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        self._head_bytes = 0
        answered = self.cycle.response_complete
        self._awaited = _Awaited.HEAD if answered else _Awaited.NOTHING
        super().on_message_complete()

    def _on_answered(self, joined: _JoinedHead) -> None:
        # A head that nothing follows is all of an answer: whatever closes the connection next must not lose it.
        joined.flush()
        self.on_response_complete()

    def on_response_complete(self) -> None:
        self._body_since, self._body_bytes = monotonic(), 0
        if self._awaited is _Awaited.NOTHING and not self.pipeline:
            self._awaited = _Awaited.HEAD
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._stuck_since, self._stuck_bytes = monotonic(), self.transport.get_write_buffer_size()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stuck_since = None
        super().resume_writing()

    @property
    def silent_since(self) -> float | None:
        """Since when the head of a request is awaited, or more of a body that nobody reads; None while it is used."""
        if self._awaited is _Awaited.HEAD or self._is_answered():
            return self._silent_since or self._body_since or 0.0
        return None

    def check(self, now: float) -> None:
        """Close it if it has waited too long."""
        if self.transport.is_closing():
            return
        if self._stuck_since is not None and now - self._stuck_since > self._limits.answer:
            self._check_answer(now)
        elif self._awaited is _Awaited.HEAD:
            if self._silent_since is not None and now - self._silent_since > self._limits.head:
                self.give_up()
        elif self._awaited is _Awaited.BODY:
            self._check_body(now)
        else:
            self._body_since = None

    def give_up(self) -> None:
        """Close it, and say why where an answer is still owed."""
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            if not self._is_answered():
                self.transport.write(_TIMED_OUT)
            self.transport.close()
        else:
            self.transport.abort()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _check_answer(self, now: float) -> None:
        """Close it unless some of the answer was taken."""
        left = self.transport.get_write_buffer_size()
        if left > self._stuck_bytes - _LEAST_PACE * self._limits.answer:
            self.transport.abort()
        self._stuck_since, self._stuck_bytes = now, left

    def _check_body(self, now: float) -> None:
        if self._body_since is None or (self.flow.read_paused and not self._is_answered()):
            self._body_since, self._body_bytes = now, 0
        elif now - self._body_since > self._limits.body:
            if self._is_answered() or self._body_bytes < _LEAST_PACE * self._limits.body:
                self.give_up()
            self._body_since, self._body_bytes = now, 0

    def _is_answered(self) -> bool:
        """Whether a request was answered whose body has not ended."""
        return (
            self._awaited is _Awaited.BODY
            and self.cycle is not None
            and self.cycle.response_complete
        )


class Server(uvicorn.Server):
    """Accepts connections as long as there may be more, and closes those that wait too long."""

    def __init__(
        self,
        config: uvicorn.Config,
        limits: ConnectionLimits,
        announce: Callable[[], None],
        on_stop: Callable[[], None],
    ) -> None:
        """
        :param announce: called once it listens.
        :param on_stop: called once it is told to stop.
        """
        super().__init__(config)
        self._limits = limits
        self._announce = announce
        self._on_stop = on_stop
        self._watching: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        self.servers: list[asyncio.Server] = []
        self._watching = [asyncio.create_task(self._watch())]
        for listener in sockets or []:
            listener.setblocking(False)
            self._watching.append(asyncio.create_task(self._accept_all(listener)))
        self.started = True
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        for task in self._watching:
            task.cancel()
        await asyncio.wait(self._watching)
        await super().shutdown(sockets)

    async def _accept_all(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        make = partial(
            Connection,
            limits=self._limits,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        backoff = Backoff(logger, "no connection can be accepted", longest=1.0)
        while True:
            await self._have_room()
            try:
                accepted, _ = await loop.sock_accept(listener)
                await _connected(loop, make, accepted)
                backoff.succeeded()
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    # The caller went away before it was let in.
                    continue
                await asyncio.sleep(backoff.failed(error))

    async def _have_room(self) -> None:
        while len(self.server_state.connections) >= self._limits.connections:
            silent = [
                (each.silent_since, each)
                for each in self.server_state.connections
                if isinstance(each, Connection) and each.silent_since is not None
            ]
            since, first = min(silent, key=lambda found: found[0], default=(monotonic(), None))
            if first is not None and monotonic() - since >= _GRACE_SECONDS:
                first.give_up()
            await asyncio.sleep(0.02)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = monotonic()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection):
                    connection.check(now)


async def _connected(
    loop: asyncio.AbstractEventLoop, make: Callable[[], Connection], accepted: socket.socket
) -> None:
    try:
        await loop.connect_accepted_socket(make, accepted)
    except BaseException:
        accepted.close()
        raise
