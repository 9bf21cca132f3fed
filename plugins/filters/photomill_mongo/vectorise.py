"""A filter over columns: for each row yes, no, or "only the record knows"."""

from collections.abc import Iterator

import numpy as np

from photomill.plugin import CellKind, Cells, Column, ColumnElements, ColumnTable, Mask
from photomill_mongo.cells import cell_truth
from photomill_mongo.evaluate import Holds, looks_into_arrays
from photomill_mongo.nodes import (
    All,
    AnyElement,
    AnyOf,
    Condition,
    Length,
    Node,
    Not,
)
from photomill_mongo.truth import Truth


def paths(node: Node) -> Iterator[str]:
    """The columns that a filter looks at."""
    match node:
        case Condition(parts, _):
            if parts is not None:
                yield node.path
        case Not(child):
            yield from paths(child)
        case All(children) | AnyOf(children):
            for child in children:
                yield from paths(child)


def row_truth(node: Node, table: ColumnTable) -> Truth:
    """What the columns know of each row."""
    match node:
        case Condition():
            return _condition(node, table.columns[node.path])
        case Not(child):
            return row_truth(child, table).negated()
        case All(children):
            return Truth.all((row_truth(child, table) for child in children), table.size)
        case AnyOf(children):
            return Truth.any((row_truth(child, table) for child in children), table.size)


def _condition(condition: Condition, column: Column) -> Truth:
    test, cells, elements = condition.test, column.cells, column.elements
    if isinstance(test, Length):
        return _through_arrays(Truth(_lengths(elements, cells, test.count)), cells)
    if isinstance(test, AnyElement):
        return _any_element(test, cells, elements)
    truth = cell_truth(test, cells)
    if elements is None:
        return truth
    inner = cell_truth(test, elements.cells)
    return Truth.any([truth, _owned(inner, elements)], len(cells))


def _lengths(elements: ColumnElements | None, cells: Cells, count: int) -> Mask:
    if elements is None:
        return cells.none()
    result: Mask = cells.of_kind(CellKind.ARRAY) & (elements.counts == count)
    return result


def _any_element(test: AnyElement, cells: Cells, elements: ColumnElements | None) -> Truth:
    if elements is None:
        return Truth(cells.none())
    if test.fields:
        objects = elements.cells.of_kind(CellKind.OBJECT, CellKind.ARRAY)
        inner = Truth(elements.cells.none(), objects)
    else:
        inner = element_truth(test.node, elements.cells)
        inner = inner.within(elements.cells.kinds != CellKind.GONE)
    owned = _owned(inner, elements)
    arrays = cells.of_kind(CellKind.ARRAY)
    unknown = None if owned.unknown is None else owned.unknown & arrays
    return _through_arrays(Truth(owned.yes & arrays, unknown), cells)


def element_truth(node: Node, cells: Cells) -> Truth:
    """What the cells know of each element, for conditions on the element itself."""
    match node:
        case Condition(_, test):
            if looks_into_arrays(test):
                return cell_truth(test, cells)
            return Truth(cells.none(), cells.of_kind(CellKind.ARRAY))
        case Not(child):
            return element_truth(child, cells).negated()
        case All(children):
            return Truth.all((element_truth(child, cells) for child in children), len(cells))
        case AnyOf(children):
            return Truth.any((element_truth(child, cells) for child in children), len(cells))


def _owned(inner: Truth, elements: ColumnElements) -> Truth:
    """Of cells that belong to rows: does any cell of a row hold?"""
    yes = elements.rows_with(inner.yes)
    if inner.unknown is None:
        return Truth(yes)
    return Truth(yes, elements.rows_with(inner.unknown) & ~yes)


def _through_arrays(truth: Truth, cells: Cells) -> Truth:
    """Where the path itself went through arrays, the column does not know which of them a test is about."""
    several = cells.of_kind(CellKind.SEVERAL)
    if not several.any():
        return truth
    return Truth(
        truth.yes & ~several, several if truth.unknown is None else truth.unknown | several
    )


def exact_mask(node: Node, table: ColumnTable, holds: Holds) -> Mask:
    """Every row's answer; where only the record knows, by asking it."""
    truth = row_truth(node, table)
    mask = truth.yes.copy()
    if truth.unknown is not None:
        for row, record in table.records(np.flatnonzero(truth.unknown).tolist()):
            mask[row] = holds(record)
    return mask
