"""The routes of the image edit API."""

from starlette.routing import Route

from photomill import IMAGE_EDITING_SCOPE, STORAGE_SCOPE, BatchEdit, SingleEdit
from photomill_http.image_edit import capabilities, edits, storages, tasks
from photomill_http.image_edit.access import Access
from photomill_http.image_edit.endpoint import Endpoints, Handler
from photomill_http.image_edit.rates import WindowedRate
from photomill_http.image_edit.results import result_routes
from photomill_http.image_edit.webhooks import FORMAT, Webhooks
from photomill_http.services import Services


def image_edit_routes(services: Services) -> list[Route]:
    """Every route, under ``/v1`` and ``/v1-beta1``."""
    webhooks = Webhooks(services.engine, services.settings)
    services.engine.jobs.register_message(FORMAT, webhooks.render)
    rate = WindowedRate(services.settings.edits_per_minute)
    endpoints = Endpoints(
        services, Access(services.authentication, rate, services.settings.edits_per_day)
    )
    return [
        *result_routes(services),
        *_edit_routes(endpoints),
        *_task_routes(endpoints, "async", SingleEdit.kind, tasks.submit_single, tasks.get_single),
        *_task_routes(endpoints, "batch", BatchEdit.kind, tasks.submit_batch, tasks.get_batch),
        *_storage_routes(endpoints),
    ]


def _edit_routes(endpoints: Endpoints) -> list[Route]:
    return [
        *endpoints.routes("/image/edit", IMAGE_EDITING_SCOPE, {"POST": edits.edit}),
        *endpoints.routes("/image/edit/upload", IMAGE_EDITING_SCOPE, {"POST": edits.upload}),
        *endpoints.routes(
            "/capabilities", IMAGE_EDITING_SCOPE, {"GET": capabilities.list_capabilities}
        ),
    ]


def _task_routes(
    endpoints: Endpoints, family: str, kind: str, submit: Handler, get: Handler
) -> list[Route]:
    path = f"/image/edit/{family}"
    one = f"{path}/{{task_id}}"
    return [
        *endpoints.routes(path, IMAGE_EDITING_SCOPE, {"GET": tasks.lister(kind), "POST": submit}),
        *endpoints.routes(
            one, IMAGE_EDITING_SCOPE, {"GET": get, "DELETE": tasks.mover(kind, "cancel")}
        ),
        *endpoints.routes(
            f"{one}/pause", IMAGE_EDITING_SCOPE, {"POST": tasks.mover(kind, "pause")}
        ),
        *endpoints.routes(
            f"{one}/resume", IMAGE_EDITING_SCOPE, {"POST": tasks.mover(kind, "resume")}
        ),
    ]


def _storage_routes(endpoints: Endpoints) -> list[Route]:
    return [
        *endpoints.routes("/storage/storage-types", STORAGE_SCOPE, {"GET": storages.list_types}),
        *endpoints.routes(
            "/storage/storages",
            STORAGE_SCOPE,
            {"GET": storages.list_storages, "POST": storages.create_storage},
        ),
        *endpoints.routes(
            "/storage/storages/{storage_id}",
            STORAGE_SCOPE,
            {
                "GET": storages.get_storage,
                "PATCH": storages.update_storage,
                "DELETE": storages.delete_storage,
            },
        ),
    ]
