"""Storages: registering what edits read from and write to."""

from typing import Any

import attrs
from starlette.responses import Response

from photomill.catalog.storages import StorageInfo
from photomill.editing.document import InvalidDocument, wording
from photomill.editing.document.converter import structured
from photomill.errors import NotFound, Problem
from photomill_http.image_edit import schema
from photomill_http.image_edit.documents import moment
from photomill_http.image_edit.endpoint import Call, data
from photomill_http.image_edit.faults import STORAGE_NOT_FOUND, Rejected, fault, invalid
from photomill_http.image_edit.identities import identity
from photomill_http.image_edit.pictures import Json

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
    """List the registered storages, oldest first."""
    found = await call.services.in_thread(call.engine.storages.list)
    known = call.engine.storages.types()
    return data([_shown(info) for info in found if info.type in known])


async def create_storage(call: Call) -> Response:
    """Register a storage; its secret is never shown again."""
    asked = await call.asked(schema.NewStorage)
    kind = _known_type(call, asked.type)
    parameters = _parameters(_NEW[kind], asked.parameters)
    made = await call.services.in_thread(call.engine.storages.create, asked.name, kind, parameters)
    return data(_detailed(made))


async def get_storage(call: Call) -> Response:
    """Describe a storage."""
    return data(_detailed(await call.services.in_thread(_found, call)))


async def update_storage(call: Call) -> Response:
    """Change what is given of a storage."""
    asked = await call.asked(schema.StorageChange)
    return data(_detailed(await call.services.in_thread(_updated, call, asked)))


async def delete_storage(call: Call) -> Response:
    """Forget a storage; what it holds stays."""
    await call.services.in_thread(_deleted, call)
    return data(None)


def _updated(call: Call, asked: schema.StorageChange) -> StorageInfo:
    info = _found(call)
    changed = asked.type is not None and asked.type != info.type
    kind = info.type if asked.type is None else _known_type(call, asked.type)
    parameters = None
    if asked.parameters is not None:
        # Another type needs all of its parameters.
        expected = _NEW[kind] if changed and _NEW[kind] is not _NEW[info.type] else _CHANGES[kind]
        parameters = _parameters(expected, asked.parameters)
    return call.engine.storages.update(
        info.id, name=asked.name, kind=kind if changed else None, parameters=parameters
    )


def _deleted(call: Call) -> None:
    call.engine.storages.delete(_found(call).id)


def _found(call: Call) -> StorageInfo:
    missing = Rejected(fault(STORAGE_NOT_FOUND, "Storage not found."))
    try:
        info = call.engine.storages.get(identity(call.request, "storage_id"))
    except NotFound:
        raise missing from None
    # Folders of the server are the operator's, unless clients may register some.
    if info.type not in call.engine.storages.types():
        raise missing
    return info


def _known_type(call: Call, kind: str) -> str:
    known = call.engine.storages.types()
    if kind not in known:
        raise Rejected(invalid([Problem("type", wording.not_one_of(known))]))
    return kind


def _parameters(kind: type, given: dict[str, Any]) -> Json:
    if kind in (schema.WebFolderStorage, schema.WebFolderChange):
        # Clients send along what other types have.
        given = {name: value for name, value in given.items() if name == "base_url"}
    try:
        parameters: Any = structured(given, kind)
    except InvalidDocument as error:
        raise Rejected(invalid(InvalidDocument(error.below("parameters")).problems)) from None
    return dict(attrs.asdict(parameters, filter=lambda _, value: value is not None))


def _shown(info: StorageInfo) -> Json:
    """A storage without any credentials."""
    parameters = {name: each for name, each in info.parameters.items() if name != "credentials"}
    return {
        "id": info.id,
        "name": info.name,
        "type": info.type,
        "parameters": parameters,
        "created_at": moment(info.created),
    }


def _detailed(info: StorageInfo) -> Json:
    """A storage with its public key; the secret one is not even in ``info``."""
    return {**_shown(info), "parameters": dict(info.parameters)}
