"""What a filter means: a small tree of conditions."""

from typing import Any

from attrs import frozen

from photomill.plugin import Parts


@frozen
class Equal:
    """The value is this one; null also stands for a missing one."""

    operand: Any


@frozen
class OneOf:
    """The value is one of these."""

    operands: tuple[Any, ...]


@frozen
class Ordered:
    """The value is of the operand's type, and less or greater.

    :ivar less: the operator asks for less, else for greater.
    :ivar equal: equal values will do as well.
    :ivar number: what a numeric string amounts to; numbers are compared with it.
    """

    operand: Any
    less: bool
    equal: bool
    number: int | float | None = None


@frozen
class Present:
    """There is a value; null will do."""


@frozen
class Pattern:
    """The value is a string in which an RE2 expression is found."""

    expression: str


@frozen
class Length:
    """The value is an array of so many elements."""

    count: int


@frozen
class AnyElement:
    """The value is an array, and a condition holds for one of its elements.

    :ivar node: over the element itself, or over the fields of an element that is an object.
    """

    node: "Node"
    fields: bool


Test = Equal | OneOf | Ordered | Present | Pattern | Length | AnyElement


@frozen
class Condition:
    """A test of what a path finds.

    :ivar parts: the path; None for the value at hand, an element of an array.
    """

    parts: Parts | None
    test: Test

    @property
    def path(self) -> str:
        return ".".join(self.parts or ())


@frozen
class All:
    """Every child holds; without any, always."""

    children: "tuple[Node, ...]"


@frozen
class AnyOf:
    """Some child holds; without any, never."""

    children: "tuple[Node, ...]"


@frozen
class Not:
    """The child does not hold."""

    child: "Node"


Node = Condition | All | AnyOf | Not


def all_of(children: "list[Node]") -> Node:
    """The conjunction; a single child stands for itself."""
    return children[0] if len(children) == 1 else All(tuple(children))
