"""Every operation of the image edit API, as the OpenAPI document needs to know it."""

from typing import Any

from attrs import frozen

from photomill_http.image_edit import answers_schema, paging, schema
from photomill_http.image_edit.answers_schema import listed, reference

Json = dict[str, Any]


@frozen
class Operation:
    """One operation of the API.

    :ivar answer: the schema of ``data``.
    :ivar body: what structures the body.
    :ivar query: what structures the query.
    """

    verb: str
    path: str
    name: str
    summary: str
    answer: Json
    body: type | None = None
    example: Json | None = None
    query: type | None = None


def _task_operations(
    family: str, what: str, answer: Json, body: type, example: Json
) -> list[Operation]:
    path, title = f"/image/edit/{family}", family.capitalize()
    one = f"{path}/{{task_id}}"
    query = paging.BatchQuery if family == "batch" else None
    return [
        Operation(
            "post", path, f"submit{title}", f"Edit {what} behind the scenes.", answer, body, example
        ),
        Operation(
            "get",
            path,
            f"list{title}",
            "List the caller's tasks, the newest first.",
            listed(answer),
            query=paging.TasksQuery,
        ),
        Operation("get", one, f"get{title}", "Tell how a task stands.", answer, query=query),
        Operation("delete", one, f"cancel{title}", "Cancel a task; what was done stays.", answer),
        Operation("post", f"{one}/pause", f"pause{title}", "Begin no further picture.", answer),
        Operation("post", f"{one}/resume", f"resume{title}", "Go on with a paused task.", answer),
    ]


_EDITED = reference("Edited")
_STORAGE = reference("Storage")
_STORAGES = "/storage/storages"
_ONE_STORAGE = "/storage/storages/{storage_id}"

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "post",
        "/image/edit",
        "edit",
        "Edit a picture, and wait for it.",
        _EDITED,
        schema.ImageEditRequest,
        answers_schema.EDIT_EXAMPLE,
    ),
    Operation(
        "post", "/image/edit/upload", "editUpload", "Edit a picture that is sent along.", _EDITED
    ),
    *_task_operations(
        "async",
        "a picture",
        reference("SingleTask"),
        schema.ImageEditRequest,
        answers_schema.EDIT_EXAMPLE,
    ),
    *_task_operations(
        "batch",
        "a folder or a list",
        reference("BatchTask"),
        schema.BatchEditRequest,
        answers_schema.BATCH_EXAMPLE,
    ),
    Operation(
        "get",
        "/capabilities",
        "listCapabilities",
        "List every engine of every operation.",
        listed(reference("EngineCapability")),
    ),
    Operation(
        "get",
        "/storage/storage-types",
        "listStorageTypes",
        "Name the types of storage.",
        listed({"type": "string"}),
    ),
    Operation("get", _STORAGES, "listStorages", "List the registered storages.", listed(_STORAGE)),
    Operation(
        "post",
        _STORAGES,
        "createStorage",
        "Register a storage.",
        _STORAGE,
        schema.NewStorage,
        answers_schema.STORAGE_EXAMPLE,
    ),
    Operation("get", _ONE_STORAGE, "getStorage", "Describe a storage.", _STORAGE),
    Operation(
        "patch",
        _ONE_STORAGE,
        "updateStorage",
        "Change what is given of a storage.",
        _STORAGE,
        schema.StorageChange,
        {"name": "store"},
    ),
    Operation(
        "delete",
        _ONE_STORAGE,
        "deleteStorage",
        "Forget a storage; what it holds stays.",
        {"type": "null"},
    ),
)
