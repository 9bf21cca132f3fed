"""Messages between the engine and its sandbox: a JSON header and parts of bytes, over a socket.

The header is JSON because what comes back was made by a process that read hostile bytes.
"""

import io
import json
import socket
import struct
import time
from typing import Any

_LENGTHS = struct.Struct("!IQ")
_MAX_HEADER = 2**20
_AHEAD = 2**13
"""Bytes that are read at once where fewer are asked for."""
_PARTS = "parts"
"""Where a header states the lengths of several parts."""


class Channel:
    """One end of the socket.

    Every method raises ``TimeoutError`` past the deadline (of ``time.monotonic()``; None for none), and
    ``ConnectionError`` where the other end is gone or sends no proper message.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        # Read beyond what was asked for, so that the small parts of a message take one call.
        self._ahead = b""

    def send(self, header: dict[str, Any], *parts: Any, deadline: float | None = None) -> None:
        """Send a header, and any buffers of bytes."""
        views: list[Any] = [memoryview(part).cast("B") for part in parts]
        lengths = [len(view) for view in views]
        packed = json.dumps({**header, _PARTS: lengths} if len(views) > 1 else header).encode()
        self._limit(deadline)
        for block in self._unsent([_LENGTHS.pack(len(packed), sum(lengths)) + packed, *views]):
            self._limit(deadline)
            self._socket.sendall(block)

    def receive(
        self, max_bytes: int, *, deadline: float | None = None
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Receive a header and its parts: at least one, which may be empty.

        :param max_bytes: of all parts together.
        """
        header_length, length = _LENGTHS.unpack(self._read(_LENGTHS.size, deadline))
        if header_length > _MAX_HEADER or length > max_bytes:
            raise ConnectionError("the message is too long")
        try:
            header = json.loads(self._read(header_length, deadline).decode())
        except ValueError:
            raise ConnectionError("the message is malformed") from None
        if not isinstance(header, dict):
            raise ConnectionError("the message is malformed")
        lengths = header.pop(_PARTS, [length])
        if sum(lengths) != length or not all(
            type(each) is int and 0 <= each <= length for each in lengths
        ):
            raise ConnectionError("the message is malformed")
        return header, [self._read(each, deadline) for each in lengths]

    def close(self) -> None:
        self._socket.close()

    def _unsent(self, blocks: list[Any]) -> list[Any]:
        """Send blocks by one call as far as it goes, and return what is left of them."""
        sent = self._socket.sendmsg(blocks)
        left = []
        for block in blocks:
            if sent < len(block):
                left.append(memoryview(block)[sent:])
            sent = max(0, sent - len(block))
        return left

    def _read(self, length: int, deadline: float | None) -> bytes:
        if length > len(self._ahead) and length < _AHEAD:
            self._fill(length, deadline)
        ahead, self._ahead = self._ahead[:length], self._ahead[length:]
        if len(ahead) == length:
            return ahead
        # Received into the bytes themselves: a copy of a large file would count twice.
        data = io.BytesIO(bytes(length))
        with data.getbuffer() as whole:
            whole[: len(ahead)] = ahead
            view = whole[len(ahead) :]
            while view:
                self._limit(deadline)
                count = self._socket.recv_into(view)
                if count == 0:
                    raise ConnectionError("the other end is gone")
                view = view[count:]
            view.release()
        return data.getvalue()

    def _fill(self, length: int, deadline: float | None) -> None:
        """Read at least so many bytes, and what else has come."""
        while len(self._ahead) < length:
            self._limit(deadline)
            more = self._socket.recv(_AHEAD)
            if not more:
                raise ConnectionError("the other end is gone")
            self._ahead += more

    def _limit(self, deadline: float | None) -> None:
        if deadline is None:
            self._socket.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
