"""Holding answers against the schemas of the documented contract."""

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

_FOLDER = Path(__file__).parent / "schemas"


def _components(name: str) -> dict[str, Any]:
    return dict(json.loads((_FOLDER / name).read_text("utf-8"))["components"])


_PARTS = {
    "schemas": {
        **_components("batch.json")["schemas"],
        **_components("edit.json")["schemas"],
        **_components("storage.json")["schemas"],
    }
}
_ANSWERS = {
    ("POST", "/image/edit"): "Response_EditResponse_",
    ("POST", "/image/edit/upload"): "Response_EditResponse_",
    ("POST", "/image/edit/async"): "Response_AsyncAcceptedResponse_",
    ("GET", "/image/edit/async/#"): "Response_AsyncResultResponse_",
    ("POST", "/image/edit/batch"): "Response_BatchAcceptedResponse_",
    ("GET", "/image/edit/batch/#"): "Response_BatchResultResponse_",
    ("GET", "/storage/storage-types"): "Response_StorageTypes_",
    ("GET", "/storage/storages"): "Response_Storages_",
    ("POST", "/storage/storages"): "Response_StorageOutDetailed_",
    ("GET", "/storage/storages/#"): "Response_StorageOutDetailed_",
    ("PATCH", "/storage/storages/#"): "Response_StorageOutDetailed_",
}


def check(verb: str, path: str, response: Any) -> None:
    """Fail where an answer is not what the documents say."""
    if response.headers["content-type"].startswith("image/"):
        return
    body = response.json()
    if response.status_code != 200:
        check_document("HttpErrorDetails", body)
        return
    name = _ANSWERS.get((verb, re.sub(r"/\d+", "/#", path.partition("?")[0])))
    if name is not None:
        check_document(name, body)


def check_document(name: str, body: Any) -> None:
    """Fail where a document is not what a schema says."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": _PARTS}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(body)
