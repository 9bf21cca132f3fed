"""``/admin/v1``: collections and keys."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from photomill.errors import InvalidInput, PhotomillError
from photomill_http.admin import schema
from photomill_http.admin.translate import shown_collection, shown_key
from photomill_http.answers import Answer, failure
from photomill_http.auth import require
from photomill_http.bodies import Body, structured
from photomill_http.http_statuses import TEXTS, http_status_of
from photomill_http.services import Services

Work = Callable[[Services, Request, Body], Answer]


def admin_routes(services: Services) -> list[Route]:
    """The routes; every one asks for the scope ``admin`` of a key that is not restricted to collections."""

    def route(path: str, **works: Work) -> Route:
        async def endpoint(request: Request) -> Response:
            work = works["GET" if request.method == "HEAD" else request.method]
            request.state.operation = f"admin {work.__name__}"
            key = await services.in_thread(services.authentication.key, request.headers)
            require(key, "admin")
            async with services.bodies.received(request, services.settings.body_limit) as body:
                return (await services.in_thread(_done, work, services, request, body)).response()

        return Route(path, endpoint, methods=list(works))

    return [
        route("/admin/v1/collections", GET=list_collections, POST=create_collection),
        route("/admin/v1/collections/{id}", GET=describe_collection, DELETE=delete_collection),
        route("/admin/v1/collections/{id}/clear", POST=clear_collection),
        route("/admin/v1/keys", GET=list_keys, POST=create_key),
        route("/admin/v1/keys/{id}", DELETE=revoke_key),
    ]


def list_collections(services: Services, _: Request, __: Body) -> Answer:
    return Answer(
        {"collections": [shown_collection(info) for info in services.engine.collections.list_all()]}
    )


def create_collection(services: Services, _: Request, body: Body) -> Answer:
    asked = structured(body.object(), schema.NewCollection)
    info = services.engine.collections.create(
        asked.name,
        embedder=asked.embedder or services.settings.service_embedders.get(asked.service, ""),
        index=asked.index,
        product_field=asked.product_field,
        max_records=asked.max_records,
    )
    return Answer(shown_collection(info), 201)


def describe_collection(services: Services, request: Request, _: Body) -> Answer:
    collection = services.engine.collections.open(request.path_params["id"])
    return Answer(shown_collection(collection.info, collection.statistics()))


def clear_collection(services: Services, request: Request, _: Body) -> Answer:
    return Answer({"removed": services.engine.collections.clear(request.path_params["id"])})


def delete_collection(services: Services, request: Request, _: Body) -> Answer:
    services.engine.collections.delete(request.path_params["id"])
    return Answer({"deleted": request.path_params["id"]})


def list_keys(services: Services, _: Request, __: Body) -> Answer:
    return Answer({"keys": [shown_key(key) for key in services.engine.keys.list_all()]})


def create_key(services: Services, _: Request, body: Body) -> Answer:
    asked = structured(body.object(), schema.NewKey)
    known = {info.id for info in services.engine.collections.list_all()}
    for identity in asked.collections or ():
        if identity not in known:
            raise InvalidInput(f"no collection {identity!r:.80}", path="collections")
    made = services.engine.keys.create(
        asked.name, owner=asked.owner, scopes=asked.scopes, collections=asked.collections
    )
    return Answer({**shown_key(made.key), "key": made.secret}, 201)


def revoke_key(services: Services, request: Request, _: Body) -> Answer:
    services.engine.keys.revoke(request.path_params["id"])
    return Answer({"revoked": request.path_params["id"]})


def _done(work: Work, services: Services, request: Request, body: Body) -> Answer:
    try:
        return work(services, request, body)
    except PhotomillError as error:
        status = http_status_of(error)
        if status is None:
            raise
        return failure(status, TEXTS[status], str(error))
