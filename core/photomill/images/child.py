"""The engine's side of one decoding process."""

import logging
import time
from pathlib import Path
from typing import Any

import numpy as np

from photomill.components import Decoder
from photomill.config.settings import ImageSettings
from photomill.errors import ImageTooLarge
from photomill.images.image import Image
from photomill.images.worker import ERRORS
from photomill.sandbox.confinement import Access
from photomill.sandbox.process import NONSENSE, GuardedProcess
from photomill.sandbox.readable import named_by

logger = logging.getLogger(__name__)


class DecodingProcess(GuardedProcess):
    """One child. One thread at a time; it is of no more use once :attr:`alive` is False."""

    def __init__(
        self,
        decoders: list[tuple[type[Decoder], Any]],
        limits: ImageSettings,
        private: tuple[Path, ...] = (),
    ) -> None:
        """Start the process.

        :param private: folders of which it may read nothing.
        :raises PluginUnavailable: a decoder cannot be opened in it.
        """
        self._limits = limits
        memory = f"images.max_memory is {limits.max_memory // 2**20} MiB"
        access = Access(tuple(named_by(options for _, options in decoders)), private)
        start = decoders, limits, access
        super().__init__("photomill.images.worker", start, what="decoding", memory=memory)

    def decode(self, data: bytes, format: str, side: int) -> Image:
        """Have a picture decoded.

        :raises ImageTooLarge: over a limit, of time and memory too.
        :raises ImageUnreadable: damaged, or the process died of it.
        """
        deadline = time.monotonic() + self._limits.max_seconds
        try:
            self.channel.send({"format": format, "side": side}, data, deadline=deadline)
            header, pixels = self.channel.receive(3 * self._limits.max_pixels, deadline=deadline)
            return _image(header, pixels, format)
        except TimeoutError:
            self.kill()
            raise ImageTooLarge(
                f"takes more than {self._limits.max_seconds:g} s to decode"
            ) from None
        except NONSENSE:
            raise self.end_of_nonsense() from None


def _image(header: dict[str, Any], pixels: bytearray, format: str) -> Image:
    """Check an answer and make a picture of it; a malformed one raises what ``int`` and ``reshape`` raise."""
    if "error" in header:
        if header["complaint"]:
            logger.info("a picture was not taken: %s", header["complaint"])
        raise ERRORS[header["error"]](str(header["message"]))
    height, width = (int(side) for side in header["shape"][:2])
    return Image(
        pixels=np.frombuffer(pixels, dtype=np.uint8).reshape(height, width, 3),
        width=int(header["width"]),
        height=int(header["height"]),
        format=format,
        digest=bytes.fromhex(header["digest"]),
        notes=tuple(str(note) for note in header["notes"]),
        frames=int(header["frames"]),
        transparent=bool(header["transparent"]),
    )
