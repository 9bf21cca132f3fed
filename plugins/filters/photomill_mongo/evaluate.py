"""One record against a filter, exactly. What this says is true; columns only say it sooner."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from photomill.plugin import MISSING, Several, find_value, json_equal
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
    Test,
)
from photomill_mongo.ordering import compare, type_rank
from photomill_mongo.patterns import finder

Holds = Callable[[Any], bool]

_NUMBER = type_rank(0)
_TEXT = type_rank("")


def compiled(node: Node) -> Holds:
    """What tells whether a filter holds for a record, or for the element of an array at hand."""
    match node:
        case Condition():
            return _condition(node)
        case All(children):
            every = [compiled(child) for child in children]
            return lambda value: all(holds(value) for holds in every)
        case AnyOf(children):
            some = [compiled(child) for child in children]
            return lambda value: any(holds(value) for holds in some)
        case Not(child):
            holds = compiled(child)
            return lambda value: not holds(value)


def test_of(test: Test) -> Holds:
    """What tells whether a test holds for one value, :data:`MISSING` among them."""
    match test:
        case Equal(operand):
            return _equal(operand)
        case OneOf(operands):
            return _one_of(operands)
        case Ordered():
            return _ordered(test)
        case Present():
            return lambda value: value is not MISSING
        case Pattern(expression):
            found = finder(expression)
            return lambda value: isinstance(value, str) and found(value)
        case Length(count):
            return lambda value: isinstance(value, list) and len(value) == count
        case AnyElement(node, fields):
            return _any_element(compiled(node), fields)


def looks_into_arrays(test: Test) -> bool:
    """Whether a test may hold for an element of an array that a path leads to, too."""
    return not isinstance(test, Length | AnyElement)


def _condition(condition: Condition) -> Holds:
    test, parts = test_of(condition.test), condition.parts
    if parts is None:
        return test
    into_arrays = looks_into_arrays(condition.test)

    def holds(record: Mapping[str, Any]) -> bool:
        found = find_value(record, parts)
        if isinstance(found, Several):
            return any(map(test, found.values if into_arrays else found.wholes))
        if into_arrays and isinstance(found, list) and any(map(test, found)):
            return True
        return test(found)

    return holds


def _equal(operand: Any) -> Holds:
    if operand is None:
        return lambda value: value is None or value is MISSING
    if isinstance(operand, str):
        return lambda value: isinstance(value, str) and value == operand
    return lambda value: json_equal(value, operand)


def _one_of(operands: tuple[Any, ...]) -> Holds:
    texts = {operand for operand in operands if isinstance(operand, str)}
    numbers = {operand for operand in operands if type_rank(operand) == _NUMBER}
    others = [_equal(operand) for operand in operands if type_rank(operand) not in (_NUMBER, _TEXT)]

    def holds(value: Any) -> bool:
        if isinstance(value, str):
            return value in texts
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value in numbers
        return any(equal(value) for equal in others)

    return holds


def _ordered(test: Ordered) -> Holds:
    relation = relation_of(test)
    operand, number, rank = test.operand, test.number, type_rank(test.operand)
    if rank == _NUMBER:
        return lambda value: type_rank(value) == _NUMBER and bool(relation(value, operand))

    def holds(value: Any) -> bool:
        if value is MISSING:
            return False
        if type_rank(value) == rank:
            return bool(relation(compare(value, operand), 0))
        return number is not None and type_rank(value) == _NUMBER and bool(relation(value, number))

    return holds


def relation_of(test: Ordered) -> Callable[[Any, Any], Any]:
    """The operator that stands between a value and the operand."""
    if test.less:
        return operator.le if test.equal else operator.lt
    return operator.ge if test.equal else operator.gt


def _any_element(holds: Holds, fields: bool) -> Holds:
    if not fields:
        return lambda value: isinstance(value, list) and any(map(holds, value))

    def has_object(value: Any) -> bool:
        return isinstance(value, list) and any(
            holds(_as_object(element)) for element in value if isinstance(element, dict | list)
        )

    return has_object


def _as_object(element: dict[str, Any] | list[Any]) -> dict[str, Any]:
    """MongoDB sees an array within an array as an object whose fields are the places."""
    if isinstance(element, dict):
        return element
    return {str(place): value for place, value in enumerate(element)}
