"""Storages: registering what edits read from and write to."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import attrs
from starlette.responses import Response

from photomill import NotFound, Problem, StorageInfo
from photomill_http.image_edit import schema, wording
from photomill_http.image_edit.coercion import InvalidDocument, structured
from photomill_http.image_edit.documents import moment
from photomill_http.image_edit.endpoint import Call, data
from photomill_http.image_edit.faults import STORAGE_NOT_FOUND, Rejected, fault, invalid
from photomill_http.image_edit.identities import identity
from photomill_http.image_edit.pictures import Json

T = TypeVar("T")

_NEW: dict[str, type] = {
    "s3": schema.BucketStorage,
    "gcs": schema.BucketStorage,
    "web_folder": schema.WebFolderStorage,
    "local": schema.LocalStorage,
}
_CHANGES: dict[str, type] = {
    "s3": schema.BucketChange,
    "gcs": schema.BucketChange,
    "web_folder": schema.WebFolderChange,
    "local": schema.LocalChange,
}


async def list_types(call: Call) -> Response:
    """Name the types of storage that can be registered."""
    return data(call.engine.storages.types())


async def list_storages(call: Call) -> Response:
    """List the caller's registered storages, oldest first."""
    found = await call.services.in_thread(call.storages.list_all)
    known = call.engine.storages.types()
    return data([_shown(info) for info in found if info.type in known])


async def create_storage(call: Call) -> Response:
    """Register a storage; its secret is never shown again."""
    body = await call.body()
    return data(_detailed(await call.services.in_thread(_created, call, body)))


async def get_storage(call: Call) -> Response:
    """Describe a storage."""
    return data(_detailed(await call.services.in_thread(_found, call)))


async def update_storage(call: Call) -> Response:
    """Change what is given of a storage."""
    body = await call.body()
    return data(_detailed(await call.services.in_thread(_updated, call, body)))


async def delete_storage(call: Call) -> Response:
    """Forget a storage; what it holds stays."""
    await call.services.in_thread(_deleted, call)
    return data(None)


def _created(call: Call, body: Json) -> StorageInfo:
    asked, parameters = _read(body, schema.NewStorage, _NEW, call.engine.storages.types())
    return call.storages.create(asked.name, asked.type, parameters)


def _updated(call: Call, body: Json) -> StorageInfo:
    info = _found(call)
    kind = info.type if body.get("type") is None else body["type"]
    known = call.engine.storages.types()
    # A type with other parameters needs all of its own.
    same = isinstance(kind, str) and _NEW.get(kind) is _NEW[info.type]
    shapes = _CHANGES if same else _NEW
    asked, parameters = _read({**body, "type": kind}, schema.StorageChange, shapes, known)
    return call.storages.update(
        info.id,
        name=asked.name,
        kind=None if asked.type == info.type else asked.type,
        parameters=None if asked.parameters is None else parameters,
    )


def _deleted(call: Call) -> None:
    call.storages.delete(_found(call).id)


def _found(call: Call) -> StorageInfo:
    missing = Rejected(fault(STORAGE_NOT_FOUND, "Storage not found."))
    try:
        info = call.storages.get(identity(call.request, "storage_id"))
    except NotFound:
        raise missing from None
    # Folders of the server are the operator's, unless clients may register some.
    if info.type not in call.engine.storages.types():
        raise missing
    return info


def _read(
    body: Json, kind: type[T], shapes: Mapping[str, type], known: Sequence[str]
) -> tuple[T, Json]:
    """A request, and its parameters as its type has them.

    :raises Rejected: with everything that is wrong with both.
    """
    problems: list[Problem] = []
    asked, parameters = None, {}
    try:
        asked = structured(body, kind)
    except InvalidDocument as error:
        problems += error.problems
    chosen, given = body.get("type"), body.get("parameters")
    if isinstance(chosen, str) and chosen not in known:
        problems.append(Problem("type", wording.not_one_of(known)))
    elif isinstance(chosen, str) and isinstance(given, dict):
        try:
            parameters = _parameters(shapes[chosen], given)
        except InvalidDocument as error:
            problems += error.below("parameters")
    if problems or asked is None:
        raise Rejected(invalid(problems))
    return asked, parameters


def _parameters(kind: type, given: Json) -> Json:
    if kind in (schema.WebFolderStorage, schema.WebFolderChange):
        # Clients send along what other types have.
        given = {name: value for name, value in given.items() if name == "base_url"}
    parameters: Any = structured(given, kind)
    return dict(attrs.asdict(parameters, filter=lambda _, value: value is not None))


def _shown(info: StorageInfo) -> Json:
    """A storage without any credentials."""
    parameters = {
        name: each for name, each in info.parameters.items() if name != "credentials" and each != ""
    }
    return {
        "id": info.id,
        "name": info.name,
        "type": info.type,
        "parameters": parameters,
        "created_at": moment(info.created),
    }


def _detailed(info: StorageInfo) -> Json:
    """A storage with its public key; the secret one is not even in ``info``."""
    return {
        **_shown(info),
        "parameters": {name: each for name, each in info.parameters.items() if each != ""},
    }
