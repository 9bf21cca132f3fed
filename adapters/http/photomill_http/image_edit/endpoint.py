"""What every route of the image edit API does before and after its own work."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from attrs import frozen
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from photomill import Engine, Key, Namespace
from photomill_http.answers import Answer
from photomill_http.bodies import BodyTooLarge
from photomill_http.http_statuses import expected
from photomill_http.image_edit.access import Access
from photomill_http.image_edit.bodies import json_object, read
from photomill_http.image_edit.faults import (
    NO_ROUTE,
    TOO_LARGE,
    UNEXPECTED,
    WRONG_VERB,
    Rejected,
    fault,
    fault_of,
)
from photomill_http.image_edit.links import Links
from photomill_http.services import Services

logger = logging.getLogger("photomill.http")

T = TypeVar("T")
PREFIXES = ("/v1", "/v1-beta1")


@frozen
class Call:
    """One request of somebody who may make it."""

    services: Services
    request: Request
    key: Key
    links: Links
    access: Access

    @property
    def engine(self) -> Engine:
        return self.services.engine

    @property
    def storages(self) -> Namespace:
        """The storages that the caller may name."""
        return self.engine.storages.namespace(self.key.principal)

    async def body(self) -> dict[str, Any]:
        """The body, as JSON.

        :raises Rejected: it is no JSON object.
        """
        limit = self.services.settings.edit_body_limit
        async with self.services.bodies.received(self.request, limit) as body:
            return await self.services.in_thread(json_object, body)

    async def asked(self, kind: type[T]) -> tuple[T, dict[str, Any]]:
        """The body, structured and as JSON.

        :raises Rejected: with everything that is wrong with it.
        """
        body = await self.body()
        return await self.services.in_thread(read, body, kind), body


Handler = Callable[[Call], Awaitable[Response]]


@frozen
class Endpoints:
    """Makes routes under every prefix."""

    services: Services
    access: Access

    def routes(self, path: str, scope: str, handlers: Mapping[str, Handler]) -> list[Route]:
        """
        :param handlers: by their verb.
        """
        return [
            Route(prefix + path, self._endpoint(prefix, scope, handlers), methods=list(handlers))
            for prefix in PREFIXES
        ]

    def _endpoint(
        self, prefix: str, scope: str, handlers: Mapping[str, Handler]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            handler = handlers["GET" if request.method == "HEAD" else request.method]
            request.state.operation = f"image edit {handler.__name__}"
            headers: Mapping[str, str] = {}
            try:
                caller = await self.services.in_thread(self.access.caller, request.headers, scope)
                headers = caller.headers
                links = Links.of(request, prefix, self.services.settings.public_url)
                response = await handler(
                    Call(self.services, request, caller.key, links, self.access)
                )
            except ClientDisconnect:
                raise
            except Exception as error:
                response = _failed(error).response()
            response.headers.update(headers)
            return response

        return endpoint


def covers(path: str) -> bool:
    """Whether an address is this API's, even if there is nothing at it."""
    return path.startswith(tuple(f"{prefix}/" for prefix in PREFIXES))


def no_route(http_status: int, headers: Mapping[str, str] | None) -> Answer:
    """An address or a verb that there is not."""
    if http_status == WRONG_VERB.http_status:
        return fault(WRONG_VERB, "Method Not Allowed.", headers=headers)
    return fault(NO_ROUTE, "Not Found.", headers=headers)


def data(value: Any) -> Response:
    """What went well."""
    return Answer({"data": value}).response()


def _failed(error: Exception) -> Answer:
    if isinstance(error, Rejected):
        return error.answer
    if isinstance(error, BodyTooLarge):
        return fault(TOO_LARGE, str(error))
    meant = expected(error)
    known = None if meant is None else fault_of(meant)
    if known is not None:
        return known
    logger.error("an unexpected error", exc_info=error)
    return fault(UNEXPECTED, "an unexpected error; the server's log says more")
