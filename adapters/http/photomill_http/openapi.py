"""The OpenAPI 3.1 document, made from the classes that structure the input."""

from collections.abc import Mapping
from typing import Any

import attrs
import msgspec

from photomill import __version__
from photomill_http.admin import schema as admin_schema
from photomill_http.group_image.openapi import group_image_document
from photomill_http.groups.openapi import groups_document
from photomill_http.image_edit.openapi import image_edit_document
from photomill_http.similarity import examples
from photomill_http.similarity.routes import METHODS, Method

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"
_SECURED: list[Json] = [{"key": []}]
_ADMIN_BODIES: Mapping[str, type] = {
    "NewCollection": admin_schema.NewCollection,
    "NewKey": admin_schema.NewKey,
}


def openapi_document() -> Json:
    """The whole document."""
    edit_paths, edit_schemas = image_edit_document()
    group_paths, group_schemas = group_image_document()
    album_paths, album_schemas = groups_document()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Photomill",
            "version": __version__,
            "description": "Similarity methods answer under any prefix that ends in /v2/; this document shows one.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            **_similarity_paths(),
            **_admin_paths(),
            **edit_paths,
            **group_paths,
            **album_paths,
            **_operation_paths(),
        },
        "components": {
            "schemas": {
                **_request_schemas(),
                **_ANSWERS,
                **edit_schemas,
                **group_schemas,
                **album_schemas,
            },
            "securitySchemes": {
                "key": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`Token KEY`, `Bearer KEY`, `JWT KEY`, or the bare key",
                }
            },
        },
    }


# ---------------------------------------------------------------- components


def _request_schemas() -> Json:
    kinds = list(
        dict.fromkeys([*(method.body for method in METHODS.values()), *_ADMIN_BODIES.values()])
    )
    _, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    for kind in kinds:
        _tidy(components[kind.__name__], kind)
    return components


def _tidy(component: Json, kind: type) -> None:
    """Say what msgspec leaves out of an attrs class: the JSON names, the descriptions and the bounds."""
    summary, described = _described(kind)
    component["description"] = summary
    properties = {}
    for attribute in attrs.fields(kind):
        inner = component["properties"][attribute.name]
        if attribute.name in described:
            inner["description"] = described[attribute.name]
        _bound(inner, attribute.validator)
        properties[_json_name(attribute.name)] = inner
    component["properties"] = properties
    # Unknown parameters are ignored, and null counts as not given.
    component.pop("additionalProperties", None)


def _described(kind: type) -> tuple[str, dict[str, str]]:
    """The summary of a docstring, and what its ``:ivar`` lines say."""
    first, *rest = (kind.__doc__ or "").split(":ivar ")
    pairs = (line.split(":", 1) for line in rest)
    described = {name.strip(): _plain(text) for name, text in pairs}
    return _plain(first), described


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _bound(component: Json, validator: Any) -> None:
    """Write a validator's bounds where the numbers are."""
    targets = [
        inner for inner in component.get("anyOf", [component]) if inner.get("type") != "null"
    ]
    for part in _flattened(validator):
        bound, sign = getattr(part, "bound", None), getattr(part, "compare_op", "")
        word = {">=": "minimum", "<=": "maximum"}.get(sign)
        if word is not None:
            targets[0][word] = bound
        if hasattr(part, "min_length") and component.get("type") == "array":
            component["minItems"] = part.min_length


def _flattened(validator: Any) -> list[Any]:
    if validator is None:
        return []
    inner = getattr(validator, "_validators", None) or getattr(validator, "validator", None)
    if inner is None:
        return [validator]
    parts = inner if isinstance(inner, tuple | list) else [inner]
    return [flat for part in parts for flat in _flattened(part)]


def _json_name(name: str) -> str:
    return name.rstrip("_")


_STATUS: Json = {
    "type": "object",
    "required": ["code", "text"],
    "properties": {
        "code": {"type": "integer"},
        "text": {"type": "string"},
        "error_description": {"type": "string"},
    },
}
_RECORD: Json = {"type": "object", "properties": {"_id": {"type": ["string", "null"]}}}

_ANSWERS: Json = {
    "Answer": {
        "type": "object",
        "required": ["status", "statistics"],
        "properties": {
            "status": _STATUS,
            "statistics": {
                "type": "object",
                "required": ["OperationTime"],
                "properties": {"OperationTime": {"type": "integer", "description": "milliseconds"}},
            },
            "detail": {"type": "string"},
            "answer_count": {"type": "integer", "minimum": 0},
            "answer_records": {
                "type": "array",
                "items": {"anyOf": [_RECORD, {"type": "array", "items": _RECORD}]},
            },
            "answer_distances": {"type": "array", "items": {"type": "number", "minimum": 0}},
            "skipped_records": {"type": "array", "items": _RECORD},
            "notes": {
                "type": "array",
                "description": "of inserted pictures, where something is otherwise than expected",
                "items": _RECORD,
            },
            "next": {"type": ["string", "integer"]},
            "total_count": {"type": "integer", "minimum": 0},
        },
    },
    "Anything": {"type": "object"},
}


# ---------------------------------------------------------------- paths


