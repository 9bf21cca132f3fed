"""The program of a decoding process; run with the number of its socket as the one argument.

The first message brings the decoders, pickled by the engine; every further one a picture. It ends with its socket, so
it never outlives the engine.
"""

import gc
import logging
import math
import pickle
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import evolve

from photomill.components import Decoder, OpenContext
from photomill.config.settings import FetchSettings, ImageSettings
from photomill.errors import (
    ImageError,
    ImageTooLarge,
    ImageUnreadable,
    PhotomillError,
    UnsupportedFormat,
)
from photomill.images.complaints import DAMAGED, complaint_of, image_error
from photomill.images.image import Image
from photomill.images.structure import checked
from photomill.images.truncation import remaining, suspicious
from photomill.sandbox.confinement import confine
from photomill.sandbox.protocol import Channel

_MAX_START = 2**20
_NO_FOLDER = Path("/dev/null/none")
"""A decoding process writes no files."""

ERRORS: dict[str, type[ImageError]] = {
    kind.__name__: kind for kind in (ImageTooLarge, ImageUnreadable, UnsupportedFormat)
}
"""What a decoding process may answer instead of a picture."""


def main() -> None:
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    _, start = channel.receive(_MAX_START)
    # The only pickle in this protocol goes from the engine, which is trusted, to its own child.
    decoders, limits, access = pickle.loads(start)
    confinement = confine(limits.max_memory, access)
    try:
        opened = _open(decoders)
    except Exception as error:
        channel.send({"unavailable": f"decoders: {type(error).__name__}: {error}"})
        return
    channel.send({"ready": True, **confinement.shortcoming()})
    while True:
        try:
            request, data = channel.receive(limits.max_bytes)
        except ConnectionError:
            return
        _answer(channel, opened[request["format"]], request, bytes(data), limits)


def _open(decoders: list[tuple[type[Decoder], Any]]) -> dict[str, list[Decoder]]:
    """Open the decoders: those of each format, the highest rank first."""
    opened: dict[str, list[Decoder]] = {}
    for kind, options in decoders:
        decoder = kind(options)
        decoder.open(
            OpenContext(
                instance=kind.name,
                cache_dir=_NO_FOLDER,
                fetch=FetchSettings(),
                logger=logging.getLogger(f"photomill.decoders.{kind.name}"),
            )
        )
        for format in kind.formats:
            opened.setdefault(format, []).append(decoder)
    return opened


def _answer(
    channel: Channel,
    decoders: list[Decoder],
    request: dict[str, Any],
    data: bytes,
    limits: ImageSettings,
) -> None:
    failed = False
    # The engine kills a decode that takes too long; the alarm does if the engine is gone.
    signal.alarm(math.ceil(limits.max_seconds) + 1)
    try:
        image = _decode(decoders, request, data, limits)
    except ImageError as error:
        channel.send(
            {
                "error": type(error).__name__,
                "message": str(error),
                "complaint": complaint_of(error),
            }
        )
        failed = True
    else:
        channel.send(
            {
                "shape": image.pixels.shape,
                "width": image.width,
                "height": image.height,
                "digest": image.digest.hex(),
                "notes": image.notes,
                "frames": image.frames,
                "transparent": image.transparent,
            },
            image.pixels,
        )
    finally:
        signal.alarm(0)
    if failed:
        # What was half decoded hangs on the error, in circles that would stay until the next picture.
        gc.collect()


def _decode(
    decoders: list[Decoder], request: dict[str, Any], data: bytes, limits: ImageSettings
) -> Image:
    try:
        return _decode_what_is_there(decoders, request, data, limits)
    except ImageError as error:
        if type(error).__name__ in ERRORS:
            raise
        raise ImageUnreadable(str(error)) from error
    except PhotomillError as error:
        raise ImageUnreadable(str(error)) from error
    except MemoryError:
        raise ImageTooLarge(f"needs more than {limits.max_memory // 2**20} MiB of memory") from None
    except Exception as error:
        # Damaged files make libraries fail in every way there is; none of them is worth this process.
        raise image_error(error) from error


def _decode_what_is_there(
    decoders: list[Decoder], request: dict[str, Any], data: bytes, limits: ImageSettings
) -> Image:
    """Decode a picture, or of a truncated one as much as there is, with a note.

    What the first decoder does not take, though it does not break off, the others are asked for: each library reads
    kinds of a format that the next one does not.
    """
    format, side = request["format"], request["side"]
    decoder, *others = decoders
    try:
        if not suspicious(data, format):
            return decoder.decode(checked(data, format, limits), format, side, limits)
        failure: Exception | None = None
    except (ImageTooLarge, MemoryError):
        raise
    except Exception as error:
        failure = error
    left = remaining(decoder, data, format, limits)
    if left is None:
        for other in others:
            with suppress(ImageUnreadable):
                return other.decode(checked(data, format, limits), format, side, limits)
        raise failure or ImageUnreadable(DAMAGED)
    data = checked(left.data, format, limits)
    image = decoder.tolerant().decode(data, format, side, limits)
    return evolve(image, notes=(left.note,)) if left.note else image


if __name__ == "__main__":
    main()
