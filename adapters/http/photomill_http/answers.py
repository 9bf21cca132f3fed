"""What every answer of this server is made of."""

import time
from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import field, frozen
from starlette.responses import Response

MEDIA_TYPE = "application/json;charset=UTF-8"

_encode = msgspec.json.Encoder().encode


@frozen
class Answer:
    """A body, and the status and headers it travels with.

    :ivar body: a msgspec struct, or anything else that is JSON.
    """

    body: Any
    http_status: int = 200
    headers: Mapping[str, str] = field(factory=dict)

    def response(self) -> Response:
        return Response(_encode(self.body), self.http_status, dict(self.headers), MEDIA_TYPE)


class Stopwatch:
    """Milliseconds since it was made."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    @property
    def milliseconds(self) -> int:
        return round(1000 * (time.perf_counter() - self._started))
