"""What every route of the Groups API does before and after its own work."""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from photomill.albums.albums import Albums
from photomill.config.wording import shown
from photomill.errors import InvalidInput
from photomill_http.answers import Answer
from photomill_http.bodies import BodyTooLarge
from photomill_http.groups.access import Access, Visitor
from photomill_http.groups.faults import UNEXPECTED, Rejected, fault, fault_of
from photomill_http.groups.links import Links
from photomill_http.http_statuses import expected
from photomill_http.services import Services

logger = logging.getLogger("photomill.http")

Json = dict[str, Any]

_CHANGING = ("POST", "PUT")
"""Verbs that only owners use, and that come with a body."""


@frozen
class Call:
    """One request.

    :ivar body: the JSON object that came with it; empty where none did.
    """

    request: Request
    visitor: Visitor
    albums: Albums
    links: Links
    access: Access
    body: Json = field(factory=dict)

    @property
    def parameters(self) -> Mapping[str, str]:
        return self.request.path_params

    def guess(self) -> None:
        """Count a look-up of somebody who may be guessing.

        :raises Rejected: there were too many.
        """
        self.access.check_guess(self.request, self.visitor)

    def text(self, name: str, default: str = "") -> str:
        """A text of the body; what is absent or null is the default.

        :raises InvalidInput: it is no text.
        """
        value = self.body.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise InvalidInput(f"expected a text, got {shown(value)}", path=name)
        return value

    def integer(self, name: str) -> int | None:
        """A whole number of the body; None where it is absent or null.

        :raises InvalidInput: it is none.
        """
        value = self.body.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
            raise InvalidInput(f"expected a whole number, got {shown(value)}", path=name)
        return value

    def flag(self, name: str) -> bool | None:
        """A truth value of the body; None where it is absent or null.

        :raises InvalidInput: it is none.
        """
        value = self.body.get(name)
        if value is None or isinstance(value, bool):
            return value
        raise InvalidInput(f"expected true or false, got {shown(value)}", path=name)


Handler = Callable[[Call], Answer]
"""Works in a thread of its own."""


@frozen
class Endpoints:
    """Makes routes: with and without a slash at the end, and in lower case too."""

    services: Services
    access: Access

    def routes(self, path: str, handlers: Mapping[str, Handler]) -> list[Route]:
        """
        :param handlers: by their verb.
        """
        endpoint = self._endpoint(handlers)
        return [
            Route(each, endpoint, methods=list(handlers), include_in_schema=each == path)
            for each in _spellings(path)
        ]

    def _endpoint(
        self, handlers: Mapping[str, Handler]
    ) -> Callable[[Request], Awaitable[Response]]:
        services = self.services

        async def endpoint(request: Request) -> Response:
            handler = handlers["GET" if request.method == "HEAD" else request.method]
            request.state.operation = f"groups {handler.__name__}"
            try:
                visitor = await services.in_thread(self.access.visitor, request)
                call = Call(
                    request,
                    visitor,
                    services.engine.albums,
                    links_of(request, services),
                    self.access,
                )
                if request.method in _CHANGING:
                    answer = await self._changed(handler, call)
                else:
                    answer = await services.in_thread(handler, call)
            except ClientDisconnect:
                raise
            except Exception as error:
                answer = failed(error)
            return answer.response()

        return endpoint

    async def _changed(self, handler: Handler, call: Call) -> Answer:
        """Let an owner change something; nobody else's body is read."""
        call.visitor.required()
        services = self.services
        async with services.bodies.received(call.request, services.settings.body_limit) as body:
            return await services.in_thread(lambda: handler(evolve(call, body=body.object())))


def links_of(request: Request, services: Services) -> Links:
    settings = services.settings
    return Links.of(
        request, settings.public_url, protocol_relative=settings.protocol_relative_downloads
    )


def failed(error: Exception) -> Answer:
    """How whatever was raised is answered."""
    if isinstance(error, Rejected):
        return error.answer
    if isinstance(error, BodyTooLarge):
        return fault(413, str(error))
    meant = expected(error)
    known = None if meant is None else fault_of(meant)
    if known is not None:
        return known
    logger.error("an unexpected error", exc_info=error)
    return fault(500, UNEXPECTED)


def _spellings(path: str) -> Iterator[str]:
    parts = path.strip("/").split("/")
    lower = "/".join(part if part.startswith("{") else part.lower() for part in parts)
    for spelling in dict.fromkeys((path.strip("/"), lower)):
        yield f"/{spelling}"
        yield f"/{spelling}/"
