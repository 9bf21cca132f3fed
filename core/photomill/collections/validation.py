"""What a record may be called and hold."""

import math
from typing import Any

from photomill.collections.model import Attributes
from photomill.errors import InvalidInput

MAX_ID_BYTES = 512
MAX_DEPTH = 20
MAX_ATTRIBUTE_BYTES = 1024 * 1024


def check_id(record_id: str) -> None:
    """
    :raises InvalidInput: empty, too long, or not text.
    """
    if not isinstance(record_id, str):
        raise InvalidInput(f"expected a string, got {type(record_id).__name__}", path="_id")
    if not record_id:
        raise InvalidInput("expected a string that is not empty", path="_id")
    try:
        length = len(record_id.encode())
    except UnicodeEncodeError:
        raise InvalidInput("expected valid Unicode", path="_id") from None
    if length > MAX_ID_BYTES:
        raise InvalidInput(f"expected at most {MAX_ID_BYTES} bytes, got {length}", path="_id")
    if "\0" in record_id:
        raise InvalidInput("expected no NUL character", path="_id")


def check_attributes(attributes: Attributes) -> None:
    """
    :raises InvalidInput: a name with ``.`` or a leading ``$``, a value that is not JSON, nested too deep.
    """
    for name, value in attributes.items():
        _check_value(value, name, 1)
        if name == "_id":
            raise InvalidInput("is the record's own id and no attribute", path="_id")
    _check_names(attributes, "")
    tags = attributes.get("tags")
    if tags is not None and not (
        isinstance(tags, list | tuple) and all(isinstance(tag, str) for tag in tags)
    ):
        raise InvalidInput("expected an array of strings", path="tags")


def _check_names(mapping: Attributes, path: str) -> None:
    for name in mapping:
        if not isinstance(name, str) or "." in name or name.startswith("$") or "\0" in name:
            raise InvalidInput(
                f"expected an attribute name without '.' and a leading '$', got {name!r}",
                path=path or "attributes",
            )


def _check_value(value: Any, path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidInput(f"expected at most {MAX_DEPTH} levels", path=path[:100])
    if isinstance(value, dict):
        _check_names(value, path)
        for name, inner in value.items():
            _check_value(inner, f"{path}.{name}", depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_value(inner, path, depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidInput(f"expected a finite number, got {value}", path=path)
    elif isinstance(value, str):
        _check_text(value, path)
    elif value is not None and not isinstance(value, int):
        raise InvalidInput(f"expected a JSON value, got {type(value).__name__}", path=path)


def _check_text(value: str, path: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInput("expected valid Unicode", path=path) from None
    # PostgreSQL's text cannot hold it.
    if "\0" in value:
        raise InvalidInput("expected no NUL character", path=path)
