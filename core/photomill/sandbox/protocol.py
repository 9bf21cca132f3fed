"""Messages between the engine and its decoding processes: a JSON header and bytes, over a socket.

The header is JSON because what comes back was made by a process that read hostile bytes.
"""

import json
import socket
import struct
import time
from typing import Any

_LENGTHS = struct.Struct("!IQ")
_MAX_HEADER = 64 * 1024


class Channel:
    """One end of the socket.

    Every method raises ``TimeoutError`` past the deadline (of ``time.monotonic()``; None for none), and
    ``ConnectionError`` where the other end is gone or talks nonsense.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def send(
        self, header: dict[str, Any], body: Any = b"", *, deadline: float | None = None
    ) -> None:
        """Send a header, and any buffer of bytes."""
        packed = json.dumps(header).encode()
        view = memoryview(body).cast("B")
        for part in (_LENGTHS.pack(len(packed), len(view)), packed, view):
            self._limit(deadline)
            self._socket.sendall(part)

    def receive(
        self, max_body: int, *, deadline: float | None = None
    ) -> tuple[dict[str, Any], bytearray]:
        """Receive a header and bytes."""
        header_length, length = _LENGTHS.unpack(self._read(_LENGTHS.size, deadline))
        if header_length > _MAX_HEADER or length > max_body:
            raise ConnectionError("the message is too long")
        try:
            header = json.loads(self._read(header_length, deadline))
        except ValueError:
            raise ConnectionError("the message is malformed") from None
        return header, self._read(length, deadline)

    def close(self) -> None:
        self._socket.close()

    def _read(self, length: int, deadline: float | None) -> bytearray:
        data = bytearray(length)
        view = memoryview(data)
        while view:
            self._limit(deadline)
            count = self._socket.recv_into(view)
            if count == 0:
                raise ConnectionError("the other end is gone")
            view = view[count:]
        return data

    def _limit(self, deadline: float | None) -> None:
        if deadline is None:
            self._socket.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
