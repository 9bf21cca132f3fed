"""``/admin/v1``: collections and keys."""

from typing import ClassVar

from photomill import InvalidInput
from photomill_http.admin import schema
from photomill_http.admin.translate import describe_collection, describe_key
from photomill_http.contract import Call, Operation
from photomill_http.plain import PlainContract


def list_collections(call: Call) -> schema.CollectionsAnswer:
    """List the collections."""
    found = call.engine.collections.list_all()
    return schema.CollectionsAnswer([describe_collection(info) for info in found])


def create_collection(call: Call, asked: schema.NewCollection) -> schema.CollectionAnswer:
    """Make a collection."""
    embedders = call.services.settings.service_embedders
    info = call.engine.collections.create(
        asked.name,
        embedder=asked.embedder or embedders.get(asked.service, ""),
        index=asked.index,
        product_field=asked.product_field,
        max_records=asked.max_records,
        thumbnails=asked.thumbnails,
        texts=asked.texts,
    )
    return describe_collection(info)


def show_collection(call: Call) -> schema.CollectionAnswer:
    """Describe a collection."""
    collection = call.engine.collections.open(call.parameters["id"])
    return describe_collection(collection.info, collection.statistics())


def clear_collection(call: Call) -> schema.Removed:
    """Remove every record of a collection."""
    return schema.Removed(call.engine.collections.clear(call.parameters["id"]))


def delete_collection(call: Call) -> schema.Deleted:
    """Delete a collection and all that is in it."""
    call.engine.collections.delete(call.parameters["id"])
    return schema.Deleted(call.parameters["id"])


def list_keys(call: Call) -> schema.KeysAnswer:
    """List the keys."""
    return schema.KeysAnswer([describe_key(key) for key in call.engine.keys.list_all()])


def create_key(call: Call, asked: schema.NewKey) -> schema.KeyAnswer:
    """Make a key; the answer shows it this once."""
    known = {info.id for info in call.engine.collections.list_all()}
    for identity in asked.collections or ():
        if identity not in known:
            raise InvalidInput(f"no collection {identity!r:.80}", path="collections")
    made = call.engine.keys.create(
        asked.name, owner=asked.owner, scopes=asked.scopes, collections=asked.collections
    )
    answer = describe_key(made.key)
    answer.key = made.secret
    return answer


def revoke_key(call: Call) -> schema.Revoked:
    """Revoke a key, at once and for ever."""
    call.engine.keys.revoke(call.parameters["id"])
    return schema.Revoked(call.parameters["id"])


_ERRORS = {
    400: "a parameter is wrong",
    401: "no key, or a wrong or revoked one",
    403: "the key may not administer",
    429: "too many requests",
}
_NAMED = {**_ERRORS, 404: "there is none of this name"}
_COLLECTIONS = "/admin/v1/collections"
_COLLECTION = f"{_COLLECTIONS}/{{id}}"
_KEYS = "/admin/v1/keys"


class AdminContract(PlainContract):
    """Collections and keys, for keys of the scope ``admin`` that are not restricted to collections."""

    name: ClassVar[str] = "admin"
    errors: ClassVar = _ERRORS
    scope: ClassVar[str] = "admin"
    operations: ClassVar = (
        Operation("GET", _COLLECTIONS, list_collections),
        Operation(
            "POST",
            _COLLECTIONS,
            create_collection,
            example={"name": "shop", "embedder": "main"},
            status=201,
            errors=_NAMED,
        ),
        Operation("GET", _COLLECTION, show_collection, "describeCollection", errors=_NAMED),
        Operation("DELETE", _COLLECTION, delete_collection, errors=_NAMED),
        Operation("POST", f"{_COLLECTION}/clear", clear_collection, errors=_NAMED),
        Operation("GET", _KEYS, list_keys),
        Operation(
            "POST",
            _KEYS,
            create_key,
            example={"name": "importer", "scopes": ["read", "write"]},
            status=201,
        ),
        Operation("DELETE", f"{_KEYS}/{{id}}", revoke_key, errors=_NAMED),
    )
