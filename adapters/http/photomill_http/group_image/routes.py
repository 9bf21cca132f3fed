"""The routes of the group-image API."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from photomill_http.answers import Answer
from photomill_http.bodies import BodyTooLarge
from photomill_http.group_image.callbacks import FORMAT, Callbacks
from photomill_http.group_image.documents import Documents
from photomill_http.group_image.faults import (
    UNEXPECTED,
    Rejected,
    answered,
    rejected,
    rejection_of,
)
from photomill_http.group_image.handlers import Handlers
from photomill_http.group_image.openapi import PREFIXES
from photomill_http.http_statuses import expected
from photomill_http.services import Services

logger = logging.getLogger("photomill.http")

Handler = Callable[[Request], Awaitable[Response]]


def group_image_routes(services: Services) -> list[Route]:
    """Every route; also makes the engine's jobs know the messages of this API."""
    settings = services.settings
    documents = Documents(services.engine, settings.group_image_status == "title")
    callbacks = Callbacks(documents, settings.callback_secret)
    services.engine.jobs.register_message(FORMAT, callbacks.render, settings.callback_delays)
    documented = settings.group_image_errors == "doc"
    handlers = Handlers(services, documents, documented)
    many: Mapping[str, Handler] = {"POST": handlers.create}
    one: Mapping[str, Handler] = {"GET": handlers.show, "DELETE": handlers.delete}
    return [
        Route(path, _endpoint(verbs, documented=documented), methods=list(verbs))
        for prefix in PREFIXES
        for path, verbs in (
            (prefix, many),
            (f"{prefix}/", many),
            (f"{prefix}/{{job_id}}", one),
            (f"{prefix}/{{job_id}}/", one),
        )
    ]


def covers(path: str) -> bool:
    """Whether an address is this API's, even if there is nothing at it."""
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in PREFIXES)


def no_route(http_status: int, headers: Mapping[str, str] | None) -> Answer:
    """An address or a verb that there is not."""
    known = {404: ("notFound", "Not Found"), 405: ("methodNotAllowed", "Method Not Allowed")}
    refused = rejected(http_status, *known.get(http_status, known[404]), headers)
    return answered(refused.fault, refused.headers, documented=False)


def _endpoint(
    handlers: Mapping[str, Handler], *, documented: bool
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        request.state.operation = f"group-image {request.method.lower()}"
        verb = "GET" if request.method == "HEAD" else request.method
        try:
            return await handlers[verb](request)
        except ClientDisconnect:
            raise
        except Exception as error:
            refused = _rejection(error)
        return answered(refused.fault, refused.headers, documented=documented).response()

    return endpoint


def _rejection(error: Exception) -> Rejected:
    if isinstance(error, Rejected):
        return error
    if isinstance(error, BodyTooLarge):
        return rejected(413, "requestTooLarge", str(error))
    meant = expected(error)
    known = None if meant is None else rejection_of(meant)
    if known is not None:
        return known
    logger.error("an unexpected error", exc_info=error)
    return rejected(500, "internalError", UNEXPECTED)
