"""The image edit API's part of the OpenAPI document."""

from typing import Any

from photomill_http.image_edit import answers_schema, schema
from photomill_http.image_edit.answers_schema import data, reference
from photomill_http.image_edit.components import Components
from photomill_http.image_edit.endpoint import PREFIXES
from photomill_http.image_edit.links import RESULTS
from photomill_http.image_edit.operations import OPERATIONS, Operation

Json = dict[str, Any]

_FAULTS = {
    400: "no JSON, or a storage cannot be reached",
    401: "no key, or a wrong or revoked one",
    402: "no API calls left for today",
    403: "the key may not do this",
    404: "there is no such task or storage",
    409: "the task has ended, or the name is taken",
    422: "a parameter is wrong, or the picture cannot be had or read",
    429: "too many requests",
    507: "the disk is full",
}


def image_edit_document() -> tuple[Json, Json]:
    """The paths, and the schemas they name."""
    components = Components()
    paths: Json = {}
    for prefix in PREFIXES:
        for operation in OPERATIONS:
            described = _described(operation, components, beta=prefix != PREFIXES[0])
            paths.setdefault(prefix + operation.path, {})[operation.verb] = described
    paths[f"{RESULTS}/{{key}}"] = {"get": _result()}
    _describe_storages(components)
    return paths, {**components.schemas, **answers_schema.SCHEMAS}


def _describe_storages(components: Components) -> None:
    """Say what parameters there are, of which a storage has those of its type."""
    for name, kinds in (
        ("NewStorage", (schema.BucketStorage, schema.WebFolderStorage, schema.LocalStorage)),
        ("StorageChange", (schema.BucketChange, schema.WebFolderChange, schema.LocalChange)),
    ):
        choices = [components.reference(kind) for kind in kinds]
        components.schemas[name]["properties"]["parameters"] = {"anyOf": choices}


def _described(operation: Operation, components: Components, *, beta: bool) -> Json:
    described: Json = {
        "operationId": operation.name + ("Beta" if beta else ""),
        "tags": ["image edit"],
        "summary": operation.summary,
        "security": [{"key": []}],
        "parameters": _parameters(operation, components),
        "responses": {
            "200": _response("done", data(operation.answer)),
            **{str(code): _fault(text) for code, text in _FAULTS.items()},
        },
    }
    if operation.body is not None:
        body = {"schema": components.reference(operation.body), "example": operation.example}
        content = {"application/json": body}
        described["requestBody"] = {"required": True, "content": content}
    if operation.name == "editUpload":
        described["requestBody"] = _form(components)
    if operation.name.startswith("edit"):
        described["responses"]["200"]["content"]["image/*"] = {
            "schema": {"type": "string", "format": "binary"}
        }
    return described


def _parameters(operation: Operation, components: Components) -> list[Json]:
    found: list[Json] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer"},
        }
        for name in ("task_id", "storage_id")
        if f"{{{name}}}" in operation.path
    ]
    if operation.query is not None:
        components.reference(operation.query)
        properties = components.schemas.pop(operation.query.__name__)["properties"]
        found += [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": property.pop("description", ""),
                "schema": property,
            }
            for name, property in properties.items()
        ]
    if operation.name.startswith("submit"):
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "the same key leads to the same task for a day",
                "schema": {"type": "string", "maxLength": 255},
            }
        )
    return found


def _form(components: Components) -> Json:
    uploaded = components.reference(schema.UploadedEditRequest)
    form = {
        "type": "object",
        "required": ["file", "data"],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": uploaded,
            },
        },
    }
    return {"required": True, "content": {"multipart/form-data": {"schema": form}}}


def _result() -> Json:
    return {
        "operationId": "getResult",
        "tags": ["image edit"],
        "summary": "Fetch a result; whoever knows its address may.",
        "security": [],
        "parameters": [
            {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
        ],
        "responses": {
            "200": {
                "description": "the picture",
                "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
            },
            "400": _fault("the storage of results cannot be reached"),
            "404": _fault("there is none, or not any more"),
        },
    }


def _response(description: str, body: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": body}}}


def _fault(description: str) -> Json:
    response = _response(description, reference("Fault"))
    response["content"]["application/json"]["example"] = answers_schema.FAULT_EXAMPLE
    return response
