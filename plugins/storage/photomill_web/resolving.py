"""From the names of hosts to their addresses."""

import socket
from collections.abc import Callable

Resolver = Callable[[str, int], list[str]]
"""Host and port to addresses; raises ``OSError`` where there are none."""


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for a host's addresses."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
