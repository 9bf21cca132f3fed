"""Storages: registering what edits read from and write to."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import attrs

from photomill import Namespace, NotFound, Problem, StorageInfo
from photomill_http.contract import Call, Refused
from photomill_http.image_edit import schema, wording
from photomill_http.image_edit.coercion import InvalidDocument, structured
from photomill_http.image_edit.documents import moment
from photomill_http.image_edit.errors import STORAGE_NOT_FOUND, fault, invalid
from photomill_http.image_edit.reading import number_of

Json = dict[str, Any]
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


def list_storage_types(call: Call) -> list[str]:
    """Name the types of storage."""
    return call.engine.storages.types()


def list_storages(call: Call) -> list[schema.Storage]:
    """List the registered storages."""
    known = call.engine.storages.types()
    return [_describe(info) for info in _namespace(call).list_all() if info.type in known]


def create_storage(call: Call, body: Json) -> schema.Storage:
    """Register a storage."""
    asked, parameters = _read(body, schema.NewStorage, _NEW, call.engine.storages.types())
    return _describe_with_key(_namespace(call).create(asked.name, asked.type, parameters))


def get_storage(call: Call) -> schema.Storage:
    """Describe a storage."""
    return _describe_with_key(_find(call))


def update_storage(call: Call, body: Json) -> schema.Storage:
    """Change what is given of a storage."""
    info = _find(call)
    kind = info.type if body.get("type") is None else body["type"]
    known = call.engine.storages.types()
    # A type with other parameters needs all of its own.
    same = isinstance(kind, str) and _NEW.get(kind) is _NEW[info.type]
    shapes = _CHANGES if same else _NEW
    asked, parameters = _read({**body, "type": kind}, schema.StorageChange, shapes, known)
    changed = _namespace(call).update(
        info.id,
        name=asked.name,
        kind=None if asked.type == info.type else asked.type,
        parameters=None if asked.parameters is None else parameters,
    )
    return _describe_with_key(changed)


def delete_storage(call: Call) -> None:
    """Forget a storage; what it holds stays."""
    _namespace(call).delete(_find(call).id)


def _namespace(call: Call) -> Namespace:
    """The storages that the caller may name."""
    return call.engine.storages.namespace(call.key.principal)


def _find(call: Call) -> StorageInfo:
    missing = Refused(fault(STORAGE_NOT_FOUND, "Storage not found."))
    try:
        info = _namespace(call).get(number_of(call, "storage_id"))
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

    :raises Refused: with everything that is wrong with both.
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
        raise Refused(invalid(problems))
    return asked, parameters


def _parameters(kind: type, given: Json) -> Json:
    if kind in (schema.WebFolderStorage, schema.WebFolderChange):
        # Clients send along what other types have.
        given = {name: value for name, value in given.items() if name == "base_url"}
    parameters: Any = structured(given, kind)
    return dict(attrs.asdict(parameters, filter=lambda _, value: value is not None))


def _describe(info: StorageInfo, *, credentials: bool = False) -> schema.Storage:
    """
    :param credentials: with the public key; the secret one is not even in ``info``.
    """
    parameters = {
        name: each
        for name, each in info.parameters.items()
        if each != "" and (credentials or name != "credentials")
    }
    return schema.Storage(info.id, info.name, info.type, parameters, moment(info.created))


def _describe_with_key(info: StorageInfo) -> schema.Storage:
    return _describe(info, credentials=True)
