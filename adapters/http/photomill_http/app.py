"""The application: every contract, one authentication, one error discipline."""

from collections.abc import Iterable
from functools import partial
from importlib.metadata import entry_points
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from photomill import Engine
from photomill_http.admin.routes import AdminContract
from photomill_http.contract import Contract
from photomill_http.group_image.routes import GroupImageContract
from photomill_http.groups.routes import GroupsContract
from photomill_http.hosts import KnownHosts, host_of
from photomill_http.image_edit.routes import ImageEditContract
from photomill_http.images_by_address.routes import ImagesContract
from photomill_http.logs import RequestLog
from photomill_http.openapi import openapi_document
from photomill_http.routing import DirectRouter
from photomill_http.server_pages import ServerContract
from photomill_http.services import Services
from photomill_http.settings import HttpSettings
from photomill_http.similarity.routes import SimilarityContract

PAGES = "photomill.http_pages"
"""Entry points to what makes pages that are served beside the APIs: ``(engine, public_url) -> Pages | None``."""


class Pages(Protocol):
    """Pages of another adapter. An address of theirs comes before one of the APIs."""

    @property
    def routes(self) -> list[Route]:
        """Every route."""

    def failed(self, request: Request, error: Exception) -> Response | None:
        """How an error at nobody's address is answered; None where the APIs answer it."""


def create_app(engine: Engine, settings: HttpSettings) -> Starlette:
    """Make the ASGI application over an open engine; whoever opened the engine closes it."""
    services = Services.over(engine, settings)
    server = ServerContract(services, openapi_document)
    # The first that covers an address answers for it: /v1 is the widest.
    own = (GroupImageContract(services), GroupsContract(services), ImageEditContract(services))
    images = ImagesContract(services)
    contracts = (server, AdminContract(services), images, *own, SimilarityContract(services))
    pages = _pages(engine, settings.public_url)
    app = Starlette(
        middleware=_middleware(services),
        exception_handlers={
            each: partial(_no_route, own, pages, server) for each in (HTTPException, Exception)
        },
    )
    app.router = DirectRouter(
        [
            *(route for each in pages for route in each.routes),
            *(route for contract in contracts for route in contract.routes()),
        ]
    )
    return app


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


def _pages(engine: Engine, public_url: str) -> list[Pages]:
    made = (entry.load()(engine, public_url) for entry in entry_points(group=PAGES))
    return [each for each in made if each is not None]


def _no_route(
    own: Iterable[Contract],
    pages: Iterable[Pages],
    server: Contract,
    request: Request,
    error: Exception,
) -> Response:
    path = request.url.path
    contract = next((each for each in own if each.covers(path)), None)
    if contract is None:
        shown = (each.failed(request, error) for each in pages)
        page = next((each for each in shown if each is not None), None)
        if page is not None:
            return page
    return (contract or server).failed(error).response()
