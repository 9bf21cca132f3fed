"""What is wrong with a filter is said with the operator, where it stands, and the value."""

from typing import Any

import pytest

from photomill.errors import InvalidFilter
from photomill_mongo import MongoFilter, MongoOptions

# (filter, where, what)
MISTAKES: list[tuple[Any, str, str]] = [
    (5, "filter", "got 5"),
    ([], "filter", "got []"),
    (None, "filter", "got None"),
    ("price", "filter", "got 'price'"),
    ({"a": {"$gtt": 5}}, "filter.a.$gtt", "unknown operator '$gtt', did you mean '$gt'?"),
    ({"$foo": {"a": 5}}, "filter.$foo", "unknown operator '$foo'; expected one of $eq, $ne,"),
    ({"$where": "1"}, "filter.$where", "unknown operator '$where'"),
    ({"a": {"$": 1}}, "filter.a.$", "unknown operator '$'"),
    ({"a": {"$or": [1]}}, "filter.a.$or", "$or combines whole filters"),
    ({"$gt": 5}, "filter.$gt", "$gt needs a field"),
    ({"$gt": {}}, "filter.$gt", "$gt needs a field"),
    ({"$gt": {"$lt": 5}}, "filter", "expected the name of a field, got '$lt'"),
    ({"a": {"$gt": 5, "b": 1}}, "filter.a.b", "expected operators only, or none, got 'b'"),
    ({"a": {"b": {"$gt": 5}}}, "filter.a", "write a dotted path, got '$gt'"),
    ({"a": {"$in": 5}}, "filter.a.$in", "$in takes an array, got 5"),
    ({"a": {"$nin": {"b": 1}}}, "filter.a.$nin", "$nin takes an array"),
    ({"$in": {"a": "x"}}, "filter.$in.a", "$in takes an array, got 'x'"),
    ({"a": {"$in": [1, {"$gt": 5}]}}, "filter.a.$in[1]", "got '$gt'"),
    ({"a": {"$all": 5}}, "filter.a.$all", "$all takes an array, got 5"),
    ({"a": {"$not": 5}}, "filter.a.$not", "$not takes operators"),
    ({"a": {"$not": {}}}, "filter.a.$not", "$not takes operators"),
    ({"a": {"$not": {"b": 1}}}, "filter.a.$not", "$not takes operators"),
    ({"$not": [{"a": 1}]}, "filter.$not", "expected an object of conditions"),
    ({"$and": []}, "filter.$and", "$and takes an array of filters that is not empty, got []"),
    ({"$or": {"a": 1}}, "filter.$or", "$or takes an array of filters"),
    ({"$nor": [5]}, "filter.$nor[0]", "expected an object of conditions, got 5"),
    ({"$or": [{"a": 1}, {"b": {"$x": 1}}]}, "filter.$or[1].b.$x", "unknown operator '$x'"),
    ({"a": {"$size": -1}}, "filter.a.$size", "$size takes a whole number, 0 or more, got -1"),
    ({"a": {"$size": 1.5}}, "filter.a.$size", "got 1.5"),
    ({"a": {"$size": True}}, "filter.a.$size", "got True"),
    ({"a": {"$size": "1"}}, "filter.a.$size", "got '1'"),
    ({"a": {"$exists": "yes"}}, "filter.a.$exists", "$exists takes true or false, got 'yes'"),
    ({"a": {"$exists": []}}, "filter.a.$exists", "got []"),
    ({"a": {"$elemMatch": 5}}, "filter.a.$elemMatch", "$elemMatch takes an object, got 5"),
    ({"a": {"$elemMatch": {"$x": 5}}}, "filter.a.$elemMatch.$x", "unknown operator '$x'"),
    ({"a": {"$regex": 5}}, "filter.a.$regex", "$regex takes a string, got 5"),
    ({"a": {"$regex": "("}}, "filter.a.$regex", "missing )"),
    ({"a": {"$regex": "(?=x)"}}, "filter.a.$regex", "$regex takes an RE2 expression"),
    ({"a": {"$regex": r"(x)\1"}}, "filter.a.$regex", "invalid escape sequence"),
    ({"a": {"$regex": "x" * 2000}}, "filter.a.$regex", "at most 1000 characters"),
    ({"a": {"$regex": "\ud800"}}, "filter.a.$regex", "valid Unicode"),
    ({"a": {"$regex": "x", "$options": "g"}}, "filter.a.$regex", "$options takes letters of"),
    ({"a": {"$regex": "x", "$options": 5}}, "filter.a.$regex", "got 5"),
    ({"a": {"$options": "i"}}, "filter.a.$options", "$options stands only beside $regex"),
    ({"_distance": {"$lt": 5}}, "filter._distance", "records do not hold their distance"),
    ({5: 1}, "filter.5", "expected the name of a field, got 5"),
    ({"a": float("nan")}, "filter.a", "expected a JSON value, got nan"),
    ({"a": {1, 2}}, "filter.a", "expected a JSON value"),
    ({"a": {"$gt": b"x"}}, "filter.a.$gt", "expected a JSON value, got b'x'"),
    ({"a" * 2000: 1}, "filter.", "at most 1000 characters"),
    ({"a." * 200: 1}, "filter.", "100 parts"),
]


