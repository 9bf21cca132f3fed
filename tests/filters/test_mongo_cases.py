"""What each operator means, case by case."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from photomill.columns import Columns
from photomill_mongo import MongoFilter, MongoOptions

BIG = 2**53
OBJECT = {"a": {"x": 1, "y": 2}}
OBJECTS = {"a": [{"b": 1, "c": 1}, {"b": 5}]}

# (filter, record, whether it holds)
CASES: list[tuple[Any, dict[str, Any], bool]] = [
    # equality
    ({}, {}, True),
    ({"a": 1}, {"a": 1}, True),
    ({"a": 1}, {"a": 1.0}, True),
    ({"a": 1}, {"a": True}, False),
    ({"a": 0}, {"a": False}, False),
    ({"a": True}, {"a": 1}, False),
    ({"a": True}, {"a": True}, True),
    ({"a": 1}, {"a": "1"}, False),
    ({"a": "1"}, {"a": 1}, False),
    ({"a": "x"}, {"a": "x"}, True),
    ({"a": "x"}, {"a": ["y", "x"]}, True),
    ({"a": "x"}, {"a": [["x"]]}, False),
    ({"a": ["x"]}, {"a": [["x"]]}, True),
    ({"a": ["x", "y"]}, {"a": ["x", "y"]}, True),
    ({"a": ["x", "y"]}, {"a": ["y", "x"]}, False),
    ({"a": []}, {"a": []}, True),
    ({"a": []}, {}, False),
    ({"a": {"$eq": "x"}}, {"a": ["x"]}, True),
    ({"a": {}}, {"a": {}}, True),
    ({"a": {"x": 1, "y": 2}}, OBJECT, True),
    ({"a": {"x": 1.0, "y": 2}}, OBJECT, True),
    ({"a": {"y": 2, "x": 1}}, OBJECT, False),
    ({"a": {"x": 1}}, OBJECT, False),
    ({"a": {"x": True, "y": 2}}, OBJECT, False),
    ({"a": [True]}, {"a": [1]}, False),
    ({"a": BIG + 1}, {"a": BIG + 1}, True),
    ({"a": BIG}, {"a": BIG + 1}, False),
    ({"a": BIG + 1}, {"a": float(BIG)}, False),
    ({"a": 10**400}, {"a": 10**400}, True),
    ({"a": 10**400}, {"a": 1e300}, False),
    ({"_id": "r1"}, {"_id": "r1"}, True),
    ({"tags": "t"}, {"tags": ["s", "t"]}, True),
    # null
    ({"a": None}, {"a": None}, True),
    ({"a": None}, {}, True),
    ({"a": None}, {"a": 0}, False),
    ({"a": None}, {"a": []}, False),
    ({"a": None}, {"a": [None]}, True),
    ({"a.b": None}, {"a": {}}, True),
    ({"a.b": None}, {"a": 4}, True),
    ({"a.b": None}, {"a": []}, False),
    ({"a.b": None}, {"a": [1, 2]}, False),
    ({"a.b": None}, {"a": [{"b": 1}, {}]}, True),
    ({"a.b": None}, {"a": [{"b": 1}]}, False),
    # $ne
    ({"a": {"$ne": 1}}, {}, True),
    ({"a": {"$ne": 1}}, {"a": 2}, True),
    ({"a": {"$ne": 1}}, {"a": [2, 1]}, False),
    ({"a": {"$ne": 1}}, {"a": [2, 3]}, True),
    ({"a": {"$ne": 1}}, {"a": True}, True),
    ({"a": {"$ne": None}}, {}, False),
    ({"a": {"$ne": None}}, {"a": None}, False),
    ({"a": {"$ne": None}}, {"a": 0}, True),
    # order
    ({"a": {"$gt": 5}}, {"a": 6}, True),
    ({"a": {"$gt": 5}}, {"a": 5}, False),
    ({"a": {"$gte": 5}}, {"a": 5.0}, True),
    ({"a": {"$lt": 5}}, {"a": 4.9}, True),
    ({"a": {"$lte": 5}}, {"a": 5}, True),
    ({"a": {"$lt": 5}}, {}, False),
    ({"a": {"$lt": 5}}, {"a": None}, False),
    ({"a": {"$lt": 5}}, {"a": "4"}, False),
    ({"a": {"$lt": 5}}, {"a": False}, False),
    ({"a": {"$gt": 5}}, {"a": [1, 9]}, True),
    ({"a": {"$gt": 5, "$lt": 3}}, {"a": [1, 9]}, True),
    ({"a": {"$gt": 5, "$lt": 3}}, {"a": 4}, False),
    ({"a": {"$gt": "B"}}, {"a": "a"}, True),
    ({"a": {"$lt": "é"}}, {"a": "z"}, True),
    ({"a": {"$lt": "\U0001f600"}}, {"a": "\uffff"}, True),
    ({"a": {"$gt": False}}, {"a": True}, True),
    ({"a": {"$gt": False}}, {"a": 1}, False),
    ({"a": {"$lte": True}}, {"a": False}, True),
    ({"a": {"$gte": None}}, {"a": None}, True),
    ({"a": {"$lte": None}}, {}, True),
    ({"a": {"$gt": None}}, {"a": None}, False),
    ({"a": {"$gte": None}}, {"a": 1}, False),
    ({"a": {"$gt": BIG}}, {"a": BIG + 1}, True),
    ({"a": {"$lt": BIG + 1}}, {"a": float(BIG)}, True),
    ({"a": {"$gte": BIG + 1}}, {"a": float(BIG)}, False),
    ({"a": {"$lt": 10**400}}, {"a": 1e308}, True),
    ({"a": {"$gt": [1, 2]}}, {"a": [1, 3]}, True),
    ({"a": {"$gt": [1, 2]}}, {"a": [1]}, False),
    ({"a": {"$gt": {"x": 1}}}, {"a": {"x": 2}}, True),
    ({"a": {"$gt": {"x": 1}}}, {"a": 2}, False),
    # $in, $nin
    ({"a": {"$in": [1, "x"]}}, {"a": "x"}, True),
    ({"a": {"$in": [1, "x"]}}, {"a": True}, False),
    ({"a": {"$in": [1, "x"]}}, {"a": ["z", 1.0]}, True),
    ({"a": {"$in": [[1]]}}, {"a": [1]}, True),
    ({"a": {"$in": [{"x": 1, "y": 2}]}}, OBJECT, True),
    ({"a": {"$in": [None]}}, {}, True),
    ({"a": {"$in": [True]}}, {"a": 1}, False),
    ({"a": {"$in": []}}, {"a": 1}, False),
    ({"a": {"$in": []}}, {}, False),
    ({"a": {"$nin": []}}, {"a": 1}, True),
    ({"a": {"$nin": [1]}}, {}, True),
    ({"a": {"$nin": [1]}}, {"a": [2, 1]}, False),
    ({"a": {"$nin": [None]}}, {}, False),
    # $not
    ({"a": {"$not": {"$gt": 5}}}, {}, True),
    ({"a": {"$not": {"$gt": 5}}}, {"a": "9"}, True),
    ({"a": {"$not": {"$gt": 5}}}, {"a": 9}, False),
    ({"a": {"$not": {"$gt": 5}}}, {"a": [1, 9]}, False),
    ({"a": {"$not": {"$gt": 5, "$lt": 8}}}, {"a": 9}, True),
    ({"a": {"$not": {"$not": {"$eq": 1}}}}, {"a": 1}, True),
    ({"$not": {"a": 1}}, {"a": 2}, True),
    ({"$not": {"a": 1}}, {}, True),
    ({"$not": {"a": 1, "b": 2}}, {"a": 1, "b": 3}, True),
    ({"$not": {"a": 1, "b": 2}}, {"a": 1, "b": 2}, False),
    ({"$not": {}}, {"a": 1}, False),
    ({"$not": {"a": {"$gt": 5}}}, {"a": 9}, False),
    # combinations
    ({"a": 1, "b": 2}, {"a": 1, "b": 2}, True),
    ({"a": 1, "b": 2}, {"a": 1}, False),
    ({"$and": [{"a": 1}, {"b": 2}]}, {"a": 1, "b": 2}, True),
    ({"$or": [{"a": 1}, {"b": 2}]}, {"b": 2}, True),
    ({"$or": [{"a": 1}, {"b": 2}]}, {"a": 2}, False),
    ({"$nor": [{"a": 1}, {"b": 2}]}, {"a": 2}, True),
    ({"$nor": [{"a": 1}, {"b": 2}]}, {"b": 2}, False),
    # the operator first
    ({"$gte": {"a": "200"}}, {"a": 200}, True),
    ({"$gte": {"a": "200"}}, {"a": 35.5}, False),
    ({"$eq": {"a": 1, "b": 2}}, {"a": 1, "b": 2}, True),
    ({"$eq": {"a": 1, "b": 2}}, {"a": 1}, False),
    ({"$ne": {"a": 1}}, {}, True),
    ({"$in": {"a": [1, 2]}}, {"a": 2}, True),
    ({"$nin": {"a": [1, 2]}}, {"a": 3}, True),
    ({"$exists": {"a": False}}, {}, True),
    ({"$size": {"tags": 2}}, {"tags": ["s", "t"]}, True),
    ({"$all": {"tags": ["s", "t"]}}, {"tags": ["t", "s"]}, True),
    ({"$regex": {"a": "^X"}, "$options": {"a": "i"}}, {"a": "xy"}, True),
    ({"$elemMatch": {"a": {"b": 5}}}, OBJECTS, True),
    ({"$gt": {"a": 1}, "$lt": {"a": 3}}, {"a": 2}, True),
    ({"$gt": {"a": 1}, "$lt": {"a": 3}}, {"a": 3}, False),
    ({"$and": [{"$gte": {"a": 5}}, {"$lt": {"a.b": 1}}]}, {"a": 5}, False),
    ({"$or": [{"$gte": {"a": 5}}, {"b": {"$lt": 1}}]}, {"b": 0}, True),
    ({"$not": {"$gte": {"a": 5}}}, {"a": 4}, True),
    ({"$nor": [{"$not": {"$eq": {"a": 5}}}]}, {"a": 5}, True),
    ({"$gte": {"a.b": 2}, "c": True}, {"a": {"b": 2}, "c": True}, True),
    # paths
    ({"a.b.c": 1}, {"a": {"b": {"c": 1}}}, True),
    ({"a.b": 1}, {"a": {"b": [2, 1]}}, True),
    ({"a.b": 5}, OBJECTS, True),
    ({"a.b": {"$gt": 4}, "a.c": 1}, OBJECTS, True),
    ({"a.b": {"$ne": 5}}, OBJECTS, False),
    ({"a.0": 1}, {"a": [1, 2]}, True),
    ({"a.1": 1}, {"a": [1, 2]}, False),
    ({"a.2": {"$exists": True}}, {"a": [1, 2]}, False),
    ({"a.01": 2}, {"a": [1, 2]}, False),
    ({"a.0": 1}, {"a": {"0": 1}}, True),
    ({"a.0.b": 1}, OBJECTS, True),
    ({"a.0.b": 5}, OBJECTS, False),
    ({"a.1.b": {"$gt": 4}}, OBJECTS, True),
    ({"a.0.1": 7}, {"a": [[6, 7]]}, True),
    ({"a.b.c": 3}, {"a": [{"b": [{"c": 2}, {"c": 3}]}]}, True),
    ({"a.b": 1}, {"a": [[{"b": 1}]]}, False),
    # $exists
    ({"a": {"$exists": True}}, {"a": None}, True),
    ({"a": {"$exists": True}}, {"a": []}, True),
    ({"a": {"$exists": True}}, {}, False),
    ({"a": {"$exists": False}}, {"a": 0}, False),
    ({"a.b": {"$exists": False}}, {"a": []}, True),
    ({"a.b": {"$exists": True}}, {"a": [{}, {"b": None}]}, True),
    # $size, $all
    ({"a": {"$size": 0}}, {"a": []}, True),
    ({"a": {"$size": 2.0}}, {"a": [1, 2]}, True),
    ({"a": {"$size": 1}}, {"a": [[1, 2]]}, True),
    ({"a": {"$size": 2}}, {"a": [[1, 2]]}, False),
    ({"a": {"$size": 1}}, {"a": "x"}, False),
    ({"a.b": {"$size": 2}}, {"a": [{"b": [1, 2]}]}, True),
    ({"a.b": {"$size": 2}}, {"a": [{"b": [[1, 2]]}]}, False),
    ({"a": {"$not": {"$size": 1}}}, {}, True),
    ({"a": {"$all": [1, 2]}}, {"a": [2, 1, 3]}, True),
    ({"a": {"$all": [1, 2]}}, {"a": [1]}, False),
    ({"a": {"$all": [1]}}, {"a": 1}, True),
    ({"a": {"$all": []}}, {"a": []}, False),
    ({"a": {"$all": [[1, 2]]}}, {"a": [1, 2]}, True),
    ({"a": {"$all": [{"$elemMatch": {"b": 1}}, {"$elemMatch": {"b": 5}}]}}, OBJECTS, True),
    ({"a": {"$all": [{"$elemMatch": {"b": 1, "c": 2}}]}}, OBJECTS, False),
    # $elemMatch
    ({"a": {"$elemMatch": {"$gt": 5, "$lt": 3}}}, {"a": [1, 9]}, False),
    ({"a": {"$elemMatch": {"$gt": 5, "$lt": 10}}}, {"a": [1, 9]}, True),
    ({"a": {"$elemMatch": {"$gt": 5}}}, {"a": 9}, False),
    ({"a": {"$elemMatch": {"$gt": 5}}}, {"a": [[9]]}, False),
    ({"a": {"$elemMatch": {"$ne": 1}}}, {"a": [1]}, False),
    ({"a": {"$elemMatch": {"$ne": 1}}}, {"a": [1, 2]}, True),
    ({"a": {"$elemMatch": {"$not": {"$gt": 5}}}}, {"a": [9, 2]}, True),
    ({"a": {"$elemMatch": {"$not": {"$gt": 5}}}}, {"a": []}, False),
    ({"a": {"$elemMatch": {"$elemMatch": {"$eq": 1}}}}, {"a": [[1]]}, True),
    ({"a": {"$elemMatch": {"b": 5, "c": 1}}}, OBJECTS, False),
    ({"a": {"$elemMatch": {"b": 1, "c": 1}}}, OBJECTS, True),
    ({"a": {"$elemMatch": {"$or": [{"b": 7}, {"c": 1}]}}}, OBJECTS, True),
    ({"a": {"$elemMatch": {"$not": {"b": 1}}}}, OBJECTS, True),
    ({"a": {"$elemMatch": {"$gt": {"b": 4}, "$exists": {"c": False}}}}, OBJECTS, True),
    ({"a": {"$elemMatch": {"$gt": {"b": 4}, "$eq": {"c": 1}}}}, OBJECTS, False),
    ({"a": {"$elemMatch": {"$not": {"$in": {"b": [1, 5]}}}}}, OBJECTS, False),
    ({"a": {"$elemMatch": {"$eq": {}}}}, {"a": [1, {}]}, True),
    ({"a": {"$elemMatch": {}}}, {"a": [1]}, False),
    ({"a": {"$elemMatch": {"0": 7}}}, {"a": [[7]]}, True),
    ({"a.b": {"$elemMatch": {"$gt": 2}}}, {"a": [{"b": [1, 3]}]}, True),
    # $regex
    ({"a": {"$regex": "b+"}}, {"a": "abbc"}, True),
    ({"a": {"$regex": "^b"}}, {"a": "abbc"}, False),
    ({"a": {"$regex": "^b"}}, {"a": ["x", "bc"]}, True),
    ({"a": {"$regex": "5"}}, {"a": 5}, False),
    ({"a": {"$regex": "."}}, {}, False),
    ({"a": {"$regex": "É", "$options": "i"}}, {"a": "é"}, True),
    ({"a": {"$regex": "^b"}}, {"a": "a\nb"}, False),
    ({"a": {"$regex": "^b", "$options": "m"}}, {"a": "a\nb"}, True),
    ({"a": {"$regex": "a.b"}}, {"a": "a\nb"}, False),
    ({"a": {"$regex": "a.b", "$options": "s"}}, {"a": "a\nb"}, True),
    ({"a": {"$regex": "a b # c", "$options": "x"}}, {"a": "ab"}, True),
    ({"a": {"$regex": r"a\ b[ #] c", "$options": "x"}}, {"a": "a b#c"}, True),
    ({"a": {"$regex": "A b", "$options": "ix"}}, {"a": "aB"}, True),
    ({"a": {"$options": "i", "$regex": "X"}}, {"a": "x"}, True),
    ({"a": {"$not": {"$regex": "x"}}}, {"a": 5}, True),
    ({"a": {"$regex": "b", "$gt": "c"}}, {"a": "db"}, True),
    # numbers in strings
    ({"a": {"$gt": "9"}}, {"a": 10}, True),
    ({"a": {"$gt": "9"}}, {"a": "10"}, False),
    ({"a": {"$lt": " 1e2 "}}, {"a": 99.5}, True),
    ({"a": {"$gte": "0x10"}}, {"a": 99}, False),
    ({"a": {"$gt": "1_0"}}, {"a": 99}, False),
    ({"a": {"$gt": "nan"}}, {"a": 99}, False),
    ({"a": {"$gt": "٣"}}, {"a": 99}, False),
    ({"a": {"$gt": ""}}, {"a": 99}, False),
    ({"a": {"$eq": "9"}}, {"a": 9}, False),
    ({"a": {"$in": ["9"]}}, {"a": 9}, False),
    ({"a": {"$gt": 5}}, {"a": "9"}, False),
    ({"a": {"$gt": "5"}}, {"a": [1, 9]}, True),
    ({"a": {"$gt": "5"}}, {"a": True}, False),
    ({"a": {"$elemMatch": {"$gt": "5"}}}, {"a": [9]}, True),
    ({"a": {"$lt": str(BIG + 1)}}, {"a": BIG}, True),
]


def columns_of(records: Sequence[dict[str, Any]]) -> Columns:
    def read(rows: Sequence[int] | None) -> Iterator[tuple[int, dict[str, Any]]]:
        return ((row, records[row]) for row in (range(len(records)) if rows is None else rows))

    columns = Columns(read)
    columns.apply(len(records), ())
    return columns


@pytest.mark.parametrize(
    ("expression", "record", "holds"), CASES, ids=lambda value: str(value)[:60]
)
def test_a_filter_holds(expression: Any, record: dict[str, Any], holds: bool) -> None:
    predicate = MongoFilter(MongoOptions()).compile(expression)
    assert predicate.matches(record) is holds
    others: list[dict[str, Any]] = [{}, {"a": "x"}, {"a": [1.5, "y"]}, {"a": {"b": False}}]
    assert bool(predicate.mask(columns_of([*others, record]))[-1]) is holds


@pytest.mark.parametrize(
    ("expression", "record", "holds"),
    [
        ({"a": {"$gte": "200"}}, {"a": 300}, False),
        ({"$gte": {"a": "200"}}, {"a": 300}, False),
        ({"a": {"$gte": "200"}}, {"a": "300"}, True),
        ({"a": {"$gte": 200}}, {"a": 300}, True),
    ],
)
def test_strict_types_keep_strings_from_numbers(
    expression: Any, record: dict[str, Any], holds: bool
) -> None:
    predicate = MongoFilter(MongoOptions(strict_types=True)).compile(expression)
    assert predicate.matches(record) is holds
    assert predicate.mask(columns_of([record])).tolist() == [holds]
