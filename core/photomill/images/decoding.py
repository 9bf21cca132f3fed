"""Decoding in guarded processes."""

import os
import queue
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from photomill.components import Decoder
from photomill.config.settings import ImageSettings
from photomill.errors import ImageTooLarge
from photomill.images.child import DecodingProcess
from photomill.images.formats import check_format
from photomill.images.image import Image
from photomill.sandbox.process import KILLED_TRIES, ProcessKilled


class ImageDecoder:
    """Decodes pictures in child processes, one per core by default. Thread-safe.

    Processes start when they are first needed and stay. Whoever comes first gets the next free one, so a slow picture
    keeps one process busy and nobody else waiting. One that dies or takes too long costs its own picture only.
    """

    def __init__(
        self,
        decoders: Sequence[tuple[type[Decoder], Any]],
        settings: ImageSettings,
        private: Sequence[Path] = (),
    ) -> None:
        """Start nothing yet.

        :param decoders: classes and their options, the highest rank first.
        :param private: folders of which decoding processes may read nothing.
        """
        self._decoders = list(decoders)
        self._settings = settings
        self._private = tuple(private)
        self._formats = [
            format
            for format in settings.formats
            if any(format in kind.formats for kind, _ in self._decoders)
        ]
        self._lock = threading.Lock()
        self._running: set[DecodingProcess] = set()
        self._closed = False
        # The last process given back is the next one taken: no more run than are needed.
        self._free: queue.LifoQueue[DecodingProcess | None] = queue.LifoQueue()
        for _ in range(settings.processes or len(os.sched_getaffinity(0))):
            self._free.put(None)

    def decode(self, data: bytes, *, side: int = 0) -> Image:
        """Decode a picture: upright, sRGB, opaque, 8 bits a channel.

        :param side: the shorter side in pixels that the result may be shrunk to; 0 keeps all.
        :raises UnsupportedFormat: not a picture, or of a format that is not taken.
        :raises ImageTooLarge: over a limit of bytes, pixels, frames, scans, time or memory.
        :raises ImageUnreadable: damaged or truncated.
        :raises PluginUnavailable: a decoder cannot be opened.
        """
        if len(data) > self._settings.max_bytes:
            raise ImageTooLarge(f"{len(data)} bytes are more than {self._settings.max_bytes}")
        format = check_format(data, self._formats)
        if self._closed:
            raise RuntimeError("the decoder is closed")
        for _ in range(KILLED_TRIES - 1):
            try:
                return self._decoded(data, format, side)
            except ProcessKilled:
                if self._closed:
                    raise
        return self._decoded(data, format, side)

    def close(self) -> None:
        """End all processes; what they still decode is lost. May be called twice."""
        with self._lock:
            self._closed = True
            running, self._running = self._running, set()
        for process in running:
            process.kill()

    def __enter__(self) -> "ImageDecoder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _decoded(self, data: bytes, format: str, side: int) -> Image:
        process = self._free.get()
        try:
            if process is None or not process.alive:
                process = self._replace(process)
            return process.decode(data, format, side)
        finally:
            self._free.put(process)

    def _replace(self, gone: DecodingProcess | None) -> DecodingProcess:
        if gone is not None:
            gone.kill()
        process = DecodingProcess(self._decoders, self._settings, self._private)
        with self._lock:
            self._running -= {gone}
            if not self._closed:
                self._running.add(process)
                return process
        process.kill()
        raise RuntimeError("the decoder is closed")
