"""The routes of the image edit API."""

from starlette.routing import Route

from photomill.keys import IMAGE_EDITING, STORAGE
from photomill_http.image_edit import capabilities, edits, storages
from photomill_http.image_edit.access import Access
from photomill_http.image_edit.endpoint import Endpoints
from photomill_http.image_edit.rates import WindowedRate
from photomill_http.image_edit.results import result_routes
from photomill_http.services import Services


def image_edit_routes(services: Services) -> list[Route]:
    """Every route, under ``/v1`` and ``/v1-beta1``."""
    rate = WindowedRate(services.settings.edits_per_minute)
    endpoints = Endpoints(services, Access(services.authentication, rate))
    return [
        *result_routes(services),
        *_edit_routes(endpoints),
        *_storage_routes(endpoints),
    ]


def _edit_routes(endpoints: Endpoints) -> list[Route]:
    return [
        *endpoints.routes("/image/edit", IMAGE_EDITING, {"POST": edits.edit}),
        *endpoints.routes("/image/edit/upload", IMAGE_EDITING, {"POST": edits.upload}),
        *endpoints.routes("/capabilities", IMAGE_EDITING, {"GET": capabilities.list_capabilities}),
    ]


def _storage_routes(endpoints: Endpoints) -> list[Route]:
    return [
        *endpoints.routes("/storage/storage-types", STORAGE, {"GET": storages.list_types}),
        *endpoints.routes(
            "/storage/storages",
            STORAGE,
            {"GET": storages.list_storages, "POST": storages.create_storage},
        ),
        *endpoints.routes(
            "/storage/storages/{storage_id}",
            STORAGE,
            {
                "GET": storages.get_storage,
                "PATCH": storages.update_storage,
                "DELETE": storages.delete_storage,
            },
        ),
    ]
