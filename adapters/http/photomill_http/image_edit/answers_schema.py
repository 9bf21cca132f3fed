"""JSON schemas and examples of what the image edit API answers."""

from typing import Any

Json = dict[str, Any]


def reference(name: str) -> Json:
    """Where a schema is."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: dict[str, Json], optional: dict[str, Json] | None = None) -> Json:
    properties = {**required, **(optional or {})}
    return {"type": "object", "required": list(required), "properties": properties}


def data(schema: Json) -> Json:
    """What every answer that went well is wrapped in."""
    return _object({"data": schema})


def listed(schema: Json) -> Json:
    return {"type": "array", "items": schema}


_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "integer"}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_PICTURE: dict[str, Json] = {
    "ext": _TEXT,
    "mps": {"type": "number", "description": "megapixels"},
    "mime": _TEXT,
    "format": _TEXT,
    "width": _NUMBER,
    "height": _NUMBER,
}
_PLACE: dict[str, Json] = {
    "tmp_url": {**_TEXT, "description": "of a result without a destination; good for a day"},
    "object_key": _TEXT,
    "object_bucket": _TEXT,
    "object_uri": _TEXT,
    "claid_storage_uri": _TEXT,
}
_PROFILING: Json = {
    "type": "object",
    "description": "which engine did what in how many seconds, and what was done otherwise",
}
_TASK_NEEDS: dict[str, Json] = {
    "id": _NUMBER,
    "status": {
        "type": "string",
        "enum": ["ACCEPTED", "WAITING", "PROCESSING", "DONE", "ERROR", "CANCELLED", "PAUSED"],
    },
    "result_url": _TEXT,
    "created_at": _MOMENT,
    "request": {"type": "object", "description": "as it was sent"},
}
_TASK_HAS: dict[str, Json] = {
    "progress": {"type": "object"},
    "finished_at": _MOMENT,
    "errors": listed(reference("PictureError")),
}

SCHEMAS: dict[str, Json] = {
    "Fault": _object(
        {"error_code": _TEXT, "error_type": _TEXT, "error_message": _TEXT},
        {"error_details": {"type": "object"}, "detail": {"type": "object"}},
    ),
    "Picture": _object(_PICTURE),
    "StoredPicture": _object(_PICTURE, _PLACE),
    "Edited": _object(
        {"input": reference("Picture"), "output": reference("StoredPicture")},
        {"profiling": _PROFILING},
    ),
    "PictureError": _object(
        {"error": _TEXT, "created_at": _MOMENT},
        {"input": _TEXT, "input_object": reference("Picture")},
    ),
    "PictureResult": _object(
        {},
        {
            "input_object": reference("Picture"),
            "output_object": reference("StoredPicture"),
            "input": _TEXT,
            "profiling": _PROFILING,
        },
    ),
    "SingleTask": _object(_TASK_NEEDS, {**_TASK_HAS, "result": reference("PictureResult")}),
    "BatchTask": _object(
        _TASK_NEEDS,
        {
            **_TASK_HAS,
            "results": listed(reference("PictureResult")),
            "next": {**_NUMBER, "description": "`after` of the next page"},
        },
    ),
    "Storage": _object(
        {
            "id": _NUMBER,
            "name": _TEXT,
            "type": _TEXT,
            "parameters": {"type": "object"},
            "created_at": _MOMENT,
        }
    ),
    "EngineCapability": _object(
        {
            "operation": _TEXT,
            "engine": _TEXT,
            "rank": _NUMBER,
            "available": {"type": "boolean"},
        },
        {"reason": _TEXT},
    ),
}

FAULT_EXAMPLE: Json = {
    "error_code": "9000",
    "error_type": "validation",
    "error_message": "operations.resizing.width: value is not a valid integer.",
    "error_details": {"operations.resizing.width": ["value is not a valid integer"]},
}
EDIT_EXAMPLE: Json = {
    "input": "https://shop.example/shoe.jpg",
    "operations": {
        "background": {"remove": True, "color": "#ffffff"},
        "resizing": {"width": 1000, "height": 1000, "fit": "canvas"},
        "padding": "5%",
    },
    "output": {"format": {"type": "jpeg", "quality": 85}, "destination": "storage://shop/ready/"},
}
BATCH_EXAMPLE: Json = {
    "input": {"source": "storage://shop/new/", "recursive": True},
    "operations": {"resizing": {"width": 1000}},
    "output": "storage://shop/ready/",
}
STORAGE_EXAMPLE: Json = {
    "name": "shop",
    "type": "s3",
    "parameters": {
        "bucket": "pictures",
        "credentials": {"access_key": "AKIA…", "secret_access_key": "…"},
    },
}
