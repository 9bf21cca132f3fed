"""A decoder that does what its image says, as an image that attacks a real decoder would have it do."""

import contextlib
import ctypes
import os
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from photomill.components import Decoder, OpenContext
from photomill.config.settings import ImageSettings
from photomill.decoding import child
from photomill.errors import Forbidden, ImageUnreadable
from photomill.images.image import Descriptors, Image


@frozen
class Options:
    colour: int = 7


class Misbehaving(Decoder):
    name = "misbehaving"
    formats = frozenset({"bmp"})
    Options = Options

    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        command, _, argument = data[18:].decode().partition(" ")
        answer = getattr(self, command)(argument)
        if isinstance(answer, str):
            raise ImageUnreadable(answer)
        if isinstance(answer, Image):
            return answer
        return Image.from_pixels(np.full((2, 3, 3), self.options.colour, np.uint8))

    def behave(self, argument: str) -> None:
        """Decode."""

    def sleep(self, seconds: str) -> None:
        time.sleep(float(seconds))

    def spin(self, argument: str) -> None:
        while True:
            pass

    def crash(self, argument: str) -> None:
        ctypes.string_at(0)

    def leave(self, argument: str) -> None:
        os._exit(3)

    def hoard(self, argument: str) -> None:
        hoarded = []
        while True:
            hoarded.append(bytearray(16 * 1024 * 1024))

    def fail(self, argument: str) -> None:
        raise ZeroDivisionError("a bug")

    def forbid(self, argument: str) -> None:
        raise Forbidden("not an error of images")

    def write(self, path: str) -> str | None:
        try:
            Path(path).write_text("written")
        except OSError as error:
            return str(error)
        return None

    def connect(self, port: str) -> str | None:
        return _refusal(lambda: socket.create_connection(("127.0.0.1", int(port)), 2))

    def read(self, path: str) -> str | None:
        return _refusal(lambda: Path(path).read_bytes())

    def remove(self, path: str) -> str | None:
        return _refusal(lambda: os.unlink(path))

    def pid(self, argument: str) -> str:
        return str(os.getpid())

    def environment(self, argument: str) -> str:
        return repr(dict(os.environ))

    def descriptors(self, argument: str) -> str:
        return " ".join(_open_descriptors().values())

    def lie(self, shape: str) -> Image:
        pixels: Any = np.zeros([int(side) for side in shape.split("x")], np.uint8)
        return Image(pixels=pixels, width=1, height=1)

    def misdescribe(self, lengths: str) -> None:
        hashes, signature, colours = (int(length) for length in lengths.split())
        described = Descriptors(np.zeros(hashes, np.uint64), bytes(signature), bytes(colours))
        child.describe = lambda image: described  # type: ignore[attr-defined]

    def babble(self, header: str) -> None:
        for descriptor, target in _open_descriptors().items():
            if target.startswith("socket:"):
                os.write(descriptor, struct.pack("!IQ", len(header), 0) + header.encode())


class Unopenable(Misbehaving):
    def open(self, context: OpenContext) -> None:
        raise OSError("the model is missing")


class Stillborn(Misbehaving):
    def open(self, context: OpenContext) -> None:
        os._exit(1)


def _refusal(attempt: Callable[[], object]) -> str | None:
    try:
        attempt()
    except OSError as error:
        return str(error)
    return None


def _open_descriptors() -> dict[int, str]:
    found = {}
    for name in os.listdir("/proc/self/fd"):
        # The descriptor that lists the folder is gone by the time it is looked at.
        with contextlib.suppress(FileNotFoundError):
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
    return found
