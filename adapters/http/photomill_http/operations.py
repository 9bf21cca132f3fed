"""What keeps a server running: ``/healthz``, ``/readyz``, ``/metrics``."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from photomill_http.answers import Answer
from photomill_http.services import Services


def operation_routes(services: Services) -> list[Route]:
    async def healthz(_: Request) -> Response:
        return Answer({"status": "ok"}).response()

    async def readyz(_: Request) -> Response:
        return (await services.in_thread(_readiness, services)).response()

    async def metrics(request: Request) -> Response:
        text = await services.in_thread(_exposition, services, request.headers)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


def _exposition(services: Services, headers: Mapping[str, str]) -> bytes:
    """Everybody may see the numbers; the names of collections only those who administer them."""
    key = services.authentication.known(headers)
    return services.metrics.exposition(collections=key is not None and key.may("admin"))


def _readiness(services: Services) -> Answer:
    health = services.engine.health()
    ready = all(part.ok for part in health.values())
    parts = {name: {"ok": part.ok, "detail": part.detail} for name, part in health.items()}
    return Answer(
        {"status": "ok" if ready else "unavailable", "parts": parts}, 200 if ready else 503
    )
