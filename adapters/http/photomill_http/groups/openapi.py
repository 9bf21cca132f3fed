"""The Groups API's part of the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from photomill_http.groups.links import DOWNLOADS, FILES, PROCESSES, UPLOADS
from photomill_http.groups.schemas import SCHEMAS

Json = dict[str, Any]

_FAULTS = {
    400: "a parameter is wrong, or not JSON",
    401: "no key, or a wrong or revoked one",
    403: "the key belongs to another owner, or the group asks for a password",
    404: "there is no such thing, or not for this caller",
    409: "taken, or not ready",
    413: "the body is too large",
    429: "too many requests",
    507: "the disk is full, or a limit is reached",
}
_UPLOAD_FAULTS = {
    **_FAULTS,
    403: "the address' time is over",
    415: "not a photo, or of a format that is not taken",
    422: "the photo is damaged",
}
_WHEN = {"when": "the day as the owner's clock has it, like 2015-12-31; today without it"}
_RANGE = {
    "from": "seconds since 1970; instead of when",
    "to": "seconds since 1970, not included",
    "offset": "of a page; see Next",
    "includeDeleted": "true shows deleted groups too",
}


@frozen
class Operation:
    """
    :ivar answer: the name of its schema.
    :ivar body: likewise; empty for none.
    :ivar public: a key is not needed.
    """

    name: str
    summary: str
    answer: str
    body: str = ""
    status: int = 200
    public: bool = False
    query: Mapping[str, str] = {}


OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "/v1/Group": {
        "get": Operation(
            "listGroups", "List groups of one day.", "GroupList", query={**_WHEN, **_RANGE}
        ),
        "post": Operation("createGroup", "Make a group.", "Group", "NewGroup", status=201),
    },
    "/v1/Group/Search": {
        "get": Operation(
            "searchGroups",
            "Find a group by its token.",
            "GroupList",
            public=True,
            query={"q": "the token"},
        ),
    },
    "/v1/Group/{group}": {
        "get": Operation("showGroup", "Show a group, by id or token.", "Group", public=True),
        "put": Operation("updateGroup", "Change a group.", "Nothing", "GroupChange"),
        "delete": Operation("deleteGroup", "Hide a group and its photos.", "Nothing"),
    },
    "/v1/Group/{group}/Photo": {
        "get": Operation("listPhotos", "List a group's photos.", "PhotoList", public=True),
        "post": Operation("addPhotos", "Make room for photos.", "AddedPhotos", "AddPhotos"),
    },
    "/v1/Group/{group}/Video": {
        "get": Operation("listVideos", "There are no videos.", "VideoList", public=True),
    },
    "/v1/Group/{group}/Zip": {
        "post": Operation("zipPhotos", "Pack photos.", "ZipStatus", "ZipOrder", status=201),
    },
    "/v1/Group/{group}/UploadStatus": {
        "put": Operation("noteUpload", "Say that an upload goes on.", "Nothing"),
    },
    "/v1/Group/{group}/Duplicates": {
        "get": Operation("listDuplicates", "Find photos that look the same.", "Duplicates"),
    },
    "/v1/Group/{group}/Groups": {
        "post": Operation(
            "splitGroup", "Split a group's photos by likeness.", "PhotoGroups", "SplitWishes"
        ),
    },
    "/v1/Photo/{photo}": {
        "get": Operation("showPhoto", "Show a photo.", "AnyPhoto", public=True),
        "put": Operation("updatePhoto", "Move or copy a photo.", "PhotoId", "PhotoChange"),
        "delete": Operation("deletePhoto", "Hide a photo.", "Nothing"),
    },
    "/v1/Photo/{photo}/Similar": {
        "get": Operation(
            "similarPhotos",
            "Find the photos most like one.",
            "PhotoList",
            query={"limit": "1 to 100; 30 without it"},
        ),
    },
    "/v1/Owner": {
        "get": Operation("showOwner", "Whose key it is.", "Owner"),
        "put": Operation("updateOwner", "Change the owner.", "Nothing", "OwnerChange"),
    },
    "/v1/Brand": {
        "get": Operation("listBrands", "List the owner's brands.", "BrandList"),
        "post": Operation("createBrand", "Make a brand.", "Brand", "NewBrand", status=201),
    },
    "/v1/Brand/{brand}": {
        "get": Operation("showBrand", "Show a brand.", "Brand", public=True),
        "put": Operation("updateBrand", "Change a brand.", "Nothing", "BrandChange"),
    },
    "/v1/Brand/{brand}/Group": {
        "get": Operation("listBrandGroups", "List a brand's groups.", "GroupList", public=True),
    },
}


def groups_document() -> tuple[Json, Json]:
    """The paths, and the schemas they name."""
    paths: Json = {
        path: {verb: _described(path, operation) for verb, operation in verbs.items()}
        for path, verbs in OPERATIONS.items()
    }
    paths[f"{UPLOADS}/{{secret}}"] = {
        "put": _upload("uploadPhoto"),
        "post": _upload("uploadPhotoByPost"),
    }
    paths[f"{PROCESSES}/{{id}}"] = {"get": _process()}
    paths[f"{DOWNLOADS}/{{id}}"] = {"get": _bytes("downloadZip", "Fetch an archive.", "id")}
    paths[f"{FILES}/{{path}}"] = {"get": _bytes("showFile", "Fetch a photo's file.", "path")}
    return paths, {f"Groups{name}": schema for name, schema in SCHEMAS.items()}


def _described(path: str, operation: Operation) -> Json:
    described: Json = {
        "operationId": operation.name,
        "tags": ["groups"],
        "summary": operation.summary,
        "security": [{}, {"key": []}] if operation.public else [{"key": []}],
        "parameters": [*_path_parameters(path), *_query_parameters(operation)],
        "responses": {
            str(operation.status): _content("done", _reference(operation.answer)),
            **_faults(_FAULTS),
        },
    }
    if operation.body:
        content = {"application/json": {"schema": _reference(operation.body)}}
        described["requestBody"] = {"required": False, "content": content}
    return described


def _upload(name: str) -> Json:
    parts = {
        "type": "object",
        "required": ["GroupId", "PhotoId", "file"],
        "properties": {
            "GroupId": {"type": "string"},
            "PhotoId": {"type": "string"},
            "file": {"type": "string", "format": "binary"},
        },
    }
    picture = {"schema": {"type": "string", "format": "binary"}}
    return {
        "operationId": name,
        "tags": ["groups"],
        "summary": "Send a photo to the address that was given out for it.",
        "security": [],
        "parameters": _path_parameters(f"{UPLOADS}/{{secret}}"),
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": parts}, "image/jpeg": picture},
        },
        "responses": {
            "200": _content("stored", _reference("PhotoId")),
            **_faults(_UPLOAD_FAULTS),
        },
    }


def _process() -> Json:
    return {
        "operationId": "showProcess",
        "tags": ["groups"],
        "summary": "How far an archive is.",
        "security": [],
        "parameters": _path_parameters(f"{PROCESSES}/{{id}}"),
        "responses": {
            "200": _content("the process", _reference("Process")),
            "404": _content("there is none, or not any more", _reference("NoProcess")),
        },
    }


def _bytes(name: str, summary: str, parameter: str) -> Json:
    binary = {"schema": {"type": "string", "format": "binary"}}
    kinds = {"application/zip": binary} if parameter == "id" else {"image/*": binary}
    done: Json = {"description": "the bytes", "content": kinds}
    partial = {"206": done, "416": {"description": "no such bytes"}} if parameter == "id" else {}
    unchanged = {} if parameter == "id" else {"304": {"description": "unchanged"}}
    return {
        "operationId": name,
        "tags": ["groups"],
        "summary": summary,
        "security": [],
        "parameters": _path_parameters(f"/{{{parameter}}}"),
        "responses": {
            "200": done,
            **partial,
            **unchanged,
            **_faults({404: _FAULTS[404], 409: "the archive is not done"}),
        },
    }


def _path_parameters(path: str) -> list[Json]:
    return [
        {"name": part.strip("{}"), "in": "path", "required": True, "schema": {"type": "string"}}
        for part in path.split("/")
        if part.startswith("{")
    ]


def _query_parameters(operation: Operation) -> list[Json]:
    return [
        {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
        for name, text in operation.query.items()
    ]


def _faults(texts: Mapping[int, str]) -> Json:
    return {str(code): _content(text, _reference("Fault")) for code, text in texts.items()}


def _content(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/Groups{name}"}
