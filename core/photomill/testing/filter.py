"""What every filter language must do."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from attrs import frozen
from numpy.typing import NDArray

from photomill.columns import Columns
from photomill.components import FilterLanguage, Json, Predicate
from photomill.errors import InvalidFilter

Record = Mapping[str, Any]

COLOURS = ["red", "blue", "green", "Ünïcode", ""]
ODD: list[Any] = [None, True, False, 2**53 + 1, -0.0, 1e300, "5", [], {}, [[1]], {"deep": [None]}]

RECORDS: list[dict[str, Any]] = [
    {
        "_id": f"r{number}",
        "tags": [f"t{number % 3}", f"t{number % 5}"][: number % 3],
        "colour": COLOURS[number % len(COLOURS)],
        "price": number * 2.5 if number % 2 else number,
        "active": number % 4 == 0,
        "size": {"width": number * 10, "unit": "mm"},
        "parts": [{"name": f"n{number % 2}"}, {"weight": number}],
        **({"odd": ODD[number % len(ODD)]} if number % 7 else {}),
    }
    for number in range(60)
]
"""The suite's records: texts, numbers, truth values, arrays, objects, and ``odd``, which is anything or missing."""

NEVER_CRASHES_ON: list[Any] = [
    None,
    True,
    5,
    -1.5,
    10**400,
    "price",
    "",
    [],
    [[]],
    [None],
    {},
    {"": ""},
    {"a": {"": []}},
    {"price": {"$": 1}},
    {"$": {}},
    {"x" * 100_000: 1},
]


@frozen
class FilterSamples:
    """A filter language and some words of it.

    :ivar language: open.
    :ivar expressions: each holds for some of :data:`RECORDS` and not for others.
    :ivar malformed: what it must refuse.
    """

    language: FilterLanguage
    expressions: Sequence[Json]
    malformed: Sequence[Json]


class FilterContract:
    """Derive from this and fill :meth:`samples`::

    class TestMine(FilterContract):
        @pytest.fixture
        def samples(self, open_component):
            return FilterSamples(open_component(Mine), ["price > 20"], ["price >"])
    """

    @pytest.fixture
    def samples(self) -> FilterSamples:
        """An open language with expressions over :data:`RECORDS`."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'samples'")

    def test_its_expressions_tell_records_apart(self, samples: FilterSamples) -> None:
        assert samples.expressions
        for predicate in compiled(samples):
            assert 0 < sum(map(predicate.matches, RECORDS)) < len(RECORDS)

    def test_a_mask_is_what_matches_says_of_each_record(self, samples: FilterSamples) -> None:
        collection = _Collection(RECORDS)
        for predicate in compiled(samples):
            collection.check(predicate)

    def test_a_mask_follows_what_changes(self, samples: FilterSamples) -> None:
        predicates = compiled(samples)
        collection = _Collection(RECORDS[:30])
        for predicate in predicates:
            collection.check(predicate)
        collection.insert(RECORDS[30:])
        collection.update({3: RECORDS[40], 17: RECORDS[41], 29: {"_id": "bare"}})
        collection.delete([5, 58])
        for predicate in predicates:
            collection.check(predicate)

    def test_no_records_give_an_empty_mask(self, samples: FilterSamples) -> None:
        for predicate in compiled(samples):
            mask = predicate.mask(_Collection([]).columns)
            assert mask.dtype == np.bool_
            assert mask.shape == (0,)

    def test_a_record_with_nothing_but_an_id_is_tested(self, samples: FilterSamples) -> None:
        for predicate in compiled(samples):
            assert predicate.matches({"_id": "bare"}) in (True, False)

    def test_what_is_malformed_is_refused(self, samples: FilterSamples) -> None:
        assert samples.malformed
        for expression in samples.malformed:
            with pytest.raises(InvalidFilter):
                samples.language.compile(expression)

    @pytest.mark.parametrize("expression", NEVER_CRASHES_ON, ids=lambda value: repr(value)[:20])
    def test_whatever_json_says_is_compiled_or_refused(
        self, samples: FilterSamples, expression: Json
    ) -> None:
        _try(samples.language, expression)

    @pytest.mark.parametrize("wrap", ["array", "object"])
    def test_nothing_is_too_deep_to_be_compiled_or_refused(
        self, samples: FilterSamples, wrap: str
    ) -> None:
        for expression in samples.expressions:
            for _ in range(5000):
                expression = [expression] if wrap == "array" else {"price": expression}
            _try(samples.language, expression)

    def test_compiling_leaves_the_expression_as_it_was(self, samples: FilterSamples) -> None:
        expressions = copy.deepcopy(samples.expressions)
        compiled(samples)
        assert samples.expressions == expressions

    def test_a_predicate_does_not_change_with_its_expression(self, samples: FilterSamples) -> None:
        for expression in samples.expressions:
            mine = copy.deepcopy(expression)
            predicate = samples.language.compile(mine)
            before = list(map(predicate.matches, RECORDS))
            _spoil(mine)
            assert list(map(predicate.matches, RECORDS)) == before

    def test_testing_leaves_records_as_they_were(self, samples: FilterSamples) -> None:
        records = copy.deepcopy(RECORDS)
        for predicate in compiled(samples):
            _Collection(records).check(predicate)
        assert records == RECORDS

    def test_threads_do_not_disturb_each_other(self, samples: FilterSamples) -> None:
        predicates = compiled(samples)
        alone = [list(map(predicate.matches, RECORDS)) for predicate in predicates]
        collection = _Collection(RECORDS)

        def both(predicate: Predicate) -> tuple[list[bool], list[bool]]:
            masked = predicate.mask(collection.columns).tolist()
            return list(map(predicate.matches, RECORDS)), masked

        with ThreadPoolExecutor(4) as pool:
            for place, (matched, masked) in enumerate(pool.map(both, predicates * 8)):
                assert matched == alone[place % len(alone)]
                assert masked == matched


def compiled(samples: FilterSamples) -> list[Predicate]:
    """Compile a language's expressions."""
    return [samples.language.compile(expression) for expression in samples.expressions]


class _Collection:
    """Records in memory, and columns that follow them."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records: dict[int, Record] = dict(enumerate(records))
        self._size = len(records)
        self.columns = Columns(self._read)
        self.columns.apply(self._size, ())

    def insert(self, records: Sequence[Record]) -> None:
        self._records.update(enumerate(records, self._size))
        self._size += len(records)
        self.columns.apply(self._size, ())

    def update(self, records: Mapping[int, Record]) -> None:
        self._records.update(records)
        self.columns.apply(self._size, list(records))

    def delete(self, rows: Sequence[int]) -> None:
        for row in rows:
            del self._records[row]

    def check(self, predicate: Predicate) -> None:
        mask: NDArray[np.bool_] = predicate.mask(self.columns)
        assert mask.dtype == np.bool_
        assert mask.shape == (self._size,)
        expected = {row: predicate.matches(record) for row, record in self._records.items()}
        assert {row: bool(mask[row]) for row in self._records} == expected

    def _read(self, rows: Sequence[int] | None) -> Iterable[tuple[int, Record]]:
        for row in sorted(self._records) if rows is None else rows:
            if row in self._records:
                yield row, self._records[row]


def _try(language: FilterLanguage, expression: Json) -> None:
    try:
        predicate = language.compile(expression)
    except InvalidFilter:
        return
    _Collection(RECORDS).check(predicate)


def _spoil(expression: Any) -> None:
    """Take away whatever an expression holds."""
    if isinstance(expression, dict | list):
        for inner in list(expression.values() if isinstance(expression, dict) else expression):
            _spoil(inner)
        expression.clear()
