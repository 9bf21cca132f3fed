"""Strict structuring: a value is of the declared type, or it is a mistake that says where and what."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest
from attrs import field, frozen, validators
from cattrs import ClassValidationError
from hypothesis import given
from hypothesis import strategies as st

from photomill.config.structure import describe_errors, make_converter, structure
from photomill.errors import ConfigError, Problem


class Mode(Enum):
    FAST = "fast"
    EXACT = "exact"


@frozen
class Inner:
    m: int = field(validator=validators.ge(2))
    label: str = ""


@frozen
class Pair:
    low: int = 0
    high: int = field(default=1)

    @high.validator
    def _above_low(self, attribute: "attrs.Attribute[int]", value: int) -> None:
        if value < self.low:
            raise ValueError(f"expected high to be at least low, got {value}")


@frozen
class Outer:
    number: int = 0
    ratio: float = 0.0
    flag: bool = False
    text: str = ""
    path: Path = Path()
    words: tuple[str, ...] = ()
    items: list[Inner] = field(factory=list)
    size: tuple[int, int] = (0, 0)
    table: dict[str, Inner] = field(factory=dict)
    anything: dict[str, Any] = field(factory=dict)
    mode: Mode = Mode.FAST
    device: Literal["auto", "cpu"] = "auto"
    threads: Literal["auto"] | int = "auto"
    inner: Inner | None = None
    either: Inner | str = ""
    pair: Pair = Pair()
    several: str | tuple[str, ...] = ""


def problems(value: Any, path: str = "") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        structure(value, Outer, path)
    return [str(problem) for problem in caught.value.problems]


def test_right_values_are_taken() -> None:
    value = {
        "number": 1,
        "ratio": 2,
        "flag": True,
        "text": "a",
        "path": "b/c",
        "words": ["d", "e"],
        "items": [{"m": 2}],
        "size": [3, 4],
        "table": {"x": {"m": 5, "label": "f"}},
        "anything": {"g": [1, {"h": None}]},
        "mode": "exact",
        "device": "cpu",
        "threads": 6,
        "inner": {"m": 7},
        "either": "i",
        "pair": {"low": 1, "high": 2},
    }
    assert structure(value, Outer) == Outer(
        number=1,
        ratio=2.0,
        flag=True,
        text="a",
        path=Path("b/c"),
        words=("d", "e"),
        items=[Inner(2)],
        size=(3, 4),
        table={"x": Inner(5, "f")},
        anything={"g": [1, {"h": None}]},
        mode=Mode.EXACT,
        device="cpu",
        threads=6,
        inner=Inner(7),
        either="i",
        pair=Pair(1, 2),
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"number": "16"}, "number: expected an integer, got '16'"),
        ({"number": 3.9}, "number: expected an integer, got 3.9"),
        ({"number": True}, "number: expected an integer, got true"),
        ({"number": None}, "number: expected an integer, got nothing"),
        ({"ratio": "1"}, "ratio: expected a number, got '1'"),
        ({"ratio": False}, "ratio: expected a number, got false"),
        ({"flag": "false"}, "flag: expected true or false, got 'false'"),
        ({"flag": 1}, "flag: expected true or false, got 1"),
        ({"text": 5}, "text: expected a string, got 5"),
        ({"path": 5}, "path: expected a string, got 5"),
        ({"words": "abc"}, "words: expected a list, got 'abc'"),
        ({"words": ["a", 1]}, "words[1]: expected a string, got 1"),
        ({"items": {"m": 2}}, "items: expected a list, got {'m': 2}"),
        ({"items": [{"m": 2}, {"m": 1}]}, "items[1].m: expected 2 or more, got 1"),
        ({"size": [1]}, "size: expected a list of 2, got [1]"),
        ({"table": {"x": {}}}, "table.x.m: required, and missing"),
        ({"table": []}, "table: expected a table, got []"),
        ({"anything": 1}, "anything: expected a table, got 1"),
        ({"mode": "fats"}, "mode: expected one of 'fast', 'exact', got 'fats'"),
        ({"device": "gpu"}, "device: expected one of 'auto', 'cpu', got 'gpu'"),
        ({"threads": "all"}, "threads: expected 'auto' or an integer, got 'all'"),
        ({"threads": True}, "threads: expected 'auto' or an integer, got true"),
        ({"inner": 1}, "inner: expected a table, got 1"),
        ({"inner": {"m": 2, "lable": ""}}, "inner.lable: unknown key; did you mean 'label'?"),
        ({"either": {"m": 1}}, "either.m: expected 2 or more, got 1"),
        ({"either": 1}, "either: expected a string, got 1"),
        ({"pair": {"low": 5, "high": 2}}, "pair: expected high to be at least low, got 2"),
        ({"text": [None, (True,), 1.5]}, "text: expected a string, got [null, [true], 1.5]"),
        ({"text": date(2015, 12, 31)}, "text: expected a string, got 2015-12-31"),
        ({"several": 1}, "several: expected a string or a list, got 1"),
        ({"numbre": 1}, "numbre: unknown key; did you mean 'number'?"),
        ([], "expected a table, got []"),
    ],
)
def test_a_mistake_says_where_it_is_and_what_was_expected(value: Any, expected: str) -> None:
    assert problems(value) == [expected]


def test_every_mistake_is_said_at_once() -> None:
    wrong = {"number": "1", "items": [{"m": 1}, {"m": "2", "k": 3}], "flags": True}
    assert problems(wrong, "indexes.main.options") == [
        "indexes.main.options.number: expected an integer, got '1'",
        "indexes.main.options.items[0].m: expected 2 or more, got 1",
        "indexes.main.options.items[1].m: expected an integer, got '2'",
        "indexes.main.options.items[1].k: unknown key; expected one of label, m",
        "indexes.main.options.flags: unknown key; did you mean 'flag'?",
    ]


def test_a_long_value_is_cut() -> None:
    (message,) = problems({"number": "x" * 1000})
    assert len(message) < 120


def test_unknown_keys_may_be_left_out() -> None:
    converter = make_converter(forbid_unknown=False, table="an object")
    assert structure({"m": 3, "else": 1}, Inner, converter=converter) == Inner(3)
    with pytest.raises(ConfigError, match="expected an object, got 1"):
        structure(1, Inner, converter=converter)


def test_errors_of_a_converter_are_described_below_a_path() -> None:
    with pytest.raises(ClassValidationError) as caught:
        make_converter().structure({"m": 1}, Inner)
    assert describe_errors(caught.value, "body") == [Problem("body.m", "expected 2 or more, got 1")]


def test_annotations_may_be_strings() -> None:
    assert structure({"inner": {"m": 2}}, Later) == Later(Inner(2))


@frozen
class Collections:
    bare: list = field(factory=list)  # type: ignore[type-arg]
    pair: tuple = ()  # type: ignore[type-arg]
    sequence: Sequence[int] = ()
    chosen: frozenset[str] = frozenset()
    unordered: set[int] = field(factory=set)
    mapping: Mapping[str, int] = field(factory=dict)


def test_every_kind_of_collection_is_structured() -> None:
    value = {
        "bare": [1, "a"],
        "pair": [1, "a"],
        "sequence": [1],
        "chosen": ["a", "a"],
        "unordered": [2],
        "mapping": {"a": 1},
    }
    assert structure(value, Collections) == Collections(
        [1, "a"], (1, "a"), (1,), frozenset("a"), {2}, {"a": 1}
    )


@pytest.mark.parametrize("name", ["bare", "pair", "sequence", "chosen", "unordered"])
def test_a_string_is_no_list(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}: expected a list, got 'abc'"):
        structure({name: "abc"}, Collections)


@frozen
class Later:
    inner: "Inner"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
names = st.sampled_from([attribute.name for attribute in attrs.fields(Outer)])


@given(st.dictionaries(names, json_values, max_size=4))
def test_whatever_comes_is_taken_as_it_is_or_refused_by_path(value: Mapping[str, Any]) -> None:
    found, refused = outcome(value)
    if found is None:
        assert refused
        assert refused <= value.keys()
    else:
        for name in ("number", "ratio", "flag", "text"):
            if name in value:
                assert getattr(found, name) == value[name] or value[name] != value[name]


def outcome(value: Mapping[str, Any]) -> tuple[Outer | None, set[str]]:
    try:
        return structure(value, Outer), set()
    except ConfigError as error:
        return None, {re.split(r"[.\[]", problem.path)[0] for problem in error.problems}


@pytest.mark.parametrize(
    ("validator", "value", "message"),
    [
        (validators.ge(0), -1, "expected 0 or more, got -1"),
        (validators.gt(0), 0, "expected more than 0, got 0"),
        (validators.le(5), 7, "expected at most 5, got 7"),
        (validators.lt(5), 5, "expected less than 5, got 5"),
        (validators.in_((1, 2)), 3, "expected one of 1, 2, got 3"),
        (validators.min_len(2), "a", "expected a length of at least 2, got 1"),
        (validators.max_len(2), "abc", "expected a length of at most 2, got 3"),
        (validators.matches_re("a+"), "b", "expected what matches 'a+', got 'b'"),
    ],
)
def test_validators_speak_as_everything_else_does(validator: Any, value: Any, message: str) -> None:
    kind = attrs.make_class("Kind", {"m": attrs.field(type=type(value), validator=validator)})
    with pytest.raises(ConfigError) as caught:
        structure({"m": value}, kind)
    assert caught.value.problems == [Problem("m", message)]
