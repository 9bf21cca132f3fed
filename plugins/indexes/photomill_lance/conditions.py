"""Conditions as Lance's SQL."""

from collections.abc import Collection, Sequence

from photomill.plugin import AllOf, AnyOf, Comparison, Conditions, Exists, NotOf, Opaque, Relation
from photomill_lance.ordered import ALWAYS, Extent, in_order
from photomill_lance.words import LARGEST, existence, joined, word

LIVE = "dead = false"
"""What is true of the rows that are records, and are not deleted."""

_AND = " AND "
_OR = " OR "
_OF_NONE = {_AND: "true", _OR: "false"}

Scalar = bool | int | float | str


def is_known(condition: Comparison | Exists, attributes: Collection[str]) -> bool:
    """Whether SQL says exactly the same.

    :param attributes: that can be compared by size.
    """
    if any(part.isdigit() for part in condition.parts):
        return False
    if isinstance(condition, Exists):
        return True
    operand = condition.operand
    if condition.relation is not Relation.EQUAL:
        path = joined(condition.parts)
        if isinstance(operand, bool) or (path != ALWAYS and path not in attributes):
            return False
    if isinstance(operand, str):
        return "\0" not in operand
    return -LARGEST < operand < LARGEST


class Where:
    """Conditions as SQL over one dataset's columns."""

    def __init__(self, attributes: Sequence[str]) -> None:
        """
        :param attributes: of which the dataset has columns.
        """
        self._extents = {path: Extent(number) for number, path in enumerate(attributes)}

    def sql(self, filter: Conditions, without: Collection[int] = ()) -> str:
        """What lets through the records that a filter does."""
        return _AND.join([LIVE, *self._terms(filter, _AND)]) + left_out(without)

    def _terms(self, node: Conditions, operator: str, holds: bool = True) -> list[str]:
        """What says, joined by an operator, that conditions hold, or that they do not.

        Brackets are as few as can be, as Lance reads only some forty that are in one another.
        """
        match node:
            case NotOf(child):
                return self._terms(child, operator, not holds)
            case AllOf(children):
                said = [self._terms(child, _AND if holds else _OR, holds) for child in children]
                return _joined(said, _AND if holds else _OR, operator)
            case AnyOf(children):
                equal, others = _equal_and_others(children)
                said = [self._terms(child, _OR if holds else _AND, holds) for child in others]
                said += [_leaf(self._equal(path, equal[path]), holds) for path in equal]
                return _joined(said, _OR if holds else _AND, operator)
            case Exists(parts):
                return _leaf(_has_any([existence(joined(parts))]), holds)
            case Comparison(parts, Relation.EQUAL, operand):
                return _leaf(self._equal(joined(parts), [operand]), holds)
            case Comparison(parts, relation, operand):
                return _leaf(self._compared(joined(parts), relation, operand), holds)
            case Opaque():
                raise ValueError("an opaque condition was to be left out")

    def _equal(self, path: str, operands: Sequence[Scalar]) -> str:
        """That one of these is there."""
        words = _has_any([word(path, each) for each in operands])
        if path not in self._extents:
            return words
        literals: dict[str, list[str]] = {}
        for each in operands:
            if not isinstance(each, bool):
                kind, literal = _literal(each)
                literals.setdefault(kind, []).append(literal)
        ends = [
            _holds(column, f"IN ({','.join(some)})")
            for kind, some in literals.items()
            for column in self._extents[path].names(kind)
        ]
        return f"({_OR.join([*ends, words])})"

    def _compared(self, path: str, relation: Relation, operand: Scalar) -> str:
        kind, literal = _literal(operand)
        least, greatest = self._extents[path].names(kind)
        below = relation in (Relation.LESS, Relation.LESS_OR_EQUAL)
        return _holds(least if below else greatest, f"{relation.value} {literal}")


def left_out(serials: Collection[int]) -> str:
    """A further condition, that leaves records out."""
    return f" AND serial NOT IN ({among(serials)})" if serials else ""


def among(serials: Collection[int]) -> str:
    """Some numbers for a list of SQL."""
    return ",".join(map(str, serials))


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _literal(operand: Scalar) -> tuple[str, str]:
    """Of which columns it may be a value, and how SQL writes it there."""
    if isinstance(operand, str):
        return "text", quoted(in_order(operand))
    return "number", repr(float(operand))


def _equal_and_others(
    children: Sequence[Conditions],
) -> tuple[dict[str, list[Scalar]], list[Conditions]]:
    """Of some conditions the operands of equalities, by their path, and the other conditions."""
    equal: dict[str, list[Scalar]] = {}
    others: list[Conditions] = []
    for child in children:
        if isinstance(child, Comparison) and child.relation is Relation.EQUAL:
            equal.setdefault(joined(child.parts), []).append(child.operand)
        else:
            others.append(child)
    return equal, others


def _holds(column: str, test: str) -> str:
    # What is missing compares with nothing, and its opposite is to hold.
    return f"({column} IS NOT NULL AND {column} {test})"


def _has_any(words: Sequence[str]) -> str:
    return f"array_has_any(words, [{','.join(map(quoted, dict.fromkeys(words)))}])"


def _leaf(said: str, holds: bool) -> list[str]:
    return [said if holds else f"NOT {said}"]


def _joined(said: Sequence[list[str]], own: str, operator: str) -> list[str]:
    """Terms that one operator joins, as a term for another; as they are where that is the same."""
    terms = [term for some in said for term in some]
    if own == operator or len(terms) == 1:
        return terms
    return [f"({own.join(terms)})" if terms else _OF_NONE[own]]
