"""The routes of the Groups API."""

from collections.abc import Mapping

from starlette.routing import Route

from photomill_http.answers import Answer
from photomill_http.groups.access import Access
from photomill_http.groups.endpoint import Endpoints, Handler
from photomill_http.groups.faults import fault
from photomill_http.groups.files import file_routes
from photomill_http.groups.groups import (
    create_group,
    delete_group,
    list_groups,
    list_videos,
    note_upload,
    search_groups,
    show_group,
    update_group,
)
from photomill_http.groups.likeness import duplicate_photos, group_photos, similar_photos
from photomill_http.groups.links import DOWNLOADS, FILES, PROCESSES, UPLOADS
from photomill_http.groups.oauth import oauth_routes
from photomill_http.groups.owners import (
    create_brand,
    list_brand_groups,
    list_brands,
    show_brand,
    show_owner,
    update_brand,
    update_owner,
)
from photomill_http.groups.photos import (
    add_photos,
    delete_photo,
    list_photos,
    show_photo,
    update_photo,
)
from photomill_http.groups.uploads import upload_routes
from photomill_http.groups.zips import create_zip, zip_routes
from photomill_http.services import Services

HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "/v1/Group": {"GET": list_groups, "POST": create_group},
    "/v1/Group/Search": {"GET": search_groups},
    "/v1/Group/{group}": {"GET": show_group, "PUT": update_group, "DELETE": delete_group},
    "/v1/Group/{group}/Photo": {"GET": list_photos, "POST": add_photos},
    "/v1/Group/{group}/Video": {"GET": list_videos},
    "/v1/Group/{group}/Zip": {"POST": create_zip},
    "/v1/Group/{group}/UploadStatus": {"PUT": note_upload},
    "/v1/Group/{group}/Duplicates": {"GET": duplicate_photos},
    "/v1/Group/{group}/Groups": {"POST": group_photos},
    "/v1/Photo/{photo}": {"GET": show_photo, "PUT": update_photo, "DELETE": delete_photo},
    "/v1/Photo/{photo}/Similar": {"GET": similar_photos},
    "/v1/Owner": {"GET": show_owner, "PUT": update_owner},
    "/v1/Brand": {"GET": list_brands, "POST": create_brand},
    "/v1/Brand/{brand}": {"GET": show_brand, "PUT": update_brand},
    "/v1/Brand/{brand}/Group": {"GET": list_brand_groups},
}

_PREFIXES = ("/v1/group", "/v1/photo", "/v1/owner", "/v1/brand", "/v1/auth")
_ADDRESSES = tuple(f"{each}/".lower() for each in (DOWNLOADS, FILES, PROCESSES, UPLOADS))


def groups_routes(services: Services) -> list[Route]:
    """Every route."""
    access = Access.over(services)
    endpoints = Endpoints(services, access)
    return [
        *(
            route
            for path, handlers in HANDLERS.items()
            for route in endpoints.routes(path, handlers)
        ),
        *upload_routes(services),
        *zip_routes(services),
        *file_routes(services),
        *oauth_routes(services, access),
    ]


def covers(path: str) -> bool:
    """Whether an address is this API's, even if there is nothing at it."""
    lower = path.lower()
    return lower.startswith(_ADDRESSES) or any(
        lower == prefix or lower.startswith(f"{prefix}/") for prefix in _PREFIXES
    )


def no_route(http_status: int, headers: Mapping[str, str] | None) -> Answer:
    """An address or a verb that there is not."""
    text = "method not allowed" if http_status == 405 else "not found"
    return fault(http_status, text, headers)
