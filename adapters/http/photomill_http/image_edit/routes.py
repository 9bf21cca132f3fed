"""The operations of the image edit API, under ``/v1`` and ``/v1-beta1``."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs
import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request

from photomill import (
    IMAGE_EDITING_SCOPE,
    STORAGE_SCOPE,
    BatchEdit,
    Key,
    PhotomillError,
    Schema,
    SingleEdit,
)
from photomill_http.answers import Answer
from photomill_http.bodies import Body, BodyTooLarge
from photomill_http.contract import (
    BINARY,
    Call,
    Contract,
    Operation,
    Parameter,
    Refused,
    TooManyRequests,
)
from photomill_http.image_edit import edits, errors, paging, schema, storages, tasks
from photomill_http.image_edit.components import Components
from photomill_http.image_edit.documents import RESULTS
from photomill_http.image_edit.reading import json_object, read
from photomill_http.image_edit.webhooks import FORMAT, Webhooks
from photomill_http.services import Services

Json = dict[str, Any]

_EDIT: Json = {
    "input": "https://shop.example/shoe.jpg",
    "operations": {
        "background": {"remove": True, "color": "#ffffff"},
        "resizing": {"width": 1000, "height": 1000, "fit": "canvas"},
        "padding": "5%",
    },
    "output": {"format": {"type": "jpeg", "quality": 85}, "destination": "storage://shop/ready/"},
}
_BATCH: Json = {
    "input": {"source": "storage://shop/new/", "recursive": True},
    "operations": {"resizing": {"width": 1000}},
    "output": "storage://shop/ready/",
}
_NEW_STORAGE: Json = {
    "name": "shop",
    "type": "s3",
    "parameters": {
        "bucket": "images",
        "credentials": {"access_key": "AKIA…", "secret_access_key": "…"},
    },
}
_FORM: Json = {
    "type": "object",
    "required": ["file", "data"],
    "properties": {
        "file": BINARY,
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/UploadedEditRequest"},
        },
    },
}
_SAME_KEY = Parameter(
    "Idempotency-Key",
    "the same key leads to the same task for a day",
    {"type": "string", "maxLength": tasks.LONGEST_KEY},
    "header",
)
_IMAGE = {"image/*": BINARY}
_STORAGES = "/storage/storages"
_ONE_STORAGE = f"{_STORAGES}/{{storage_id}}"


def list_capabilities(call: Call) -> list[schema.EngineCapability]:
    """List every engine of every operation."""
    return [
        schema.EngineCapability(**attrs.asdict(each, filter=lambda _, value: value != ""))
        for each in call.engine.editing.capabilities()
    ]


def _task_operations(
    family: str, kind: str, submit: Any, get: Any, answer: Any, example: Json
) -> tuple[Operation, ...]:
    path, title = f"/image/edit/{family}", family.capitalize()
    one = f"{path}/{{task_id}}"
    moves = (
        ("DELETE", one, "cancel", "Cancel a task; what was done stays."),
        ("POST", f"{one}/pause", "pause", "Begin no further image."),
        ("POST", f"{one}/resume", "resume", "Go on with a paused task."),
    )
    return (
        Operation(
            "POST",
            path,
            submit,
            f"submit{title}",
            answer=answer,
            example=example,
            parameters=(_SAME_KEY,),
        ),
        Operation(
            "GET",
            path,
            tasks.lister(kind),
            f"list{title}",
            answer=list[answer],
            query=paging.TasksQuery,
        ),
        Operation(
            "GET",
            one,
            get,
            f"get{title}",
            answer=answer,
            query=paging.BatchQuery if family == "batch" else None,
        ),
        *(
            Operation(
                verb,
                path,
                tasks.mover(kind, move),
                f"{move}{title}",
                summary=summary,
                answer=answer,
            )
            for verb, path, move, summary in moves
        ),
    )


class ImageEditContract(Contract):
    """Edits at once and in the background, and the storages they use."""

    name: ClassVar[str] = "image edit"
    scope: ClassVar[str] = IMAGE_EDITING_SCOPE
    prefixes: ClassVar = {"/v1": "", "/v1-beta1": "Beta"}
    path_schemas: ClassVar = {"task_id": {"type": "integer"}, "storage_id": {"type": "integer"}}
    errors: ClassVar = {
        400: "no JSON, or a storage cannot be reached",
        401: "no key, or a wrong or revoked one",
        402: "no API calls left for today",
        403: "the key may not do this",
        404: "there is no such task or storage",
        409: "the task has ended, or the name is taken",
        422: "a parameter is wrong, or the image cannot be had or read",
        429: "too many requests",
        507: "the disk is full",
    }
    envelope: ClassVar[Any] = schema.Fault
    error_example: ClassVar = {
        "error_code": "9000",
        "error_type": "validation",
        "error_message": "operations.resizing.width: value is not a valid integer.",
        "error_details": {"operations.resizing.width": ["value is not a valid integer"]},
    }
    no_key = "Authorization is required."
    wrong_key = no_key
    too_many = "Too Many Requests. Rate limit exceeded."
    no_scope = "Not enough permissions: the key has no scope {scope!r}."
    operations: ClassVar = (
        Operation(
            "GET",
            f"{RESULTS}/{{key:path}}",
            edits.result,
            "getResult",
            access="open",
            answer=BINARY,
            media="image/*",
            done="the image",
            errors={
                400: "the storage of results cannot be reached",
                404: "there is none, or not any more",
            },
            absolute=True,
        ),
        Operation(
            "POST",
            "/image/edit",
            edits.edit,
            answer=schema.Edited,
            example=_EDIT,
            also=_IMAGE,
            slow=True,
        ),
        Operation(
            "POST",
            "/image/edit/upload",
            edits.upload,
            "editUpload",
            body=schema.UploadedEditRequest,
            request={"required": True, "content": {"multipart/form-data": {"schema": _FORM}}},
            answer=schema.Edited,
            also=_IMAGE,
            slow=True,
        ),
        *_task_operations(
            "async",
            SingleEdit.kind,
            tasks.submit_single,
            tasks.get_single,
            schema.SingleTask,
            _EDIT,
        ),
        *_task_operations(
            "batch",
            BatchEdit.kind,
            tasks.submit_batch,
            tasks.get_batch,
            schema.BatchTask,
            _BATCH,
        ),
        Operation("GET", "/capabilities", list_capabilities),
        Operation(
            "GET", "/storage/storage-types", storages.list_storage_types, scope=STORAGE_SCOPE
        ),
        Operation("GET", _STORAGES, storages.list_storages, scope=STORAGE_SCOPE),
        Operation(
            "POST",
            _STORAGES,
            storages.create_storage,
            body=schema.NewStorage,
            example=_NEW_STORAGE,
            scope=STORAGE_SCOPE,
        ),
        Operation("GET", _ONE_STORAGE, storages.get_storage, scope=STORAGE_SCOPE),
        Operation(
            "PATCH",
            _ONE_STORAGE,
            storages.update_storage,
            body=schema.StorageChange,
            example={"name": "store"},
            scope=STORAGE_SCOPE,
        ),
        Operation(
            "DELETE",
            _ONE_STORAGE,
            storages.delete_storage,
            answer={"type": "null"},
            scope=STORAGE_SCOPE,
        ),
    )

    def __init__(self, services: Services) -> None:
        """Also makes the engine's jobs know the messages of this API."""
        super().__init__(services)
        webhooks = Webhooks(services.engine, services.settings)
        services.engine.jobs.register_message(FORMAT, webhooks.render)
        per_minute = services.settings.edits_per_minute
        self._rates = services.engine.keys.limit_rate("edits", per_minute, burst=per_minute)

    def fault(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
        kind = errors.BY_STATUS.get(status, errors.UNEXPECTED)
        return errors.fault(kind, message, headers=headers)

    def render(self, error: Exception, operation: Operation | None) -> Answer | None:
        match error:
            case TooManyRequests():
                answer = self.fault(429, self.too_many)
                # Some clients look for the error where the service's page on limits has it, others where all errors are.
                answer.body.detail = msgspec.to_builtins(answer.body)
                return answer
            case BodyTooLarge():
                return errors.fault(errors.TOO_LARGE, str(error))
            case HTTPException(status_code=405):
                return self.fault(405, "Method Not Allowed.", error.headers)
            case HTTPException():
                return self.fault(404, "Not Found.", error.headers)
            case PhotomillError():
                return errors.fault_of(error)
        return super().render(error, operation)

    def count(self, request: Request, key: Key) -> None:
        allowance = self._rates.count(key.id)
        if allowance is not None:
            request.state.headers.update(allowance.headers())
            if allowance.exceeded:
                raise TooManyRequests(allowance.reset)

    def spend(self, key: Key) -> None:
        """Count an edit.

        :raises Refused: there are no more today.
        """
        per_day = self.services.settings.edits_per_day
        if per_day and not self.services.engine.keys.spend(key.id, per_day):
            raise Refused(errors.fault(errors.NO_CREDITS, "No API calls left."))

    def covers(self, path: str) -> bool:
        return path.startswith(tuple(f"{prefix}/" for prefix in self.prefixes))

    def limit(self, operation: Operation) -> int:
        return self.services.settings.edit_body_limit

    def parse(self, call: Call, body: Body) -> Any:
        kind = call.operation.body
        if call.operation.handler is edits.upload:
            return edits.read_upload(body, call.request.headers.get("content-type", ""))
        call.request.state.given = given = json_object(body)
        # What a storage has depends on its type.
        return given if kind in (schema.NewStorage, schema.StorageChange) else read(given, kind)

    def wrap(self, value: Any) -> Any:
        return {"data": value}

    @classmethod
    def wrap_schema(cls, schema: Schema) -> Schema:
        return {"type": "object", "required": ["data"], "properties": {"data": schema}}

    @classmethod
    def describe(cls, kinds: Sequence[Any]) -> tuple[list[Schema], dict[str, Schema]]:
        answers = [kind for kind in kinds if not attrs.has(kind)]
        found, definitions = super().describe(answers)
        components = Components()
        references = {
            **dict(zip(answers, found, strict=True)),
            **{kind: components.reference(kind) for kind in kinds if attrs.has(kind)},
        }
        _describe_storages(components)
        return [references[kind] for kind in kinds], {**components.schemas, **definitions}


def _describe_storages(components: Components) -> None:
    """Say what parameters there are, of which a storage has those of its type."""
    for name, kinds in (
        ("NewStorage", (schema.BucketStorage, schema.WebFolderStorage, schema.LocalStorage)),
        ("StorageChange", (schema.BucketChange, schema.WebFolderChange, schema.LocalChange)),
    ):
        if name in components.schemas:
            choices = [components.reference(kind) for kind in kinds]
            components.schemas[name]["properties"]["parameters"] = {"anyOf": choices}
