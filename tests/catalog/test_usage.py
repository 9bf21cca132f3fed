"""Counting calls."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from photomill.catalog import Catalog
from photomill.keys import Keys
from photomill.keys.usage import UsageTable


def test_a_day_has_so_many_calls(tmp_path: Path) -> None:
    catalog = Catalog.open("", tmp_path)
    key = Keys(catalog).create("key").key.id
    usage = UsageTable(catalog)
    assert [usage.spend(key, "2026-01-31", 2) for _ in range(4)] == [True, True, False, False]
    assert usage.spend(key, "2026-02-01", 2)
    catalog.close()
    again = Catalog.open("", tmp_path)
    assert [UsageTable(again).spend(key, "2026-02-01", 2) for _ in range(2)] == [True, False]
    again.close()


def test_calls_at_once_are_counted_each(tmp_path: Path) -> None:
    catalog = Catalog.open("", tmp_path)
    keys = Keys(catalog)
    key = keys.create("key").key.id
    with ThreadPoolExecutor(8) as pool:
        spent = list(pool.map(lambda _: keys.spend(key, 10), range(20)))
    assert sum(spent) == 10
    catalog.close()


def test_a_limit_of_nothing(tmp_path: Path) -> None:
    catalog = Catalog.open("", tmp_path)
    keys = Keys(catalog)
    key = keys.create("key").key.id
    assert not keys.spend(key, 0)
    catalog.close()
