"""What a record may be called and hold, and which part of an answer may be asked for."""

import math
import reprlib
from typing import Any

from attrs import define

from photomill.collections.model import Attributes
from photomill.config.wording import show_value
from photomill.errors import InvalidInput

MAX_ID_BYTES = 512
MAX_DEPTH = 20
MAX_ATTRIBUTE_BYTES = 1024 * 1024
MAX_ATTRIBUTE_VALUES = 10_000
_SHORT = reprlib.Repr()


def check_id(record_id: str) -> None:
    """Make sure that a record may have this id.

    :raises InvalidInput: empty, too long, or not text.
    """
    if not isinstance(record_id, str):
        raise InvalidInput(f"expected a string, got {show_value(record_id)}", path="id")
    if not record_id:
        raise InvalidInput("expected a string that is not empty", path="id")
    try:
        length = len(record_id.encode())
    except UnicodeEncodeError:
        raise InvalidInput("expected valid Unicode", path="id") from None
    if length > MAX_ID_BYTES:
        raise InvalidInput(f"expected at most {MAX_ID_BYTES} bytes, got {length}", path="id")
    if "\0" in record_id:
        raise InvalidInput("expected no NUL character", path="id")


def check_attributes(attributes: Attributes) -> None:
    """Make sure that a record may hold these attributes.

    :raises InvalidInput: a name with ``.`` or a leading ``$``, a value that is not JSON, nested too deep, more than
        10 000 values or 1 MiB.
    """
    check = _Check()
    for name, value in attributes.items():
        if name == "_id":
            raise InvalidInput("is the record's own id and no attribute", path="id")
        check.name(name, "")
        check.value(value, name, 1)
    tags = attributes.get("tags")
    if tags is not None and not (
        isinstance(tags, list | tuple) and all(isinstance(tag, str) for tag in tags)
    ):
        raise InvalidInput("expected an array of strings", path="tags")


def check_page(offset: int, limit: int | None) -> None:
    """Make sure that there may be such a page.

    :raises InvalidInput: one of them is below 0.
    """
    if offset < 0 or (limit is not None and limit < 0):
        raise InvalidInput("expected 0 or more", path="offset" if offset < 0 else "limit")


def check_radius(radius: float | None) -> None:
    """Make sure that there may be such a radius.

    :raises InvalidInput: it is no number of 0 or more.
    """
    if radius is not None and not radius >= 0:
        raise InvalidInput(f"expected 0 or more, got {radius}", path="radius")


@define
class _Check:
    """Walks through a record's attributes, and stops where they become too many."""

    values: int = 0
    size: int = 0

    def name(self, name: Any, path: str) -> None:
        if not isinstance(name, str) or "." in name or name.startswith("$") or "\0" in name:
            raise InvalidInput(
                f"expected an attribute name without '.' and a leading '$', got {_SHORT.repr(name)}",
                path=path or "attributes",
            )
        self._text(name, path or "attributes")

    def value(self, value: Any, path: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise InvalidInput(f"expected at most {MAX_DEPTH} levels", path=path[:100])
        self._count(path)
        if isinstance(value, dict):
            for name, inner in value.items():
                self.name(name, path)
                self.value(inner, f"{path}.{name}", depth + 1)
        elif isinstance(value, list | tuple):
            for inner in value:
                self.value(inner, path, depth + 1)
        elif isinstance(value, float):
            if not math.isfinite(value):
                raise InvalidInput(f"expected a finite number, got {value}", path=path)
        elif isinstance(value, str):
            self._text(value, path)
        elif value is not None and not isinstance(value, int):
            raise InvalidInput(f"expected a JSON value, got {show_value(value)}", path=path)

    def _text(self, text: str, path: str) -> None:
        # Characters first: what is far too long is not even encoded.
        if self.size + len(text) <= MAX_ATTRIBUTE_BYTES:
            try:
                self.size += len(text.encode())
            except UnicodeEncodeError:
                raise InvalidInput("expected valid Unicode", path=path[:100]) from None
            # PostgreSQL's text cannot hold it.
            if "\0" in text:
                raise InvalidInput("expected no NUL character", path=path[:100])
            if self.size <= MAX_ATTRIBUTE_BYTES:
                return
        raise InvalidInput(
            f"expected at most {MAX_ATTRIBUTE_BYTES} bytes of attributes", path=path[:100]
        )

    def _count(self, path: str) -> None:
        self.values += 1
        if self.values > MAX_ATTRIBUTE_VALUES:
            message = f"expected at most {MAX_ATTRIBUTE_VALUES} values in a record"
            raise InvalidInput(message, path=path[:100])
