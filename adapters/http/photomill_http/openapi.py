"""The OpenAPI 3.1 document, made from the classes that structure the input."""

from collections.abc import Iterator
from types import UnionType
from typing import Any, get_args

from photomill import __version__
from photomill_http.admin.routes import AdminContract
from photomill_http.bodies import Body
from photomill_http.contract import Contract, Operation, Parameter, Reply
from photomill_http.group_image.routes import GroupImageContract
from photomill_http.groups.routes import GroupsContract
from photomill_http.image_edit.routes import ImageEditContract
from photomill_http.images_by_address.routes import ImagesContract
from photomill_http.server_pages import ServerContract
from photomill_http.similarity.routes import SimilarityContract

Json = dict[str, Any]

_CONTRACTS: tuple[type[Contract], ...] = (
    SimilarityContract,
    AdminContract,
    ImageEditContract,
    GroupImageContract,
    GroupsContract,
    ImagesContract,
    ServerContract,
)
_SECURITY: dict[str, list[Json]] = {"key": [{"key": []}], "anyone": [{}, {"key": []}], "open": []}


def openapi_document() -> Json:
    """The whole document."""
    paths: Json = {}
    schemas: Json = {}
    for contract in _CONTRACTS:
        its_paths, its_schemas = contract_document(contract)
        paths |= its_paths
        schemas |= its_schemas
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Photomill",
            "version": __version__,
            "description": "Similarity methods answer under any prefix that ends in /v2/; this document shows one.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
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
            if operation.media == "application/json":
                media["schema"] = contract.wrap_schema(media["schema"])
            if operation.answer_example is not None:
                media["example"] = operation.answer_example
            for name, schema in operation.also.items():
                done["content"][name] = {"schema": schema}
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
                plain = {"type": "integer" if kind == "int" else "string"}
                schema = self._contract.path_schemas.get(name, plain)
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
        return {"required": self._contract.needs_body, "content": {"application/json": media}}

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
