"""The OpenAPI 3.1 document, made from the classes that structure the input."""

from collections.abc import Iterator
from types import UnionType
from typing import Any, get_args

import attrs
import msgspec

from photomill import __version__
from photomill_http.admin.routes import AdminContract
from photomill_http.bodies import Body
from photomill_http.contract import Contract, Operation, Parameter, Reply
from photomill_http.group_image.routes import GroupImageContract
from photomill_http.groups.openapi import groups_document
from photomill_http.image_edit.openapi import image_edit_document
from photomill_http.server_pages import ServerContract
from photomill_http.similarity import examples
from photomill_http.similarity.routes import METHODS, Method

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"
_SECURED: list[Json] = [{"key": []}]


def openapi_document() -> Json:
    """The whole document."""
    edit_paths, edit_schemas = image_edit_document()
    group_paths, group_schemas = contract_document(GroupImageContract)
    admin_paths, admin_schemas = contract_document(AdminContract)
    server_paths, server_schemas = contract_document(ServerContract)
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
            **admin_paths,
            **edit_paths,
            **group_paths,
            **album_paths,
            **server_paths,
        },
        "components": {
            "schemas": {
                **_request_schemas(),
                **admin_schemas,
                **server_schemas,
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
    kinds = list(dict.fromkeys(method.body for method in METHODS.values()))
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


_SECURITY: dict[str, list[Json]] = {"key": [{"key": []}], "anyone": [{}, {"key": []}], "open": []}


def contract_document(contract: type[Contract]) -> tuple[Json, Json]:
    """A contract's paths, and its schemas."""
    writer = _Writer(contract)
    paths: Json = {}
    for operation in contract.operations:
        if operation.hidden:
            continue
        prefixes = {"": ""} if operation.absolute else contract.prefixes
        for prefix, suffix in prefixes.items():
            path = (prefix + operation.path).replace(":path}", "}")
            paths.setdefault(path, {})[operation.verb.lower()] = writer.entry(operation, suffix)
    return paths, writer.schemas


class _Writer:
    """Writes one contract's operations."""

    def __init__(self, contract: type[Contract]) -> None:
        self._contract = contract
        kinds = list(dict.fromkeys(_kinds(contract)))
        found, definitions = contract.describe(kinds)
        self._references: dict[Any, Json] = dict(zip(kinds, found, strict=True))
        self.schemas = {contract.schema_prefix + name: each for name, each in definitions.items()}

    def entry(self, operation: Operation, suffix: str) -> Json:
        """One operation."""
        contract = self._contract
        entry: Json = {
            "operationId": operation.name + suffix,
            "tags": [contract.name],
            "summary": operation.summary,
            "security": _SECURITY[operation.access],
            "responses": self._responses(operation),
        }
        if operation.description:
            entry["description"] = operation.description
        parameters = list(self._parameters(operation))
        if parameters:
            entry["parameters"] = parameters
        body = self._body(operation)
        if body is not None:
            entry["requestBody"] = body
        return entry

    def _responses(self, operation: Operation) -> Json:
        contract = self._contract
        done = self._reply(Reply(operation.done, operation.answer, operation.media))
        if "content" in done:
            media = done["content"][operation.media]
            media["schema"] = contract.wrap_schema(media["schema"])
            if operation.answer_example is not None:
                media["example"] = operation.answer_example
        errors = contract.errors if operation.errors is None else operation.errors
        others = {status: self._reply(reply) for status, reply in operation.responses.items()}
        for status, text in errors.items():
            others[status] = self._reply(Reply(text, contract.envelope))
            if contract.error_example is not None:
                others[status]["content"]["application/json"]["example"] = contract.error_example
        return {str(status): reply for status, reply in {operation.status: done, **others}.items()}

    def _reply(self, reply: Reply) -> Json:
        if reply.answer is None:
            return {"description": reply.description}
        media = {"schema": self._schema(reply.answer)}
        return {"description": reply.description, "content": {reply.media: media}}

    def _parameters(self, operation: Operation) -> Iterator[Json]:
        for part in operation.path.split("/"):
            if part.startswith("{"):
                name, _, kind = part.strip("{}").partition(":")
                schema = {"type": "integer" if kind == "int" else "string"}
                yield {"name": name, "in": "path", "required": True, "schema": schema}
        for parameter in (*operation.parameters, *self._query(operation)):
            described: Json = {
                "name": parameter.name,
                "in": parameter.place,
                "required": parameter.required,
                "schema": parameter.schema,
            }
            if parameter.description:
                described["description"] = parameter.description
            yield described

    def _query(self, operation: Operation) -> Iterator[Parameter]:
        if operation.query is None:
            return
        _, definitions = self._contract.describe([operation.query])
        for name, schema in definitions[operation.query.__name__]["properties"].items():
            yield Parameter(name, schema.pop("description", ""), schema)

    def _body(self, operation: Operation) -> Json | None:
        if operation.request is not None or operation.body in (None, Body):
            return operation.request
        if operation.verb == "GET":
            return None
        media: Json = {"schema": self._schema(operation.body)}
        if operation.example is not None:
            media["example"] = operation.example
        return {"required": operation.body_required, "content": {"application/json": media}}

    def _schema(self, kind: Any) -> Json:
        if isinstance(kind, dict):
            return kind
        if isinstance(kind, UnionType):
            return {"anyOf": [self._schema(each) for each in get_args(kind)]}
        return self._references[kind]


def _kinds(contract: type[Contract]) -> Iterator[Any]:
    """The types that a contract's operations take and give."""
    yield contract.envelope
    for operation in contract.operations:
        replies = (reply.answer for reply in operation.responses.values())
        for kind in (operation.body, operation.answer, *replies):
            # msgspec takes no unions of classes.
            for each in get_args(kind) if isinstance(kind, UnionType) else (kind,):
                if each is not None and each is not Body and not isinstance(each, dict):
                    yield each
