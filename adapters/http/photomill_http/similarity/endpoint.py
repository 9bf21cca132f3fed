"""From ASGI requests to the similarity API's methods."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from photomill_http.answers import failure
from photomill_http.auth import Refused
from photomill_http.bodies import BodyTooLarge
from photomill_http.services import Services
from photomill_http.similarity.routes import METHODS, Method, Similarity

_ALL_VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def similarity_routes(services: Services) -> list[Route]:
    """Any prefix, then ``/v2/<method>``."""
    endpoint = _Endpoint(services)
    return [
        Route("/authorization/v2/authorize", endpoint.authorize, methods=_ALL_VERBS),
        Route("/authorization/v2/authorize/", endpoint.authorize, methods=_ALL_VERBS),
        Route("/v2/{method}", endpoint.method, methods=_ALL_VERBS),
        Route("/v2/{method}/", endpoint.method, methods=_ALL_VERBS),
        Route("/{prefix:path}/v2/{method}", endpoint.method, methods=_ALL_VERBS),
        Route("/{prefix:path}/v2/{method}/", endpoint.method, methods=_ALL_VERBS),
    ]


class _Endpoint:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._similarity = Similarity(services.engine, services.settings)

    async def method(self, request: Request) -> Response:
        name = request.path_params["method"]
        if name == "ping":
            _check_verb(request, ("GET", "POST"))
            request.state.operation = "ping"
            return self._similarity.ping().response()
        method = METHODS.get(name)
        if method is None:
            return failure(404, "not found", f"no method {name!r:.80}").response()
        _check_verb(request, method.verbs)
        request.state.operation = name
        return await self._call(request, method)

    async def authorize(self, request: Request) -> Response:
        """What the real client asks first: whether its key is good."""
        _check_verb(request, ("POST",))
        request.state.operation = "authorize"
        key = await self._services.in_thread(self._services.authentication.key, request.headers)
        return self._similarity.authorized(key).response()

    async def _call(self, request: Request, method: Method) -> Response:
        services = self._services
        # Before the body is read: nobody unknown may send megabytes.
        key = await services.in_thread(services.authentication.key, request.headers)
        try:
            async with services.bodies.received(request, services.settings.body_limit) as body:
                answer = await services.in_thread(
                    self._similarity.call,
                    method,
                    key,
                    request.headers,
                    request.query_params,
                    request.url.path,
                    body,
                )
        except BodyTooLarge as error:
            answer = self._similarity.too_large(error)
        return answer.response()


def _check_verb(request: Request, verbs: tuple[str, ...]) -> None:
    if request.method not in (*verbs, "HEAD") or (request.method == "HEAD" and "GET" not in verbs):
        allowed = ", ".join(verbs)
        detail = f"{request.method} is not allowed here; use {allowed}"
        raise Refused(failure(405, "method not allowed", detail, {"Allow": allowed}))
