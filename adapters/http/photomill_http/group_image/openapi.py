"""The group-image API's part of the OpenAPI document."""

from typing import Any

from photomill.grouping.plan import MODES

Json = dict[str, Any]

PREFIXES = ("/v1/group-image", "/group-image", "/api/v1/group-image")
"""The first is the address to use; the others are other names for it."""

_FAULTS = {
    400: "a parameter is wrong, or not JSON",
    401: "no key, or a wrong or revoked one",
    403: "the key may not do this",
    404: "there is no such request, collection or storage",
    409: "the idempotency key was used for something else",
    413: "the body is too large; the only picture is, of a request that was waited for",
    422: "no picture can be grouped, of a request that was waited for",
    429: "too many requests",
}
_WAITING = (
    "`Prefer: wait=N` or `?sync=true` waits up to 30 seconds for the end, and answers 200 with the final body if that "
    "comes in time."
)


def group_image_document() -> tuple[Json, Json]:
    """The paths, and the schemas they name."""
    paths: Json = {}
    for prefix, suffix in zip(PREFIXES, ("", "Unversioned", "BelowApi"), strict=True):
        paths[prefix] = {"post": _create(suffix)}
        paths[f"{prefix}/{{job_id}}"] = {"get": _show(suffix), "delete": _delete(suffix)}
    return paths, _SCHEMAS


def _create(suffix: str) -> Json:
    example = {
        "input": {
            "urls": ["https://example.org/a.jpg", "https://example.org/b.jpg"],
            "totalGroups": 2,
        }
    }
    content = {"schema": _reference("GroupImageRequest"), "example": example}
    return {
        **_operation("groupImages" + suffix, "Begin to group pictures.", _WAITING),
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "the same key leads to the same request for a day",
                "schema": {"type": "string", "maxLength": 255},
            }
        ],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {
            "200": _answer("it has ended"),
            "202": _answer("accepted"),
            **_faults(400, 401, 403, 404, 409, 413, 422, 429),
        },
    }


def _show(suffix: str) -> Json:
    return {
        **_operation("getGroups" + suffix, "Show a request.", _WAITING),
        "parameters": [_JOB_ID],
        "responses": {"200": _answer("the request"), **_faults(401, 403, 404, 429)},
    }


def _delete(suffix: str) -> Json:
    return {
        **_operation(
            "forgetGroups" + suffix, "Cancel a request that has not ended, and forget it."
        ),
        "parameters": [_JOB_ID],
        "responses": {"204": {"description": "forgotten"}, **_faults(401, 403, 404, 429)},
    }


def _operation(name: str, summary: str, description: str = "") -> Json:
    return {
        "operationId": name,
        "tags": ["group-image"],
        "summary": summary,
        "description": description,
        "security": [{"key": []}],
    }


def _faults(*codes: int) -> Json:
    return {
        str(code): {
            "description": _FAULTS[code],
            "content": {"application/json": {"schema": _fault_or_request(code)}},
        }
        for code in codes
    }


def _fault_or_request(code: int) -> Json:
    """A request that was waited for and failed is answered with itself."""
    if code in (413, 422):
        return {"anyOf": [_reference("GroupImageFault"), _reference("GroupImageAnswer")]}
    return _reference("GroupImageFault")


def _answer(description: str) -> Json:
    content = {"application/json": {"schema": _reference("GroupImageAnswer")}}
    return {"description": description, "content": content}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _strings(description: str) -> Json:
    return {"type": "array", "items": {"type": "string"}, "description": description}


_JOB_ID: Json = {"name": "job_id", "in": "path", "required": True, "schema": {"type": "string"}}
_COUNT: Json = {"type": "integer", "minimum": 1}
_GROUPS: Json = {"type": "array", "items": _strings("like pictures, in the order of the input")}

_INPUT: Json = {
    "type": "object",
    "description": "one of urls, collection and storage",
    "properties": {
        "urls": {**_strings("one listed twice counts twice"), "minItems": 1, "maxItems": 5000},
        "url": {"type": "string", "description": "another name for urls with one of them"},
        "collection": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "required": ["id"],
                    "properties": {"id": {"type": "string"}, "filter": {"type": "object"}},
                },
            ],
            "description": "records of a collection; an extension",
        },
        "storage": {"type": "string", "description": "storage://name/folder/; an extension"},
        "recursive": {"type": "boolean", "default": True, "description": "of a folder"},
        "mode": {"enum": list(MODES), "default": "visual", "description": "an extension"},
        "totalGroups": {
            **_COUNT,
            "description": "required for urls in the mode visual; elsewhere the pictures decide without it",
        },
        "minImagesPerGroup": {**_COUNT, "default": 1},
        "maxImagesPerGroup": {**_COUNT, "description": "calculated without it"},
    },
}
_FAULT: Json = {
    "type": "object",
    "required": ["status", "title", "detail"],
    "properties": {
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
    },
}
_INFO: Json = {
    "type": "object",
    "required": ["inputImages", "imagesConsidered", "skipped"],
    "properties": {
        "inputImages": {"type": "integer"},
        "imagesConsidered": {"type": "integer"},
        "skipped": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["url", *_FAULT["required"]],
                "properties": {"url": {"type": "string"}, **_FAULT["properties"]},
            },
        },
        "groupSizes": {"type": "array", "items": _COUNT},
        "maxImagesPerGroup": _COUNT,
        "adjusted": _strings("wishes that could not be kept: totalGroups, minImagesPerGroup"),
        "notes": _strings("what is otherwise than one might expect; left out where nothing is"),
        "covers": _strings("for each group the picture that is most like all of it"),
    },
}
_SCHEMAS: Json = {
    "GroupImageRequest": {
        "type": "object",
        "required": ["input"],
        "properties": {"input": _INPUT, "callbackUrl": {"type": "string", "format": "uri"}},
    },
    "GroupImageAnswer": {
        "type": "object",
        "required": ["id", "status", "input"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "status": {"enum": ["running", "completed", "failed"]},
            "callbackUrl": {"type": "string"},
            "input": {"type": "object", "description": "as it was sent"},
            "progress": {
                "type": "object",
                "properties": {"fetched": {"type": "integer"}, "total": {"type": "integer"}},
            },
            "output": {"type": "object", "properties": {"info": _INFO, "imageGroups": _GROUPS}},
            "imageGroups": _GROUPS,
            "error": _reference("GroupImageFault"),
            "callbackStatus": {"enum": ["pending", "delivered", "failed"]},
        },
    },
    "GroupImageFault": _FAULT,
}
