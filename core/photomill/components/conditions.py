"""What a filter says, in a form that another engine can be asked in.

A path finds values as ``find_value`` does: through the objects of arrays, and of an array its elements and itself.
"""

from collections.abc import Callable
from enum import Enum

from attrs import frozen

from photomill.columns.paths import Parts

Scalar = bool | int | float | str


class Relation(Enum):
    """How a value stands to an operand."""

    EQUAL = "="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


@frozen
class Comparison:
    """Some value at a path stands so to the operand. Values of another type than the operand's do not.

    Numbers are one type, exact ones and floats; texts compare by their code points.
    """

    parts: Parts
    relation: Relation
    operand: Scalar


@frozen
class Exists:
    """There is a value at a path; null will do."""

    parts: Parts


@frozen
class Opaque:
    """Something that only ``Predicate.matches`` knows.

    :ivar what: names it, for whoever must be told that it cannot be answered.
    """

    what: str = "the filter"


@frozen
class AllOf:
    """Every child holds; without any, always."""

    children: "tuple[Conditions, ...]" = ()


@frozen
class AnyOf:
    """Some child holds; without any, never."""

    children: "tuple[Conditions, ...]" = ()


@frozen
class NotOf:
    """The child does not hold."""

    child: "Conditions"


Leaf = Comparison | Exists | Opaque
Conditions = Leaf | AllOf | AnyOf | NotOf

EVERYTHING = AllOf()


@frozen
class Narrowed:
    """What an engine can be asked of a filter.

    :ivar conditions: let through at least what the filter does; no :class:`Opaque` is among them.
    :ivar exact: they let through nothing else.
    :ivar left_out: names the first condition that was left out; empty where none was.
    """

    conditions: Conditions = EVERYTHING
    exact: bool = True
    left_out: str = ""


def narrowed(node: Conditions, known: Callable[[Comparison | Exists], bool]) -> Narrowed:
    """What is left of a filter where an engine knows only some of its conditions.

    :param known: whether the engine answers a condition exactly.
    """
    match node:
        case Opaque(what):
            return Narrowed(EVERYTHING, False, what)
        case Comparison() | Exists():
            if known(node):
                return Narrowed(node)
            return Narrowed(EVERYTHING, False, ".".join(node.parts))
        case NotOf(child):
            inner = narrowed(child, known)
            # What is not certain to hold is not certain not to.
            return (
                Narrowed(NotOf(inner.conditions))
                if inner.exact
                else Narrowed(EVERYTHING, False, inner.left_out)
            )
        case AllOf(children):
            each = [narrowed(child, known) for child in children]
            kept = tuple(one.conditions for one in each if one.conditions != EVERYTHING)
            return Narrowed(AllOf(kept), *_joined(each))
        case AnyOf(children):
            each = [narrowed(child, known) for child in children]
            if any(one.conditions == EVERYTHING for one in each):
                return Narrowed(EVERYTHING, *_joined(each))
            return Narrowed(AnyOf(tuple(one.conditions for one in each)), *_joined(each))


def _joined(each: list[Narrowed]) -> tuple[bool, str]:
    return all(one.exact for one in each), next((one.left_out for one in each if one.left_out), "")
