"""A filter for engines that are no Photomill: what can be said to them, and what only the record knows."""

from photomill.plugin import (
    AllOf,
    AnyOf,
    Comparison,
    Conditions,
    Exists,
    NotOf,
    Opaque,
    Parts,
    Relation,
)
from photomill_mongo.nodes import (
    All,
    Condition,
    Equal,
    Node,
    Not,
    OneOf,
    Ordered,
    Present,
    Test,
)
from photomill_mongo.nodes import AnyOf as Some


def conditions_of(node: Node) -> Conditions:
    """The same filter."""
    match node:
        case Condition(parts, test):
            return Opaque() if parts is None else _condition(parts, test)
        case All(children):
            return AllOf(tuple(map(conditions_of, children)))
        case Some(children):
            return AnyOf(tuple(map(conditions_of, children)))
        case Not(child):
            return NotOf(conditions_of(child))


def _condition(parts: Parts, test: Test) -> Conditions:
    match test:
        case Equal(operand):
            return _equal(parts, operand)
        case OneOf(operands):
            return AnyOf(tuple(_equal(parts, operand) for operand in operands))
        case Ordered(operand, less, equal, number):
            relation = _RELATIONS[less, equal]
            sides = [_ordered(parts, relation, operand)]
            if number is not None:
                sides.append(Comparison(parts, relation, number))
            return sides[0] if len(sides) == 1 else AnyOf(tuple(sides))
        case Present():
            return Exists(parts)
        case _:
            return Opaque(".".join(parts))


def _equal(parts: Parts, operand: object) -> Conditions:
    if isinstance(operand, bool | int | float | str):
        return Comparison(parts, Relation.EQUAL, operand)
    # Null stands for what is missing too; objects are equal in the order of their names only.
    return Opaque(".".join(parts))


def _ordered(parts: Parts, relation: Relation, operand: object) -> Conditions:
    if isinstance(operand, bool) or not isinstance(operand, int | float | str):
        return Opaque(".".join(parts))
    return Comparison(parts, relation, operand)


_RELATIONS = {
    (True, False): Relation.LESS,
    (True, True): Relation.LESS_OR_EQUAL,
    (False, False): Relation.GREATER,
    (False, True): Relation.GREATER_OR_EQUAL,
}
