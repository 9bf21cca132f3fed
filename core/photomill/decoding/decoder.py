"""The engine's side of decoding."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any

import numpy as np

from photomill.components.decoder import Decoder
from photomill.components.toolbox import Tool, Tools
from photomill.config.settings import ImageSettings
from photomill.decoding.child import open_handlers
from photomill.decoding.failures import failure_of
from photomill.errors import ImageTooLarge
from photomill.folders import make_private_folder
from photomill.images.capture_time import CaptureTime
from photomill.images.colours import unpack_colours
from photomill.images.formats import check_format
from photomill.images.image import Descriptors, Image
from photomill.images.turns import TURNS
from photomill.sandbox.confinement import Access
from photomill.sandbox.process import Call, Start, Verb
from photomill.sandbox.readable import named_by
from photomill.sandbox.sandbox import Sandbox

_MOST_BESIDE = 2**20
"""Bytes that are read beside pixels: of a thumbnail, and of descriptors."""

_MOST_SIGNATURE = 2**14
"""Bytes that are kept of a signature; one that was made as it should be is much shorter."""


class ImageDecoder:
    """Decodes images in the sandbox. Thread-safe."""

    def __init__(
        self,
        decoders: Iterable[tuple[type[Decoder], Any]],
        settings: ImageSettings,
        sandbox: Sandbox | None = None,
    ) -> None:
        """Start nothing yet.

        :param decoders: classes and their options, the highest rank first.
        :param sandbox: one that knows the verb ``decode``; None makes one that knows nothing else.
        """
        found = list(decoders)
        self._settings = settings
        self._formats = [
            format
            for format in settings.formats
            if any(format in kind.formats for kind, _ in found)
        ]
        self._sandbox = sandbox or _sandbox_of(found, settings)

    def decode(
        self,
        data: bytes,
        *,
        side: int = 0,
        thumbnail: bool = False,
        descriptors: bool = False,
        interactive: bool = True,
    ) -> Image:
        """Decode an image: upright, sRGB, opaque, 8 bits a channel.

        :param side: the shorter side in pixels that the result may be shrunk to; 0 keeps all.
        :param thumbnail: make a thumbnail of it too, where an encoder of the sandbox can.
        :param descriptors: describe it too.
        :param interactive: somebody waits for it: it goes before what many wait for together.
        :raises UnsupportedFormat: not an image, or of a format that is not taken.
        :raises ImageTooLarge: over a limit of bytes, pixels, frames, scans, time or memory.
        :raises ImageUnreadable: damaged or truncated.
        :raises PluginUnavailable: a decoder cannot be opened.
        """
        if len(data) > self._settings.max_bytes:
            raise ImageTooLarge(f"{len(data)} bytes are more than {self._settings.max_bytes}")
        format = check_format(data, self._formats)
        call = Call(
            "decode",
            {"format": format, "side": side, "thumbnail": thumbnail, "descriptors": descriptors},
            (data,),
            read=partial(_image, format),
            seconds=self._settings.max_seconds,
            max_answer=3 * self._settings.max_pixels + _MOST_BESIDE,
        )
        return self._sandbox.call(call, interactive=interactive)

    def close(self) -> None:
        """End all processes; what they still decode is lost. May be called twice."""
        self._sandbox.close()

    def __enter__(self) -> "ImageDecoder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def decode_verb(settings: ImageSettings) -> Verb:
    """The limits of decoding."""
    return Verb("decoding", settings.max_memory, "images.max_memory", settings.processes)


def access_for(tools: Tools) -> Access:
    """What the sandbox may read: the models, and what options name."""
    every: list[Tool[Any]] = [*tools.decoders, *tools.editors, *tools.encoders]
    named = tuple(named_by(tool.options for tool in every))
    if tools.models_dir is None:
        return Access(named, tools.private)
    # What is not there when a process starts stays out of its reach.
    with suppress(OSError):
        make_private_folder(tools.models_dir)
    return Access((tools.models_dir, *named), tools.private)


def _sandbox_of(decoders: Sequence[tuple[type[Decoder], Any]], settings: ImageSettings) -> Sandbox:
    tools = Tools([Tool(kind.name, kind, options) for kind, options in decoders])
    setup = partial(open_handlers, tools, settings)
    return Sandbox(Start(setup, {"decode": decode_verb(settings)}, access_for(tools)))


def _image(format: str, answer: Mapping[str, Any], parts: Sequence[bytes]) -> Image:
    """Check an answer and make an image of it; a malformed one raises what ``int`` and ``reshape`` raise."""
    if "error" in answer:
        raise failure_of(answer)
    pixels, thumbnail, *described = parts
    height, width = (int(side) for side in answer["shape"][:2])
    return Image(
        pixels=np.frombuffer(pixels, dtype=np.uint8).reshape(height, width, 3),
        width=int(answer["width"]),
        height=int(answer["height"]),
        format=format,
        digest=bytes.fromhex(answer["digest"]),
        notes=tuple(str(note) for note in answer["notes"]),
        frames=int(answer["frames"]),
        transparent=bool(answer["transparent"]),
        captured=_capture_time(answer["captured"]),
        thumbnail=thumbnail,
        descriptors=_descriptors(*described) if described else None,
    )


def _descriptors(hashes: bytes, signature: bytes, colours: bytes) -> Descriptors:
    if len(signature) > _MOST_SIGNATURE:
        raise ValueError("no signature is so long")
    unpack_colours([colours])
    return Descriptors(np.frombuffer(hashes, np.uint64).reshape(len(TURNS)), signature, colours)


def _capture_time(answer: Sequence[Any] | None) -> CaptureTime | None:
    if answer is None:
        return None
    clock, offset = answer
    return CaptureTime(float(clock), None if offset is None else float(offset))
