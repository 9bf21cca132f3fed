"""The application: every contract, one authentication, one error discipline."""

from collections.abc import Iterable
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from photomill import Engine
from photomill_http.admin.routes import AdminContract
from photomill_http.answers import failure
from photomill_http.auth import Refused
from photomill_http.bodies import BodyTooLarge
from photomill_http.contract import Contract
from photomill_http.group_image.routes import GroupImageContract
from photomill_http.groups.routes import GroupsContract
from photomill_http.hosts import KnownHosts, host_of
from photomill_http.image_edit.endpoint import covers, no_route
from photomill_http.image_edit.routes import image_edit_routes
from photomill_http.logs import RequestLog
from photomill_http.openapi import openapi_document
from photomill_http.server_pages import ServerContract
from photomill_http.services import Services
from photomill_http.settings import HttpSettings
from photomill_http.similarity.routes import SimilarityContract
from photomill_http.unexpected import UnexpectedErrors

_TEXTS = {404: "not found", 405: "method not allowed"}


def create_app(engine: Engine, settings: HttpSettings) -> Starlette:
    """Make the ASGI application over an open engine; whoever opened the engine closes it."""
    services = Services.over(engine, settings)
    own = (GroupImageContract(services), GroupsContract(services))
    return Starlette(
        routes=[
            *ServerContract(services, openapi_document).routes(),
            *AdminContract(services).routes(),
            *image_edit_routes(services),
            *(route for contract in own for route in contract.routes()),
            *SimilarityContract(services).routes(),
        ],
        middleware=_middleware(services),
        exception_handlers={
            Refused: _refused,
            BodyTooLarge: _too_large,
            HTTPException: partial(_no_route, own),
        },
    )


def _middleware(services: Services) -> list[Middleware]:
    layers = [Middleware(RequestLog, metrics=services.metrics)]
    if services.settings.cors_origins:
        layers.append(
            Middleware(
                CORSMiddleware,
                allow_origins=services.settings.cors_origins,
                allow_methods=["GET", "POST", "PATCH", "DELETE"],
                allow_headers=["*"],
            )
        )
    settings = services.settings
    names = (settings.host, host_of(settings.public_url), *settings.allowed_hosts)
    return [*layers, Middleware(KnownHosts, names=names), Middleware(UnexpectedErrors)]


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # registered for it alone
    return error.answer.response()


def _too_large(_: Request, error: Exception) -> Response:
    return failure(413, "request entity too large", str(error)).response()


def _no_route(own: Iterable[Contract], request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # registered for it alone
    for contract in own:
        if contract.covers(request.url.path):
            return contract.failed(error).response()
    if covers(request.url.path):
        return no_route(error.status_code, error.headers).response()
    text = _TEXTS.get(error.status_code, error.detail.lower())
    return failure(error.status_code, text, error.detail, error.headers).response()
