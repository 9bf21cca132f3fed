"""One test over many cells."""

from collections.abc import Iterable

import numpy as np

from photomill.plugin import LARGEST_EXACT, CellKind, Cells, Mask, nearest_float
from photomill_mongo.evaluate import relation_of
from photomill_mongo.nodes import AnyElement, Equal, Length, OneOf, Ordered, Pattern, Present, Test
from photomill_mongo.ordering import type_rank
from photomill_mongo.patterns import finder
from photomill_mongo.truth import Truth

_FEW = 16


def cell_truth(test: Test, cells: Cells) -> Truth:
    """What cells know of a test, each taken as one value: an array as itself, not its elements."""
    match test:
        case Equal(operand):
            return _equal(operand, cells)
        case OneOf(operands):
            return _one_of(operands, cells)
        case Ordered():
            return _ordered(test, cells)
        case Present():
            return Truth((cells.kinds > CellKind.MISSING) & (cells.kinds < CellKind.SEVERAL))
        case Pattern(expression):
            if cells.codes is None:
                return Truth(cells.none())
            return Truth(cells.with_codes(_table(map(finder(expression), cells.texts()))))
        case Length() | AnyElement():
            return Truth(cells.none(), cells.of_kind(CellKind.ARRAY))


def _equal(operand: object, cells: Cells) -> Truth:
    match operand:
        case None:
            return Truth(cells.of_kind(CellKind.MISSING, CellKind.NULL))
        case bool():
            return Truth(cells.of_kind(CellKind.TRUE if operand else CellKind.FALSE))
        case str():
            code = cells.vocabulary.code(operand)
            if cells.codes is None or code is None:
                return Truth(cells.none())
            return Truth(cells.codes == code)
        case int() | float():
            return Truth(
                _equal_numbers(cells, [operand]), _big(cells, abs(operand) >= LARGEST_EXACT)
            )
        case _:
            kind = CellKind.OBJECT if isinstance(operand, dict) else CellKind.ARRAY
            return Truth(cells.none(), _or_none(cells.of_kind(kind)))


def _one_of(operands: tuple[object, ...], cells: Cells) -> Truth:
    texts = [operand for operand in operands if isinstance(operand, str)]
    numbers = [
        operand
        for operand in operands
        if isinstance(operand, int | float) and not isinstance(operand, bool)
    ]
    truths = [
        _equal(operand, cells)
        for operand in operands
        if isinstance(operand, bool) or not isinstance(operand, str | int | float)
    ]
    if texts:
        truths.append(Truth(_equal_texts(cells, texts)))
    if numbers:
        big = any(abs(number) >= LARGEST_EXACT for number in numbers)
        truths.append(Truth(_equal_numbers(cells, numbers), _big(cells, big)))
    return Truth.any(truths, len(cells))


def _equal_texts(cells: Cells, texts: list[str]) -> Mask:
    chosen = np.zeros(cells.words, np.bool_)
    codes = [cells.vocabulary.code(text) for text in texts]
    chosen[[code for code in codes if code is not None and code < cells.words]] = True
    return cells.with_codes(chosen)


def _equal_numbers(cells: Cells, numbers: list[int | float]) -> Mask:
    if cells.numbers is None:
        return cells.none()
    exact = {near for number in numbers if (near := nearest_float(number)) == number}
    if len(exact) > _FEW:
        return np.isin(cells.numbers, list(exact))
    mask = cells.none()
    for number in exact:
        mask |= cells.numbers == number
    return mask


def _ordered(test: Ordered, cells: Cells) -> Truth:
    relation, operand = relation_of(test), test.operand
    match operand:
        case bool():
            chosen = [
                kind
                for kind, value in ((CellKind.FALSE, False), (CellKind.TRUE, True))
                if relation(value, operand)
            ]
            return Truth(cells.of_kind(*chosen) if chosen else cells.none())
        case int() | float():
            return _ordered_numbers(test, operand, cells)
        case str():
            texts = Truth(cells.none())
            if cells.codes is not None:
                chosen_texts = _table(relation(text, operand) for text in cells.texts())
                texts = Truth(cells.with_codes(chosen_texts))
            if test.number is None:
                return texts
            return Truth.any([texts, _ordered_numbers(test, test.number, cells)], len(cells))
        case _:
            kind = CellKind.OBJECT if type_rank(operand) == type_rank({}) else CellKind.ARRAY
            return Truth(cells.none(), _or_none(cells.of_kind(kind)))


def _ordered_numbers(test: Ordered, operand: int | float, cells: Cells) -> Truth:
    big = _big(cells, True)
    if cells.numbers is None:
        return Truth(cells.none(), big)
    near, equal = nearest_float(operand), test.equal
    if near != operand:
        # No float64 lies between the operand and the one nearest to it, which is itself on one side.
        equal = (near > operand) != test.less
    if test.less:
        return Truth(cells.numbers <= near if equal else cells.numbers < near, big)
    return Truth(cells.numbers >= near if equal else cells.numbers > near, big)


def _big(cells: Cells, matters: bool) -> Mask | None:
    return _or_none(cells.of_kind(CellKind.BIG)) if matters else None


def _or_none(mask: Mask) -> Mask | None:
    return mask if mask.any() else None


def _table(chosen: Iterable[bool]) -> Mask:
    return np.fromiter(chosen, np.bool_)
