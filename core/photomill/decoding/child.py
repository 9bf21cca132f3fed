"""Decoding, in the sandbox."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from attrs import astuple, evolve

from photomill.components.toolbox import Toolbox, Tools
from photomill.config.settings import ImageSettings
from photomill.decoding.failures import describe_failure
from photomill.errors import (
    ImageTooLarge,
    ImageUnreadable,
    PhotomillError,
    PluginUnavailable,
    UnsupportedFormat,
)
from photomill.images.capture_time import capture_time
from photomill.images.complaints import DAMAGED, image_error
from photomill.images.describing import describe
from photomill.images.image import Descriptors, Image
from photomill.images.structure import checked
from photomill.images.thumbnail import QUALITY, thumbnail_size
from photomill.images.truncation import checked_whole
from photomill.sandbox.worker import Answer, EngineSide, Handler

_ANSWERED = (ImageTooLarge, ImageUnreadable, UnsupportedFormat, PluginUnavailable, MemoryError)


def open_handlers(tools: Tools, limits: ImageSettings) -> dict[str, Handler]:
    """What a sandbox that only decodes is set up with."""
    toolbox = Toolbox(tools)
    toolbox.open_decoders()
    return {"decode": decoding_with(toolbox, limits)}


def decoding_with(toolbox: Toolbox, limits: ImageSettings) -> Handler:
    """The handler that decodes."""
    return partial(_answer, toolbox, limits)


def _answer(
    toolbox: Toolbox,
    limits: ImageSettings,
    request: Mapping[str, Any],
    parts: list[bytes],
    engine: EngineSide,
) -> Answer:
    try:
        toolbox.refresh()
        image = _decode(toolbox, request["format"], request["side"], parts[0], limits)
        captured = capture_time(parts[0], request["format"])
        thumbnail = _thumbnail(toolbox, image) if request["thumbnail"] else b""
        described = _packed(describe(image)) if request["descriptors"] else ()
    except Exception as error:
        return describe_failure(_as_answered(error), limits.max_memory), ()
    answer = {
        "shape": image.pixels.shape,
        "width": image.width,
        "height": image.height,
        "digest": image.digest.hex(),
        "notes": image.notes,
        "frames": image.frames,
        "transparent": image.transparent,
        "captured": None if captured is None else astuple(captured),
    }
    return answer, (image.pixels, thumbnail, *described)


def _thumbnail(toolbox: Toolbox, image: Image) -> bytes:
    encoder = toolbox.thumbnailer()
    if encoder is None:
        return b""
    height, width = image.pixels.shape[:2]
    return encoder.thumbnail(image.pixels, thumbnail_size(width, height), QUALITY)


def _packed(descriptors: Descriptors) -> tuple[bytes, bytes, bytes]:
    return descriptors.hashes.tobytes(), descriptors.signature, descriptors.colours


def _as_answered(error: Exception) -> Exception:
    """The error of an image that stands for any that a decoder raises.

    Damaged files make libraries fail in every way there is; none of them is worth this process.
    """
    if type(error) in _ANSWERED:
        return error
    if isinstance(error, PhotomillError):
        return ImageUnreadable(str(error))
    return image_error(error)


def _decode(toolbox: Toolbox, format: str, side: int, data: bytes, limits: ImageSettings) -> Image:
    """Decode an image, or of a truncated one as much as there is, with a note.

    What the first decoder does not take, though it does not break off, the others are asked for: each library reads
    kinds of a format that the next one does not.
    """
    decoder = toolbox.decoder(format)
    try:
        whole = checked_whole(data, format, limits)
        if whole is not None:
            return decoder.decode(whole, format, side, limits)
        failure: Exception | None = None
    except (ImageTooLarge, MemoryError):
        raise
    except Exception as error:
        failure = error
    left = decoder.remaining(data, format, limits)
    if left is None:
        for other in toolbox.decoders(format):
            if other is not decoder:
                with suppress(ImageUnreadable):
                    return other.decode(checked(data, format, limits), format, side, limits)
        raise failure or ImageUnreadable(DAMAGED)
    data = checked(left.data, format, limits)
    image = decoder.tolerant().decode(data, format, side, limits)
    return evolve(image, notes=(left.note,)) if left.note else image
