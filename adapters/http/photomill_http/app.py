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
from photomill_http.contract import Contract
from photomill_http.group_image.routes import GroupImageContract
from photomill_http.groups.routes import GroupsContract
from photomill_http.hosts import KnownHosts, host_of
from photomill_http.image_edit.routes import ImageEditContract
from photomill_http.logs import RequestLog
from photomill_http.openapi import openapi_document
from photomill_http.server_pages import ServerContract
from photomill_http.services import Services
from photomill_http.settings import HttpSettings
from photomill_http.similarity.routes import SimilarityContract


def create_app(engine: Engine, settings: HttpSettings) -> Starlette:
    """Make the ASGI application over an open engine; whoever opened the engine closes it."""
    services = Services.over(engine, settings)
    server = ServerContract(services, openapi_document)
    # The first that covers an address answers for it: /v1 is the widest.
    own = (GroupImageContract(services), GroupsContract(services), ImageEditContract(services))
    contracts = (server, AdminContract(services), *own, SimilarityContract(services))
    return Starlette(
        routes=[route for contract in contracts for route in contract.routes()],
        middleware=_middleware(services),
        exception_handlers={
            each: partial(_no_route, own, server) for each in (HTTPException, Exception)
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
    return [*layers, Middleware(KnownHosts, names=names)]


def _no_route(
    own: Iterable[Contract], server: Contract, request: Request, error: Exception
) -> Response:
    path = request.url.path
    contract = next((each for each in own if each.covers(path)), server)
    return contract.failed(error).response()
