"""Connections to checked addresses only."""

import queue
import ssl
import threading
from collections.abc import Iterable
from typing import Any

import httpcore

from photomill.plugin import AddressRules, PhotomillError
from photomill_web.deadline import Deadline
from photomill_web.resolving import Resolver


class CheckedNetwork(httpcore.NetworkBackend):
    """Resolves a host once, checks every address, and connects to one of these very addresses.

    A name that changes its mind between check and use gains nothing. What TLS and the Host header name stays the host.
    """

    def __init__(self, rules: AddressRules, deadline: Deadline, resolver: Resolver) -> None:
        self._rules = rules
        self._deadline = deadline
        self._resolver = resolver
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._rules.check(host, self._resolve(host, port))
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, socket_options)
            except httpcore.ConnectError:
                continue
        return self._connect(addresses[-1], port, socket_options)

    def _connect(
        self, address: str, port: int, socket_options: Iterable[Any] | None
    ) -> httpcore.NetworkStream:
        stream = self._system.connect_tcp(
            address, port, timeout=self._deadline.left(), socket_options=socket_options
        )
        return _TimedStream(stream, self._deadline)

    def _resolve(self, host: str, port: int) -> list[str]:
        """Resolve within the deadline; the system's resolver has none, so it is left behind in a thread."""
        answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolver(host, port))
            except (OSError, UnicodeError, PhotomillError) as error:
                answers.put(error)

        threading.Thread(target=ask, daemon=True, name="photomill-resolve").start()
        try:
            answer = answers.get(timeout=self._deadline.left())
        except queue.Empty:
            raise httpcore.ConnectTimeout from None
        if isinstance(answer, OSError | UnicodeError) or not answer:
            raise httpcore.ConnectError("no address is known for this host")
        if isinstance(answer, Exception):
            raise answer
        return answer


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait ends with the deadline of the thread that uses it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _TimedStream(stream, self._deadline)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