def compile_filter(expression: Any) -> None:
    MongoFilter(MongoOptions()).compile(expression)


@pytest.mark.parametrize(
    ("expression", "where", "what"),
    MISTAKES,
    ids=lambda value: str(value)[:50].encode("ascii", "replace").decode(),
)
def test_a_mistake_is_explained(expression: Any, where: str, what: str) -> None:
    with pytest.raises(InvalidFilter) as caught:
        compile_filter(expression)
    assert caught.value.path.startswith(where)
    assert what in str(caught.value)
    assert len(str(caught.value)) < 600


def nested(levels: int, wrap: str) -> Any:
    expression: Any = {"a": 1}
    for _ in range(levels - 1):
        expression = {wrap: expression if wrap == "$not" else [expression]}
    return expression


@pytest.mark.parametrize("wrap", ["$not", "$and", "$or", "$nor"])
def test_twenty_levels_are_enough(wrap: str) -> None:
    compile_filter(nested(20, wrap))
    for levels in (21, 100_000):
        with pytest.raises(InvalidFilter, match="at most 20 levels"):
            compile_filter(nested(levels, wrap))


@pytest.mark.parametrize("name", ["$not", "$elemMatch"])
def test_operators_below_a_field_count_as_levels(name: str) -> None:
    operand: Any = {"$gt": 1}
    for _ in range(19):
        operand = {name: operand}
    compile_filter({"a": operand})
    for _ in range(10_000):
        operand = {name: operand}
        with pytest.raises(InvalidFilter, match="at most 20 levels"):
            compile_filter({"a": operand})
        if name == "$elemMatch":
            break


def test_deep_values_are_refused() -> None:
    value: Any = 1
    for _ in range(10_000):
        value = [value]
    for operand in (value, {"$in": [value]}, {"$gt": value}, {"$all": [value]}):
        with pytest.raises(InvalidFilter, match="at most 20 levels"):
            compile_filter({"a": operand})


def test_a_thousand_conditions_are_enough() -> None:
    compile_filter({"$or": [{"a": number} for number in range(999)]})
    with pytest.raises(InvalidFilter, match="at most 1000 conditions"):
        compile_filter({"$or": [{"a": number} for number in range(1000)]})
    with pytest.raises(InvalidFilter, match="at most 1000 conditions"):
        compile_filter({"a": {"$all": list(range(1001))}})


def test_a_long_list_of_values_is_one_condition() -> None:
    compile_filter({"a": {"$in": list(range(50_000))}})


@pytest.mark.parametrize("operator", ["$in", "$nin", "$eq", "$gt"])
@pytest.mark.parametrize("nested", [False, True])
def test_every_value_counts(operator: str, nested: bool) -> None:
    many: list[object] = [[number] for number in range(50_000)] if nested else [0] * 100_000
    with pytest.raises(InvalidFilter, match="at most 100000 values"):
        compile_filter({"a": {operator: [*many, 0]}})


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*a){12}b", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_no_pattern_takes_more_than_linear_time(pattern: str) -> None:
    predicate = MongoFilter(MongoOptions()).compile({"a": {"$regex": pattern}})
    # A backtracking engine would not come back before the time limit of the test.
    predicate.matches({"a": "a" * 100_000 + "!"})


def test_a_pattern_that_grows_out_of_bounds_is_refused() -> None:
    with pytest.raises(InvalidFilter, match="RE2"):
        compile_filter({"a": {"$regex": "((a{100}){100}){100}"}})
