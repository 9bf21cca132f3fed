"""Conditions as Lance's SQL."""

from collections.abc import Collection, Sequence

from photomill.plugin import AllOf, AnyOf, Comparison, Conditions, Exists, NotOf, Opaque, Relation
from photomill_lance.ordered import ALWAYS, Extent, in_order
from photomill_lance.words import LARGEST, existence, joined, word

LIVE = "dead = false"
"""What is true of the rows that are records, and are not deleted."""


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
        return f"{LIVE} AND {self._sql(filter)}{left_out(without)}"

    def _sql(self, node: Conditions) -> str:
        match node:
            case AllOf(children):
                return _joined(" AND ", "true", [self._sql(child) for child in children])
            case AnyOf(children):
                return _joined(" OR ", "false", [self._sql(child) for child in children])
            case NotOf(child):
                return f"(NOT {self._sql(child)})"
            case Exists(parts):
                return _has(existence(joined(parts)))
            case Comparison(parts, relation, operand):
                return self._comparison(joined(parts), relation, operand)
            case Opaque():
                raise ValueError("an opaque condition was to be left out")

    def _comparison(self, path: str, relation: Relation, operand: bool | int | float | str) -> str:
        if isinstance(operand, bool) or path not in self._extents:
            return _has(word(path, operand))
        if isinstance(operand, str):
            kind, literal = "text", quoted(in_order(operand))
        else:
            kind, literal = "number", repr(float(operand))
        least, greatest = self._extents[path].names(kind)
        if relation is Relation.EQUAL:
            ends = f"{_holds(least, '=', literal)} OR {_holds(greatest, '=', literal)}"
            return f"({ends} OR {_has(word(path, operand))})"
        below = relation in (Relation.LESS, Relation.LESS_OR_EQUAL)
        return _holds(least if below else greatest, relation.value, literal)


def left_out(serials: Collection[int]) -> str:
    """A further condition, that leaves records out."""
    return f" AND serial NOT IN ({among(serials)})" if serials else ""


def among(serials: Collection[int]) -> str:
    """Some numbers for a list of SQL."""
    return ",".join(map(str, serials))


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _holds(column: str, sign: str, literal: str) -> str:
    # What is missing compares with nothing, and its opposite is to hold.
    return f"({column} IS NOT NULL AND {column} {sign} {literal})"


def _has(word: str) -> str:
    return f"array_has(words, {quoted(word)})"


def _joined(operator: str, empty: str, each: list[str]) -> str:
    return f"({operator.join(each)})" if each else empty
