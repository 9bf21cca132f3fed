"""The filter suite fails for languages that are broken, each in its own way."""

import copy
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from photomill.columns import Columns, Mask
from photomill.components import FilterLanguage, Json, NoOptions, Predicate
from photomill.errors import InvalidFilter
from photomill.testing import FilterContract, FilterSamples

EXPRESSIONS = [["colour", "red"], ["active", True]]
MALFORMED = [["colour"], 5]


class Equals(Predicate):
    """A field holds a text or a truth value."""

    def __init__(self, expression: Json) -> None:
        self.field, self.value = expression

    def matches(self, record: Mapping[str, Any]) -> bool:
        return record.get(self.field) is self.value or record.get(self.field) == self.value


class Pairs(FilterLanguage):
    """Correct."""

    name = "pairs"
    predicate: type[Predicate] = Equals

    def compile(self, expression: Json) -> Predicate:
        if not isinstance(expression, list) or len(expression) != 2:
            raise InvalidFilter("expected a pair")
        if not isinstance(expression[0], str) or not isinstance(expression[1], str | bool):
            raise InvalidFilter("expected a field and a value")
        return self.predicate(expression)  # type: ignore[call-arg]


class AllRecords(Equals):
    def matches(self, record: Mapping[str, Any]) -> bool:
        return True


class LosesTheFirst(Equals):
    def mask(self, columns: Columns) -> Mask:
        mask = super().mask(columns)
        mask[:1] = False
        return mask


class RemembersItsMask(Equals):
    kept: Mask | None = None

    def mask(self, columns: Columns) -> Mask:
        if self.kept is None:
            self.kept = super().mask(columns)
        return np.resize(self.kept, columns.size)


class CountsInsteadOfMasking(Equals):
    def mask(self, columns: Columns) -> Any:
        return super().mask(columns).astype(np.int64)


class NeedsTheField(Equals):
    def matches(self, record: Mapping[str, Any]) -> bool:
        return bool(record[self.field] == self.value)


class ReadsItsExpressionLate(Equals):
    def __init__(self, expression: Json) -> None:
        self.expression = expression

    def matches(self, record: Mapping[str, Any]) -> bool:
        return bool(self.expression) and record.get(self.expression[0]) == self.expression[1]


class WritesIntoRecords(Equals):
    def matches(self, record: Mapping[str, Any]) -> bool:
        record["seen"] = True  # type: ignore[index]
        return super().matches(record)


class KeepsTheRecordOnItself(Equals):
    def matches(self, record: Mapping[str, Any]) -> bool:
        self.record = record
        threading.Event().wait(0.0001)
        return super().matches(self.record)


class TakesAnything(Pairs):
    def compile(self, expression: Json) -> Predicate:
        return Equals(["colour", "red"])


class Crashes(Pairs):
    def compile(self, expression: Json) -> Predicate:
        return Equals([str(len(expression)), "red"])


class Recurses(Pairs):
    def compile(self, expression: Json) -> Predicate:
        copy.deepcopy(expression)
        return super().compile(expression)


class EatsItsExpression(Pairs):
    def compile(self, expression: Json) -> Predicate:
        predicate = super().compile(expression)
        expression.reverse()
        return predicate


def with_predicate(predicate: type[Predicate]) -> type[Pairs]:
    return type("Broken", (Pairs,), {"predicate": predicate})


BROKEN: dict[str, tuple[type[Pairs], tuple[Any, ...]]] = {
    "test_its_expressions_tell_records_apart": (with_predicate(AllRecords), ()),
    "test_a_mask_is_what_matches_says_of_each_record": (with_predicate(LosesTheFirst), ()),
    "test_a_mask_follows_what_changes": (with_predicate(RemembersItsMask), ()),
    "test_no_records_give_an_empty_mask": (with_predicate(CountsInsteadOfMasking), ()),
    "test_a_record_with_nothing_but_an_id_is_tested": (with_predicate(NeedsTheField), ()),
    "test_what_is_malformed_is_refused": (TakesAnything, ()),
    "test_whatever_json_says_is_compiled_or_refused": (Crashes, (5,)),
    "test_nothing_is_too_deep_to_be_compiled_or_refused": (Recurses, ("object",)),
    "test_compiling_leaves_the_expression_as_it_was": (EatsItsExpression, ()),
    "test_a_predicate_does_not_change_with_its_expression": (
        with_predicate(ReadsItsExpressionLate),
        (),
    ),
    "test_testing_leaves_records_as_they_were": (with_predicate(WritesIntoRecords), ()),
    "test_threads_do_not_disturb_each_other": (with_predicate(KeepsTheRecordOnItself), ()),
}


class TestPairs(FilterContract):
    @pytest.fixture
    def samples(self) -> FilterSamples:
        return FilterSamples(Pairs(NoOptions()), EXPRESSIONS, MALFORMED)


@pytest.mark.parametrize("test", BROKEN)
def test_what_is_broken_fails(test: str) -> None:
    language, arguments = BROKEN[test]
    samples = FilterSamples(language(NoOptions()), copy.deepcopy(EXPRESSIONS), MALFORMED)
    with pytest.raises(
        (AssertionError, KeyError, TypeError, ValueError, RecursionError, pytest.fail.Exception)
    ):
        getattr(FilterContract(), test)(samples, *arguments)


def test_every_test_of_the_suite_can_fail() -> None:
    assert {name for name in dir(FilterContract) if name.startswith("test_")} == set(BROKEN)
