"""What may stand beside an operator."""

import reprlib
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from photomill.plugin import InvalidFilter, Parts, split_path

MAX_LITERAL_DEPTH = 20
MAX_PATH = 1000
MAX_PARTS = 100
COMBINING = ("$and", "$or", "$nor")

_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = 80


def refuse(message: str, value: Any, path: str) -> NoReturn:
    """Refuse a filter.

    :raises InvalidFilter: always.
    """
    raise InvalidFilter(f"{message}, got {_shown.repr(value)}", path=path)


def shortened(name: Any) -> str:
    """A name as an error shows it."""
    text = str(name) if isinstance(name, str) else _shown.repr(name)
    return text if len(text) <= 80 else f"{text[:77]}..."


def field_parts(name: Any, path: str) -> Parts:
    """A dotted path's parts."""
    if not isinstance(name, str) or name.startswith("$"):
        refuse("expected the name of a field", name, path)
    if name == "_distance":
        refuse("records do not hold their distance; use a radius", name, path)
    parts = split_path(name)
    if len(name) > MAX_PATH or len(parts) > MAX_PARTS:
        refuse(
            f"a field's path may have at most {MAX_PATH} characters and {MAX_PARTS} parts",
            name,
            path,
        )
    return parts


def is_operations(operand: Any) -> bool:
    """Whether operators stand in an object, rather than a value to compare with."""
    return isinstance(operand, Mapping) and any(
        isinstance(name, str) and name.startswith("$") for name in operand
    )


def is_about_element(operand: Mapping[str, Any], levels: int = MAX_LITERAL_DEPTH) -> bool:
    """Whether ``$elemMatch`` has operators on the element itself, rather than a filter on its fields.

    ``{"$elemMatch": {"$gt": {"width": 5}}}`` is a filter with the operator first: it could also mean elements that sort
    after an object, but nobody asks for these.
    """
    if not operand or not all(
        isinstance(name, str) and name.startswith("$") and name not in COMBINING for name in operand
    ):
        return False
    return any(_is_operation(name, inner, levels) for name, inner in operand.items())


def _is_operation(name: str, operand: Any, levels: int) -> bool:
    """Whether one operator is about the element, and does not name fields."""
    if not isinstance(operand, Mapping) or name == "$elemMatch":
        return True
    if name == "$not":
        return levels > 0 and is_about_element(operand, levels - 1)
    return not operand


def literal(value: Any, path: str, depth: int, count: Callable[[], None]) -> Any:
    """A value to compare with, as a copy: JSON without NaN, operators inside, or too many levels.

    :param count: called for each value that is in it, itself among them.
    """
    count()
    if depth > MAX_LITERAL_DEPTH:
        raise InvalidFilter(f"a value may have at most {MAX_LITERAL_DEPTH} levels", path=path)
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, str) or name.startswith("$"):
                refuse(
                    "an object is compared whole and holds no operators; write a dotted path",
                    name,
                    path,
                )
        return {name: literal(inner, path, depth + 1, count) for name, inner in value.items()}
    if isinstance(value, list):
        return [literal(inner, path, depth + 1, count) for inner in value]
    if not (value is None or isinstance(value, str | bool | int | float)) or value != value:
        refuse("expected a JSON value", value, path)
    return value


def array(operand: Any, path: str) -> list[Any]:
    """An array, maybe empty."""
    if not isinstance(operand, list):
        refuse(f"{_operator(path)} takes an array", operand, path)
    return operand


def count(operand: Any, path: str) -> int:
    """A whole number that is not negative; 2.0 is one."""
    whole = isinstance(operand, int) or (isinstance(operand, float) and operand.is_integer())
    if isinstance(operand, bool) or not whole or operand < 0:
        refuse(f"{_operator(path)} takes a whole number, 0 or more", operand, path)
    return int(operand)


def _operator(path: str) -> str:
    return next((part for part in reversed(path.split(".")) if part.startswith("$")), path)
