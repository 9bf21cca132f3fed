"""What keeps a server running, and its documentation: ``/healthz``, ``/readyz``, ``/metrics``, ``/openapi.json``, ``/docs``."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

from msgspec import Struct
from starlette.responses import HTMLResponse, RedirectResponse, Response

from photomill_http.answers import Answer as Answered
from photomill_http.auth import secret_of
from photomill_http.contract import Call, Operation, Reply
from photomill_http.plain import PlainContract
from photomill_http.services import Services

# The page brings all it needs and talks to this server alone.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
)

_TEXT = {"type": "string"}


class Alive(Struct):
    """The process answers."""

    status: str


class PartHealth(Struct):
    """Whether a part works, and why not."""

    ok: bool
    detail: str


class Readiness(Struct):
    """Whether requests would be answered, part by part."""

    status: str
    parts: dict[str, PartHealth]


async def healthz(_: Call) -> Alive:
    """Tell that the process is alive."""
    # Without a thread: all of them may be busy.
    return Alive("ok")


def readyz(call: Call) -> Answered:
    """Tell whether requests would be answered."""
    health = call.engine.health()
    ready = all(part.ok for part in health.values())
    parts = {name: PartHealth(part.ok, part.detail) for name, part in health.items()}
    return Answered(Readiness("ok" if ready else "unavailable", parts), 200 if ready else 503)


def metrics(call: Call) -> Response:
    """Numbers for Prometheus."""
    # Everybody may see the numbers; the names of collections only those who administer them.
    secret = secret_of(call.request.headers.get("authorization", ""))
    key = call.engine.keys.verify(secret) if secret else None
    administers = key is not None and key.may("admin")
    text = call.services.metrics.exposition(collections=administers)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def openapi(call: Call) -> Any:
    """This document."""
    return call.contract.document()


async def docs(_: Call) -> Response:
    """This document, for people."""
    return HTMLResponse(_page(), headers={"Content-Security-Policy": _POLICY})


async def front(_: Call) -> Response:
    return RedirectResponse("/docs")


class ServerContract(PlainContract):
    """
    :ivar document: makes the OpenAPI document.
    """

    name: ClassVar[str] = "operations"
    operations: ClassVar = (
        Operation("GET", "/healthz", healthz, access="open"),
        Operation(
            "GET",
            "/readyz",
            readyz,
            access="open",
            answer=Readiness,
            responses={503: Reply("a part does not work")},
        ),
        Operation("GET", "/metrics", metrics, access="open", answer=_TEXT, media="text/plain"),
        Operation("GET", "/openapi.json", openapi, access="open", answer={"type": "object"}),
        Operation("GET", "/docs", docs, access="open", answer=_TEXT, media="text/html"),
        Operation("GET", "/", front, access="open", hidden=True),
    )

    def __init__(self, services: Services, document: Callable[[], Any]) -> None:
        super().__init__(services)
        self.document = cache(document)

    def label(self, operation: Operation) -> str:
        return "other"


@cache
def _page() -> str:
    return files("photomill_http").joinpath("static/docs.html").read_text("utf-8")
