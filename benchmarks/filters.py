"""How long a filter takes over a collection's columns, and record by record.

    python benchmarks/filters.py --records 100000 --records 1000000 --output filters.json

Records are those of a made-up shop: 30 sellers, 12 categories, 200 tags of which each record has one to five, prices
spread evenly over 1 … 500. "columns" is the mask of every record with warm columns, "first" includes making them from
records in memory, "records" tests one record after the other.
"""

import argparse
import json
import platform
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from photomill.columns import Columns
from photomill_mongo import MongoFilter, MongoOptions

FILTERS: Mapping[str, Any] = {
    "equality": {"seller": "shop_7"},
    "range": {"price": {"$gte": 100, "$lt": 200}},
    "range, operator first, string": {"$gte": {"price": "200"}},
    "and/or/in": {
        "category": {"$in": ["c1", "c4", "c9"]},
        "$or": [{"price": {"$lt": 50}}, {"active": False, "seller": {"$ne": "shop_3"}}],
    },
    "tags": {"tags": "t17"},
    "tags, any of five": {"tags": {"$in": ["t1", "t2", "t3", "t4", "t5"]}},
    "not": {"$not": {"seller": "shop_7", "price": {"$gt": 250}}},
    "missing": {"discount": None},
    "regex": {"category": {"$regex": "^c1"}},
    "sub-document field": {"size.width": {"$gt": 150}},
}


def made_records(count: int) -> list[dict[str, Any]]:
    chance = random.Random(1)
    tags = [f"t{number}" for number in range(200)]
    records = []
    for number in range(count):
        record: dict[str, Any] = {
            "_id": f"p{number}",
            "seller": f"shop_{chance.randrange(30)}",
            "category": f"c{chance.randrange(12)}",
            "price": round(chance.uniform(1, 500), 2),
            "active": chance.random() < 0.8,
            "tags": chance.sample(tags, chance.randint(1, 5)),
            "size": {"width": chance.randrange(300), "height": chance.randrange(300)},
        }
        if chance.random() < 0.3:
            record["discount"] = chance.randrange(50)
        records.append(record)
    return records


def best_of(times: int, run: Callable[[], object]) -> float:
    """The shortest of some runs, in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return 1000 * min(taken)


def measured(count: int) -> list[dict[str, Any]]:
    """One row of figures for each filter."""
    records = made_records(count)

    def read(rows: Sequence[int] | None) -> Iterator[tuple[int, Mapping[str, Any]]]:
        return ((row, records[row]) for row in (range(count) if rows is None else rows))

    language = MongoFilter(MongoOptions())
    columns = Columns(read)
    columns.apply(count, ())
    results = []
    for name, expression in FILTERS.items():
        predicate = language.compile(expression)
        first = best_of(1, lambda predicate=predicate: predicate.mask(columns))  # type: ignore[misc]
        warm = best_of(7, lambda predicate=predicate: predicate.mask(columns))  # type: ignore[misc]
        mask = predicate.mask(columns)
        start = time.perf_counter()
        expected = np.fromiter(map(predicate.matches, records), np.bool_, count)
        one_by_one = 1000 * (time.perf_counter() - start)
        if not np.array_equal(mask, expected):
            raise SystemExit(f"{name}: the columns disagree with the records")
        results.append(
            {
                "filter": name,
                "records": count,
                "matching": int(mask.sum()),
                "columns_ms": round(warm, 3),
                "first_ms": round(first, 1),
                "records_ms": round(one_by_one, 1),
            }
        )
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--records", type=int, action="append", help="how many; may be repeated")
    parser.add_argument("--output", type=Path, help="write the figures as JSON")
    arguments = parser.parse_args()
    results = [row for count in arguments.records or [100_000] for row in measured(count)]
    print(
        f"{'filter':<32}{'records':>9}{'matching':>10}{'columns ms':>12}{'first ms':>10}{'records ms':>12}"
    )
    for row in results:
        print(
            f"{row['filter']:<32}{row['records']:>9}{row['matching']:>10}"
            f"{row['columns_ms']:>12.3f}{row['first_ms']:>10.1f}{row['records_ms']:>12.1f}"
        )
    if arguments.output:
        machine = {"python": sys.version.split()[0], "machine": platform.machine()}
        arguments.output.write_text(json.dumps({**machine, "results": results}, indent=2))


if __name__ == "__main__":
    main()