def _similarity_paths() -> Json:
    paths: Json = {
        "/similarity/photos/v2/ping": {
            verb: _operation(
                "ping",
                "similarity",
                f"Tell that the server is there ({verb.upper()}).",
                verb,
                secured=False,
            )
            for verb in ("get", "post")
        },
        "/authorization/v2/authorize": {
            "post": _operation("authorize", "similarity", "Tell whether a key is good.", "post")
        },
    }
    for method in METHODS.values():
        paths[f"/similarity/photos/v2/{method.name}"] = {
            verb.lower(): _similarity_operation(method, verb.lower()) for verb in method.verbs
        }
    return paths


def _similarity_operation(method: Method, verb: str) -> Json:
    operation = _operation(method.name, "similarity", method.summary, verb)
    operation["parameters"] = [
        _header("collection-id", "the collection's id"),
        *([_number("size"), _number("page")] if method.name == "allRecords" else []),
    ]
    if verb == "post":
        operation["requestBody"] = _body(method.body.__name__, examples.REQUESTS[method.name])
    answer = examples.RANKED_ANSWER if method.ranked else examples.LISTED_ANSWER
    if method.scope == "write":
        answer = examples.PROCESSED_ANSWER
    operation["responses"]["200"]["content"]["application/json"]["example"] = answer
    for code, text in (
        (400, "a parameter, the filter or the JSON is wrong"),
        (403, "the key may not do this, or the query record cannot be read"),
        (404, "records or collection not found"),
        (409, "every record is a duplicate"),
        (413, "the body is too large, or names too many records"),
        (507, "the collection or the disk is full"),
    ):
        operation["responses"][str(code)] = _response(text, examples.ERROR_ANSWER)
    return operation


def _admin_paths() -> Json:
    identity = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]

    def admin(name: str, summary: str, verb: str, success: str = "200") -> Json:
        operation = _operation(name, "admin", summary, verb, success=success, kind="Anything")
        operation["responses"]["400"] = _response("a parameter is wrong", examples.ERROR_ANSWER)
        operation["responses"]["403"] = _response(
            "the key may not administer", examples.ERROR_ANSWER
        )
        if name in {
            "describeCollection",
            "deleteCollection",
            "clearCollection",
            "revokeKey",
            "createCollection",
        }:
            operation["responses"]["404"] = _response(
                "there is none of this name", examples.ERROR_ANSWER
            )
        return operation

    create_collection = admin("createCollection", "Make a collection.", "post", "201")
    create_collection["requestBody"] = _body("NewCollection", {"name": "shop", "embedder": "main"})
    create_key = admin("createKey", "Make a key; the answer shows it this once.", "post", "201")
    create_key["requestBody"] = _body("NewKey", {"name": "importer", "scopes": ["read", "write"]})
    return {
        "/admin/v1/collections": {
            "get": admin("listCollections", "List the collections.", "get"),
            "post": create_collection,
        },
        "/admin/v1/collections/{id}": {
            "parameters": identity,
            "get": admin("describeCollection", "Describe a collection.", "get"),
            "delete": admin(
                "deleteCollection", "Delete a collection and all that is in it.", "delete"
            ),
        },
        "/admin/v1/collections/{id}/clear": {
            "parameters": identity,
            "post": admin("clearCollection", "Remove every record of a collection.", "post"),
        },
        "/admin/v1/keys": {"get": admin("listKeys", "List the keys.", "get"), "post": create_key},
        "/admin/v1/keys/{id}": {
            "parameters": identity,
            "delete": admin("revokeKey", "Revoke a key, at once and for ever.", "delete"),
        },
    }


def _operation_paths() -> Json:
    plain: Json = {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}}
    page: Json = {"description": "OK", "content": {"text/html": {"schema": {"type": "string"}}}}

    def open_operation(name: str, summary: str) -> Json:
        operation = _operation(name, "operations", summary, "get", secured=False, kind="Anything")
        return {"get": operation}

    ready = open_operation("readyz", "Tell whether requests would be answered.")
    ready["get"]["responses"]["503"] = {"description": "a part does not work"}
    metrics = open_operation("metrics", "Numbers for Prometheus.")
    metrics["get"]["responses"]["200"] = plain
    docs = open_operation("docs", "This document, for people.")
    docs["get"]["responses"]["200"] = page
    return {
        "/healthz": open_operation("healthz", "Tell that the process is alive."),
        "/readyz": ready,
        "/metrics": metrics,
        "/openapi.json": open_operation("openapi", "This document."),
        "/docs": docs,
    }


def _operation(
    name: str,
    tag: str,
    summary: str,
    verb: str,
    *,
    secured: bool = True,
    success: str = "200",
    kind: str = "Answer",
) -> Json:
    content = {"application/json": {"schema": {"$ref": _REFERENCE.format(name=kind)}}}
    operation: Json = {
        "operationId": name if verb != "get" or tag != "similarity" else f"{name}ByGet",
        "tags": [tag],
        "summary": summary,
        "responses": {success: {"description": "done", "content": content}},
        "security": _SECURED if secured else [],
    }
    if secured:
        operation["responses"]["401"] = _response(
            "no key, or a wrong or revoked one", examples.ERROR_ANSWER
        )
        operation["responses"]["429"] = _response("too many requests", examples.ERROR_ANSWER)
    return operation


def _body(name: str, example: Json) -> Json:
    schema = {"$ref": _REFERENCE.format(name=name)}
    return {
        "required": True,
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def _response(description: str, example: Json) -> Json:
    schema = {"$ref": _REFERENCE.format(name="Answer")}
    return {
        "description": description,
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def _header(name: str, description: str) -> Json:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
    }


def _number(name: str) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 0},
    }
