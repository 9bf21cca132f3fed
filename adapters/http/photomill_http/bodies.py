"""Reading a request's body: bounded, kept once, and parsed by whoever works on it, off the event loop.

Every contract reads bodies here, after it has looked at the key and its rate. What a body is parsed into is bounded before
it is built.
"""

import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, TypeVar, cast

import anyio.to_thread
from attrs import frozen
from starlette.requests import Request

from photomill import InvalidInput, JsonLimits, decode_json, describe_errors, make_converter
from photomill_http.memory import BodyMemory
from photomill_http.numbers import whole_number

T = TypeVar("T")

_SMALL = 256 * 1024
"""Bytes of a body that is kept in memory while it arrives, and for which there is always room."""
_WRITTEN_AT_ONCE = 1024 * 1024

# Clients send parameters that mean nothing here; those are left out.
_converter = make_converter(forbid_unknown=False, table="an object")


class BodyTooLarge(Exception):
    """The body is over the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")


@frozen(eq=False)
class Body:
    """A body that has arrived. What its methods do is work for a thread.

    :ivar file: large ones lie on disk.
    """

    file: BinaryIO
    size: int
    limits: JsonLimits

    def read(self) -> bytes:
        self.file.seek(0)
        return self.file.read()

    def json(self) -> Any:
        """What the body says.

        :raises TooComplex: it is more than is taken at once.
        :raises InvalidInput: it is not JSON.
        """
        try:
            return decode_json(self.read(), self.limits)
        except InvalidInput as error:
            # Its traceback would hold the text for as long as something holds the error.
            error.__context__ = None
            raise error.with_traceback(None) from None

    def object(self) -> dict[str, Any]:
        """A JSON object; an empty body is an empty one.

        :raises InvalidInput: not JSON, not an object, or more than is taken at once.
        """
        if self.is_blank():
            return {}
        value = self.json()
        if not isinstance(value, dict):
            raise InvalidInput(f"expected a JSON object, got {_kind(value)}")
        return value

    def is_blank(self) -> bool:
        """Whether there is nothing but spaces; what is large is not looked at."""
        return self.size == 0 or (self.size <= _SMALL and not self.read().strip())


class Bodies:
    """Receives bodies, and lets only so many bytes of them be worked on at once."""

    def __init__(self, memory: int, limits: JsonLimits) -> None:
        """
        :param memory: bytes of bodies.
        """
        self._memory = BodyMemory(memory)
        self._limits = limits

    @asynccontextmanager
    async def received(
        self, request: Request, limit: int, *, in_memory: bool = True
    ) -> AsyncIterator[Body]:
        """Receive a body, and keep it while the block runs.

        A large one goes to disk as it arrives: a caller that takes its time occupies no memory.

        :param in_memory: whether the block reads it into memory; it begins when there is room.
        :raises BodyTooLarge: it is larger than the limit; as early as that is known.
        """
        announced = _announced(request)
        if announced > limit:
            raise BodyTooLarge(limit)
        # A body is no longer than it is said to be; 0 says nothing.
        with BytesIO() if 0 < announced <= _SMALL else SpooledTemporaryFile(_SMALL) as spooled:
            file = cast(BinaryIO, spooled)
            size = await _spool(request, limit, file)
            file.seek(0)
            large = in_memory and size > _SMALL
            async with self._memory.held(size) if large else nullcontext():
                yield Body(file, size, self._limits)


async def _spool(request: Request, limit: int, file: BinaryIO) -> int:
    """Write a body to a file as it arrives; gives its size."""
    size = 0
    pending = bytearray()
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(limit)
        pending += chunk
        if len(pending) >= _WRITTEN_AT_ONCE:
            await anyio.to_thread.run_sync(file.write, pending)
            pending = bytearray()
    if size <= _SMALL:
        file.write(pending)
    else:
        await anyio.to_thread.run_sync(file.write, pending)
    return size


def _announced(request: Request) -> int:
    """The size that a body is said to have; 0 where that is not known."""
    return whole_number(request.headers.get("content-length", "")) or 0


def structured(value: dict[str, Any], kind: type[T]) -> T:
    """Structure an object into an attrs class; a parameter that is null counts as not given.

    :raises InvalidInput: with every mistake there is.
    """
    given = {name: inner for name, inner in value.items() if inner is not None}
    try:
        return _converter.structure(given, kind)
    except Exception as error:
        problems = describe_errors(error)
        release_frames(error)
    first = problems[0]
    others = "".join(f"; {problem}" for problem in problems[1:5])
    raise InvalidInput(first.message + others, path=first.path)


def release_frames(error: BaseException) -> None:
    """Free what the frames of an error hold, such as a body: in circles, it would stay until the collector comes."""
    traceback.clear_frames(error.__traceback__)
    for inner in (error.__cause__, error.__context__, *getattr(error, "exceptions", ())):
        if inner is not None:
            release_frames(inner)


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
