"""The engine's side of one decoding process."""

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import numpy as np

from photomill.components import Decoder
from photomill.config.settings import ImageSettings
from photomill.errors import ImageTooLarge, ImageUnreadable, PluginUnavailable
from photomill.images.image import Image
from photomill.images.protocol import Channel
from photomill.images.worker import ERRORS

_START_SECONDS = 60.0
"""Imports on a busy machine, from a cold disk."""

_NONSENSE = (OSError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""What reading the answer of a process raises that has died, or was taken over by a picture."""

_INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
_FRUGAL = {
    # Each would reserve address space by the core, which counts against the memory limit.
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class DecodingProcess:
    """One child. One thread at a time; it is of no more use once :attr:`alive` is False."""

    def __init__(self, decoders: list[tuple[type[Decoder], Any]], limits: ImageSettings) -> None:
        """Start the process.

        :raises PluginUnavailable: a decoder cannot be opened in it.
        """
        self._limits = limits
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "photomill.images.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_environment(),
                process_group=0,
            )
        self._channel = Channel(ours)
        try:
            self._start(decoders)
        except BaseException:
            self.kill()
            raise

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def decode(self, data: bytes, format: str, side: int) -> Image:
        """Have a picture decoded.

        :raises ImageTooLarge: over a limit, of time and memory too.
        :raises ImageUnreadable: damaged, or the process died of it.
        """
        deadline = time.monotonic() + self._limits.max_seconds
        try:
            self._channel.send({"format": format, "side": side}, data, deadline=deadline)
            header, pixels = self._channel.receive(3 * self._limits.max_pixels, deadline=deadline)
            return _image(header, pixels, format)
        except TimeoutError:
            self.kill()
            raise ImageTooLarge(
                f"takes more than {self._limits.max_seconds:g} s to decode"
            ) from None
        except _NONSENSE:
            self.kill()
            raise ImageUnreadable(f"the decoding process {self._end()}") from None

    def kill(self) -> None:
        """End the process at once and reap it. May be called from any thread, and twice."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._channel.close()

    def _start(self, decoders: list[tuple[type[Decoder], Any]]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        try:
            self._channel.send({}, pickle.dumps((decoders, self._limits)), deadline=deadline)
            header, _ = self._channel.receive(0, deadline=deadline)
        except (TimeoutError, OSError) as error:
            self.kill()
            raise PluginUnavailable(
                f"decoders: the decoding process does not start; it {self._end()} "
                f"(images.max_memory is {self._limits.max_memory // 2**20} MiB)"
            ) from error
        if "unavailable" in header:
            raise PluginUnavailable(f"decoders: {header['unavailable']}")

    def _end(self) -> str:
        code = self._process.returncode
        if code is not None and code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with status {code}"


def _environment() -> dict[str, str]:
    """What the child needs of the environment; it has secrets that are none of a decoder's business."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    return {**kept, **_FRUGAL, "PYTHONPATH": paths}


def _image(header: dict[str, Any], pixels: bytearray, format: str) -> Image:
    """Check an answer and make a picture of it; a malformed one raises what ``int`` and ``reshape`` raise."""
    if "error" in header:
        raise ERRORS[header["error"]](str(header["message"]))
    height, width = (int(side) for side in header["shape"][:2])
    return Image(
        pixels=np.frombuffer(pixels, dtype=np.uint8).reshape(height, width, 3),
        width=int(header["width"]),
        height=int(header["height"]),
        format=format,
        digest=bytes.fromhex(header["digest"]),
    )
