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
_PARTS = "parts"
"""Where a header states the lengths of several parts."""


class Channel:
    """One end of the socket.

    Every method raises ``TimeoutError`` past the deadline (of ``time.monotonic()``; None for none), and
    ``ConnectionError`` where the other end is gone or sends no proper message.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def send(self, header: dict[str, Any], *parts: Any, deadline: float | None = None) -> None:
        """Send a header, and any buffers of bytes."""
        views: list[Any] = [memoryview(part).cast("B") for part in parts]
        lengths = [len(view) for view in views]
        packed = json.dumps({**header, _PARTS: lengths} if len(views) > 1 else header).encode()
        for block in (_LENGTHS.pack(len(packed), sum(lengths)) + packed, *views):
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
            header = json.loads(self._read(header_length, deadline))
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

    def _read(self, length: int, deadline: float | None) -> bytes:
        # Received into the bytes themselves: a copy of a large file would count twice.
        data = io.BytesIO(bytes(length))
        with data.getbuffer() as whole:
            view = whole
            while view:
                self._limit(deadline)
                count = self._socket.recv_into(view)
                if count == 0:
                    raise ConnectionError("the other end is gone")
                view = view[count:]
            view.release()
        return data.getvalue()

    def _limit(self, deadline: float | None) -> None:
        if deadline is None:
            self._socket.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
