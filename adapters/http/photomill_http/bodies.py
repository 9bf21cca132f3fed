"""Reading a request's body: bounded, strict JSON, structured."""

from collections.abc import AsyncGenerator
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from photomill.config.structure import describe_errors, make_converter
from photomill.errors import InvalidInput

T = TypeVar("T")

MAX_DEPTH = 100

# Clients send parameters that mean nothing here; those are left out.
_converter = make_converter(forbid_unknown=False, table="an object")


class BodyTooLarge(Exception):
    """The body is over the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")


async def read_body(request: Request, limit: int) -> bytes:
    """Read a body, and never hold more of it than the limit.

    :raises BodyTooLarge: it is larger.
    """
    return b"".join([chunk async for chunk in bounded_stream(request, limit)])


async def bounded_stream(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """A body as it arrives.

    :raises BodyTooLarge: it is larger than the limit; as early as that is known.
    """
    if int(request.headers.get("content-length") or 0) > limit:
        raise BodyTooLarge(limit)
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(limit)
        yield chunk


def parse_object(body: bytes) -> dict[str, Any]:
    """Parse a JSON object; an empty body is an empty one.

    :raises InvalidInput: not JSON, not an object, or nested too deep.
    """
    if not body.strip():
        return {}
    value = parse_json(body)
    if not isinstance(value, dict):
        raise InvalidInput(f"expected a JSON object, got {_kind(value)}")
    return value


def parse_json(body: bytes) -> Any:
    """Parse JSON.

    :raises InvalidInput: not JSON, or nested too deep.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the body is not valid JSON: {error}") from None
    except RecursionError:
        raise InvalidInput("the body is nested too deep") from None
    if isinstance(value, dict | list):
        _check_depth(value)
    return value


def structured(value: dict[str, Any], kind: type[T]) -> T:
    """Structure an object into an attrs class; a parameter that is null counts as not given.

    :raises InvalidInput: with every mistake there is.
    """
    given = {_attribute(name): inner for name, inner in value.items() if inner is not None}
    try:
        return _converter.structure(given, kind)
    except Exception as error:
        problems = describe_errors(error)
        first = problems[0]
        path = first.path.replace("from_", "from")
        others = "".join(f"; {problem}" for problem in problems[1:5])
        raise InvalidInput(first.message + others, path=path) from None


def _attribute(name: str) -> str:
    return "from_" if name == "from" else name


def _check_depth(value: Any) -> None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise InvalidInput(f"the body is nested deeper than {MAX_DEPTH} levels")


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
