"""The program of a process of the sandbox; run with the number of its socket as the one argument.

The first message brings what opens the handlers, pickled by the engine; every further one work for one of them. It ends
with its socket, so it never outlives the engine.
"""

import gc
import math
import pickle
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from photomill.sandbox.confinement import MemoryLimit, confine
from photomill.sandbox.protocol import Channel

_MAX_MESSAGE = 2**40
"""Bytes that the engine, which is trusted, may send: memory is bounded otherwise."""


class EngineSide:
    """What a handler may ask of the engine while it works."""

    def __init__(self, channel: Channel, seconds: float) -> None:
        self._channel = channel
        # The engine kills work that takes too long; the alarm does if the engine is gone.
        self._seconds = math.ceil(seconds) + 1
        signal.alarm(self._seconds)

    def ask(self, question: Mapping[str, Any], *parts: Any) -> dict[str, Any]:
        """Ask, and wait for the answer; the time until it comes does not count."""
        self._channel.send({"asks": question}, *parts)
        signal.alarm(0)
        answer, _ = self._channel.receive(_MAX_MESSAGE)
        signal.alarm(self._seconds)
        return answer


Answer = tuple[Mapping[str, Any], Sequence[Any]]
"""A header, and buffers of bytes."""
Handler = Callable[[Mapping[str, Any], list[bytes], EngineSide], Answer]
"""Does the work of one verb. What it raises ends the process, so it answers with errors that it expects."""


def main() -> None:
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    # What is loaded stays: to look for garbage among it takes long.
    gc.disable()
    handlers, memory = _opened(channel)
    gc.freeze()
    gc.enable()
    while _work(channel, handlers, memory):
        pass


def _opened(channel: Channel) -> tuple[Mapping[str, Handler], MemoryLimit]:
    _, (start,) = channel.receive(_MAX_MESSAGE)
    setup, memory, access = pickle.loads(start)
    confinement = confine(memory, access)
    try:
        handlers = setup()
    except Exception as error:
        channel.send({"unavailable": f"{type(error).__name__}: {error}"})
        sys.exit()
    channel.send({"ready": True, **confinement.shortcoming()})
    return handlers, MemoryLimit()


def _work(channel: Channel, handlers: Mapping[str, Handler], memory: MemoryLimit) -> bool:
    """Answer one message, and keep nothing of it; False where no more will come."""
    try:
        header, parts = channel.receive(_MAX_MESSAGE)
    except ConnectionError:
        return False
    limits, request = header["limits"], header["request"]
    cramped = memory.lower(limits["memory"])
    try:
        answer, results = handlers[header["verb"]](
            request, parts, EngineSide(channel, limits["seconds"])
        )
        short = cramped and bool(answer.get("out_of_memory"))
        channel.send({"answer": answer, "cramped": short}, *results)
    finally:
        signal.alarm(0)
        memory.lift()
    if "error" in answer:
        # What was half done hangs on the error, in circles that would stay until the next message.
        gc.collect()
    return True


if __name__ == "__main__":
    main()
