"""From an expression to conditions: what may be said, and both ways of saying it."""

import difflib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from photomill.plugin import InvalidFilter, Parts
from photomill_mongo import operands
from photomill_mongo.nodes import (
    All,
    AnyElement,
    AnyOf,
    Condition,
    Equal,
    Length,
    Node,
    Not,
    OneOf,
    Ordered,
    Pattern,
    Present,
    all_of,
)
from photomill_mongo.operands import refuse
from photomill_mongo.ordering import numeric
from photomill_mongo.patterns import combined

MAX_DEPTH = 20
MAX_NODES = 1000
MAX_VALUES = 100_000

Place = Callable[[str], str]
"""From an operator to the path that an error names."""


def parse(expression: Any, *, strict_types: bool = False) -> Node:
    """Understand a filter.

    :param strict_types: a numeric string does not compare with numbers.
    :raises InvalidFilter: it is malformed, too deep, or has more conditions or values than it may.
    """
    return _Parser(strict_types).filter(expression, "filter", 1)


class _Parser:
    def __init__(self, strict_types: bool) -> None:
        self._strict_types = strict_types
        self._nodes = 0
        self._values = 0
        self._operators: dict[str, Callable[[Parts | None, Any, str, int], Node]] = {
            "$eq": self._equal,
            "$ne": lambda *given: Not(self._equal(*given)),
            "$in": self._one_of,
            "$nin": lambda *given: Not(self._one_of(*given)),
            "$lt": lambda *given: self._ordered(*given, less=True, equal=False),
            "$lte": lambda *given: self._ordered(*given, less=True, equal=True),
            "$gt": lambda *given: self._ordered(*given, less=False, equal=False),
            "$gte": lambda *given: self._ordered(*given, less=False, equal=True),
            "$exists": self._exists,
            "$size": self._size,
            "$all": self._all,
            "$elemMatch": self._element,
            "$not": self._not,
        }

    # ------------------------------------------------------------ whole filters

    def filter(self, expression: Any, path: str, depth: int) -> Node:
        """One object of conditions, all of which must hold."""
        if not isinstance(expression, Mapping):
            refuse("expected an object of conditions", expression, path)
        self._check_depth(depth, path)
        children: list[Node] = []
        turned: dict[str, dict[str, Any]] = {}
        for name, operand in expression.items():
            here = f"{path}.{operands.shortened(name)}"
            if name in ("$and", "$or", "$nor"):
                children.append(self._combination(name, operand, here, depth))
            elif name == "$not":
                self._count(here)
                children.append(Not(self.filter(operand, here, depth + 1)))
            elif isinstance(name, str) and name.startswith("$"):
                for field, inner in self._fields_of(name, operand, here):
                    turned.setdefault(field, {})[name] = inner
            else:
                children.append(self._field(name, operand, here, depth))
        for field, document in turned.items():
            parts = operands.field_parts(field, path)
            children.append(self._operations(parts, document, partial(_before, path, field), depth))
        return all_of(children)

    def _combination(self, name: str, operand: Any, path: str, depth: int) -> Node:
        if not isinstance(operand, list) or not operand:
            refuse(f"{name} takes an array of filters that is not empty", operand, path)
        self._count(path)
        children = tuple(
            self.filter(child, f"{path}[{place}]", depth + 1) for place, child in enumerate(operand)
        )
        if name == "$and":
            return All(children)
        return AnyOf(children) if name == "$or" else Not(AnyOf(children))

    def _fields_of(self, name: str, operand: Any, path: str) -> list[tuple[str, Any]]:
        """What stands after an operator that comes first."""
        self._known(name, path)
        if not isinstance(operand, Mapping) or not operand:
            refuse(
                f'{name} needs a field: {{"field": {{"{name}": …}}}} or {{"{name}": {{"field": …}}}}',
                operand,
                path,
            )
        return list(operand.items())

    def _field(self, name: Any, operand: Any, path: str, depth: int) -> Node:
        parts = operands.field_parts(name, path)
        if operands.is_operations(operand):
            return self._operations(parts, operand, partial(_below, path), depth)
        return self._equal(parts, operand, path, depth)

    # ------------------------------------------------------------ operators on a field

    def _operations(
        self, parts: Parts | None, document: Mapping[str, Any], place: Place, depth: int
    ) -> Node:
        children: list[Node] = []
        for name, operand in document.items():
            path = place(operands.shortened(name))
            if not isinstance(name, str) or not name.startswith("$"):
                refuse("expected operators only, or none", name, path)
            self._known(name, path)
            self._count(path)
            if name == "$regex":
                children.append(self._regex(parts, operand, document.get("$options", ""), path))
            elif name != "$options":
                children.append(self._operators[name](parts, operand, path, depth))
            elif "$regex" not in document:
                refuse("$options stands only beside $regex", operand, path)
        return all_of(children)

    def _equal(self, parts: Parts | None, operand: Any, path: str, depth: int) -> Node:
        self._count(path)
        return Condition(parts, Equal(self._literal(operand, path, depth)))

    def _one_of(self, parts: Parts | None, operand: Any, path: str, depth: int) -> Node:
        values = (
            self._literal(value, f"{path}[{place}]", depth)
            for place, value in enumerate(operands.array(operand, path))
        )
        return Condition(parts, OneOf(tuple(values)))

    def _ordered(
        self, parts: Parts | None, operand: Any, path: str, depth: int, *, less: bool, equal: bool
    ) -> Node:
        value = self._literal(operand, path, depth)
        if value is None:
            return Condition(parts, Equal(None)) if equal else AnyOf(())
        lenient = isinstance(value, str) and not self._strict_types
        return Condition(parts, Ordered(value, less, equal, numeric(value) if lenient else None))

    def _exists(self, parts: Parts | None, operand: Any, path: str, depth: int) -> Node:
        if operand not in (0, 1):
            refuse("$exists takes true or false", operand, path)
        present = Condition(parts, Present())
        return present if operand else Not(present)

    def _size(self, parts: Parts | None, operand: Any, path: str, depth: int) -> Node:
        return Condition(parts, Length(operands.count(operand, path)))

    def _all(self, parts: Parts | None, operand: Any, path: str, depth: int) -> Node:
        children: list[Node] = []
        for place, value in enumerate(operands.array(operand, path)):
            here = f"{path}[{place}]"
            if isinstance(value, Mapping) and list(value) == ["$elemMatch"]:
                children.append(self._operations(parts, value, partial(_below, here), depth))
            else:
                children.append(self._equal(parts, value, here, depth))
        return all_of(children) if children else AnyOf(())

    def _element(self, parts: Parts | None, operand: Any, path: str, depth: int) -> Node:
        if not isinstance(operand, Mapping):
            refuse("$elemMatch takes an object", operand, path)
        self._check_depth(depth + 1, path)
        if operands.is_about_element(operand):
            inner = self._operations(None, operand, partial(_below, path), depth + 1)
            return Condition(parts, AnyElement(inner, fields=False))
        return Condition(parts, AnyElement(self.filter(operand, path, depth + 1), fields=True))

    def _not(self, parts: Parts | None, operand: Any, path: str, depth: int) -> Node:
        if not operands.is_operations(operand):
            refuse('$not takes operators, as in {"$not": {"$gt": 5}}', operand, path)
        self._check_depth(depth + 1, path)
        return Not(self._operations(parts, operand, partial(_below, path), depth + 1))

    def _regex(self, parts: Parts | None, pattern: Any, options: Any, path: str) -> Node:
        return Condition(parts, Pattern(combined(pattern, options, path)))

    # ------------------------------------------------------------ limits

    def _known(self, name: str, path: str) -> None:
        known = [*self._operators, "$regex", "$options"]
        if name in known:
            return
        if name in ("$and", "$or", "$nor"):
            refuse(f"{name} combines whole filters and does not stand below a field", name, path)
        near = difflib.get_close_matches(name, [*known, "$and", "$or", "$nor"], 1)
        expected = f"expected one of {', '.join([*known, '$and', '$or', '$nor'])}"
        hint = f", did you mean {near[0]!r}?" if near else f"; {expected}"
        raise InvalidFilter(f"unknown operator {operands.shortened(name)!r}{hint}", path=path)

    def _check_depth(self, depth: int, path: str) -> None:
        if depth > MAX_DEPTH:
            shown = operands.shortened(path)
            raise InvalidFilter(f"a filter may have at most {MAX_DEPTH} levels", path=shown)

    def _literal(self, value: Any, path: str, depth: int) -> Any:
        """A value to compare with, counted with all that is in it."""

        def count() -> None:
            self._values += 1
            if self._values > MAX_VALUES:
                raise InvalidFilter(f"a filter may have at most {MAX_VALUES} values", path=path)

        return operands.literal(value, path, depth, count)

    def _count(self, path: str) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise InvalidFilter(f"a filter may have at most {MAX_NODES} conditions", path=path)


def _below(path: str, name: str) -> str:
    """Where an operator stands that comes after its field."""
    return f"{path}.{name}"


def _before(path: str, field: str, name: str) -> str:
    """Where an operator stands that comes before its field."""
    return f"{path}.{name}.{field}"
