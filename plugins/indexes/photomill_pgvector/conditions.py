"""Conditions as SQL over a column of JSON.

A path of PostgreSQL in its lax mode goes through arrays, and takes their elements for comparisons, just as far as
``find_value`` does: one level at each step. Only places in arrays it says otherwise, so paths with numbers are not known.
"""

import json
from collections.abc import Collection
from typing import Any

from photomill.plugin import AllOf, AnyOf, Comparison, Conditions, Exists, NotOf, Opaque, Relation

_EXACT = 2**53
"""Beyond, decimal numbers tell floats and integers apart that are the same float."""


def is_known(condition: Comparison | Exists) -> bool:
    """Whether SQL says exactly the same."""
    if any(part.isdigit() for part in condition.parts) or not _is_text("".join(condition.parts)):
        return False
    if isinstance(condition, Exists):
        return True
    operand = condition.operand
    if isinstance(operand, bool):
        return condition.relation is Relation.EQUAL
    if isinstance(operand, str):
        return _is_text(operand)
    return -_EXACT <= operand <= _EXACT


class Where:
    """A WHERE clause and its parameters."""

    def __init__(self, filter: Conditions, without: Collection[int] = ()) -> None:
        self.parameters: dict[str, Any] = {}
        self.sql = self._sql(filter)
        if without:
            self.parameters["without"] = list(without)
            self.sql += " AND serial <> ALL(CAST(:without AS bigint[]))"

    def _sql(self, node: Conditions) -> str:
        match node:
            case AllOf(children):
                return _joined(" AND ", "TRUE", [self._sql(child) for child in children])
            case AnyOf(children):
                return _joined(" OR ", "FALSE", [self._sql(child) for child in children])
            case NotOf(child):
                # What cannot be compared is neither true nor false to PostgreSQL; here it does not hold.
                return f"NOT coalesce({self._sql(child)}, FALSE)"
            case Exists(parts):
                return self._holds(f"exists({json_path(parts)})")
            case Comparison(parts, relation, operand):
                sign = "==" if relation is Relation.EQUAL else relation.value
                return self._holds(f"{json_path(parts)} {sign} {json.dumps(operand)}")
            case Opaque():
                raise ValueError("an opaque condition was to be left out")

    def _holds(self, path: str) -> str:
        name = f"path{len(self.parameters)}"
        self.parameters[name] = path
        return f"record @@ CAST(:{name} AS jsonpath)"


def json_path(parts: Collection[str]) -> str:
    """A dotted path as PostgreSQL writes it."""
    return "$" + "".join(f".{json.dumps(part)}" for part in parts)


def _joined(operator: str, empty: str, each: list[str]) -> str:
    return f"({operator.join(each)})" if each else empty


def _is_text(text: str) -> bool:
    """Whether PostgreSQL can hold it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
