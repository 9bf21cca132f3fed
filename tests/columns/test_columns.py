"""Columns follow the records they are made from."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomill.columns import Column, Columns, json_key, split_path, values_at

Record = dict[str, Any]

SCALARS = st.sampled_from([None, True, False, 0, 1, 1.0, 2.5, 2**53 + 1, 10**400, "", "a", "b"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=5,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from("ab"), VALUES, max_size=2), max_size=10)
PATHS = st.sampled_from(["a", "a.b", "a.0", "a.b.a"])


class Store:
    """Records in memory that remembers what was read."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        self.records: dict[int, Record] = dict(enumerate(records))
        self.size = len(records)
        self.reads: list[list[int] | None] = []
        self.columns = Columns(self.read)
        self.columns.apply(self.size, ())

    def read(self, rows: Sequence[int] | None) -> Iterator[tuple[int, Record]]:
        self.reads.append(None if rows is None else list(rows))
        for row in sorted(self.records) if rows is None else rows:
            if row in self.records:
                yield row, self.records[row]

    def insert(self, *records: Record) -> None:
        self.records.update(enumerate(records, self.size))
        self.size += len(records)
        self.columns.apply(self.size, ())

    def update(self, row: int, record: Record) -> None:
        self.records[row] = record
        self.columns.apply(self.size, [row])

    def column(self, path: str) -> Column:
        return self.columns.table([path]).columns[path]


def numbers(column: Column) -> list[float]:
    assert column.cells.numbers is not None
    return list(map(float, column.cells.numbers))


def test_all_columns_are_made_in_one_pass_and_then_kept() -> None:
    store = Store([{"a": 1, "b": "x"}, {"a": 2}])
    for _ in range(3):
        table = store.columns.table(["a", "b", "a"])
        assert set(table.columns) == {"a", "b"}
        assert {len(column) for column in table.columns.values()} == {table.size} == {2}
    assert store.reads == [None]


def test_only_what_changed_is_read_again() -> None:
    store = Store([{"a": number} for number in range(10)])
    store.column("a")
    store.insert({"a": 10}, {"a": 11})
    store.update(3, {"a": 33})
    assert numbers(store.column("a")) == [0, 1, 2, 33, 4, 5, 6, 7, 8, 9, 10, 11]
    assert store.reads == [None, [3, 10, 11]]


def test_after_many_changes_everything_is_read_once() -> None:
    store = Store([{"a": number} for number in range(5000)])
    store.column("a")
    for row in range(4000):
        store.records[row] = {"a": -row}
    store.columns.apply(5000, range(4000))
    assert numbers(store.column("a"))[3998:4001] == [-3998, -3999, 4000]
    assert store.reads == [None, None]


def test_a_column_that_was_handed_out_never_changes() -> None:
    store = Store([{"a": 1}, {"a": ["x", "y"]}, {"a": "z"}])
    before = store.column("a")
    assert before.elements is not None
    kinds, owners = before.cells.kinds.copy(), before.elements.owners.copy()
    codes = np.asarray(before.elements.cells.codes).copy()
    store.update(1, {"a": ["q"]})
    store.update(0, {"a": "w"})
    store.insert({"a": ["x"]}, {"a": 2.5})
    assert store.columns.values("a", [0, 1, 2, 3, 4]) == [["w"], ["q"], ["z"], ["x"], [2.5]]
    assert len(before) == 3
    assert np.array_equal(before.cells.kinds, kinds)
    assert np.array_equal(before.elements.owners, owners)
    assert np.array_equal(np.asarray(before.elements.cells.codes), codes)


def test_rows_without_a_record_hold_nothing() -> None:
    store = Store([{"a": 1}, {"a": 2}, {"a": 3}])
    del store.records[1]
    assert store.columns.values("a", [0, 1, 2]) == [[1], [], [3]]
    assert [row for row, _ in store.columns.records()] == [0, 2]
    assert [row for row, _ in store.columns.records([1, 2])] == [2]


def test_rows_that_were_not_announced_are_not_shown() -> None:
    store = Store([{"a": 1}])
    store.records[1] = {"a": 2}
    assert len(store.column("a")) == store.columns.size == 1
    assert [row for row, _ in store.columns.records()] == [0]


def test_the_least_recently_used_column_is_forgotten() -> None:
    store = Store([{}])
    columns = Columns(store.read, keep=2)
    columns.apply(1, ())
    for path in ("a", "b", "a", "c", "a"):
        columns.table([path])
    assert len(store.reads) == 3
    columns.table(["b"])
    assert len(store.reads) == 4
    assert set(columns.table(["a", "b", "c", "d"]).columns) == {"a", "b", "c", "d"}


def test_a_failed_read_leaves_nothing_half_made() -> None:
    store = Store([{"a": 1}, {"a": 5}])
    failing = True

    def read(rows: Sequence[int] | None) -> Iterator[tuple[int, Record]]:
        yield from store.read(rows)
        if failing:
            raise OSError("the disk is gone")

    columns = Columns(read)
    columns.apply(2, ())
    with pytest.raises(OSError, match="the disk is gone"):
        columns.table(["a"])
    failing = False
    assert columns.values("a", [0, 1]) == [[1], [5]]


def test_a_change_during_the_making_of_a_column_is_not_lost() -> None:
    store = Store([{"a": 1}, {"a": 2}])
    reading, changed = threading.Event(), threading.Event()

    def slow(rows: Sequence[int] | None) -> Iterator[tuple[int, Record]]:
        pairs = list(store.read(rows))
        reading.set()
        assert changed.wait(120)
        yield from pairs

    columns = Columns(slow)
    columns.apply(2, ())
    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(columns.values, "a", [0, 1])
        assert reading.wait(120)
        store.records |= {1: {"a": 22}, 2: {"a": 3}}
        columns.apply(3, [1])
        changed.set()
        assert early.result(120) == [[1], [2]]
    assert columns.values("a", [0, 1, 2]) == [[1], [22], [3]]


def test_nobody_gets_the_old_column_while_the_new_one_is_being_made() -> None:
    store = Store([{"a": 1}, {"a": 2}])
    reading, go_on = threading.Event(), threading.Event()
    go_on.set()

    def slow(rows: Sequence[int] | None) -> Iterator[tuple[int, Record]]:
        reading.set()
        assert go_on.wait(120)
        yield from store.read(rows)

    columns = Columns(slow)
    columns.apply(2, ())
    assert columns.values("a", [1]) == [[2]]
    store.records[1] = {"a": 22}
    columns.apply(2, [1])
    reading.clear()
    go_on.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(columns.values, "a", [1])
        assert reading.wait(120)
        second = pool.submit(columns.values, "a", [1])
        threading.Event().wait(0.05)
        go_on.set()
        assert first.result(120) == second.result(120) == [[22]]


@pytest.mark.parametrize("value", [lambda number: ["x", "y", "z"], lambda number: f"text {number}"])
def test_changing_a_row_for_ever_takes_no_memory(value: Callable[[int], Any]) -> None:
    store = Store([{"a": value(0)}, {"a": ["q"]}])
    for number in range(4000):
        store.update(0, {"a": value(number)})
        column = store.column("a")
        assert column.cells.words < 2000
        assert column.elements is not None
        assert len(column.elements.cells) < 2000
    expected = value(3999)
    assert store.columns.values("a", [0]) == [
        expected if isinstance(expected, list) else [expected]
    ]


def test_searches_and_a_writer_run_side_by_side() -> None:
    store = Store()
    stop = threading.Event()

    def write() -> None:
        for number in range(1000):
            store.insert({"a": number, "b": [number, "x"]})
            store.update(number // 2, {"a": number // 2, "b": [number // 2, "x"]})
        stop.set()

    def look() -> int:
        looks = 0
        while not stop.is_set() or not looks:
            table = store.columns.table(["a", "b"])
            assert {len(column) for column in table.columns.values()} <= {table.size}
            rows = np.arange(table.size)
            if table.size:
                assert numbers(table.columns["a"]) == rows.tolist()
                elements = table.columns["b"].elements
                assert elements is not None
                assert elements.counts.tolist() == [2] * table.size
            looks += 1
        return looks

    with ThreadPoolExecutor(4) as pool:
        looking = [pool.submit(look) for _ in range(3)]
        pool.submit(write).result(120)
        assert all(future.result(120) for future in looking)


def test_a_scalar_takes_at_most_sixteen_bytes_a_row() -> None:
    store = Store([{"a": number % 7, "b": "xyz"[number % 3]} for number in range(10_000)])
    for path in ("a", "b"):
        cells = store.column(path).cells
        arrays = [cells.kinds, cells.numbers, cells.codes]
        assert sum(array.nbytes for array in arrays if array is not None) <= 16 * 10_000


@settings(max_examples=100)
@given(records=RECORDS, changed=RECORDS, path=PATHS)
def test_values_are_those_of_the_records(
    records: list[Record], changed: list[Record], path: str
) -> None:
    store = Store(records)
    store.columns.values(path, [])
    for row, record in enumerate(changed[: len(records)]):
        store.update(row, record)
    rows = [*range(store.size), *range(0, store.size, 2)]
    expected = [list(values_at(store.records[row], split_path(path))) for row in rows]
    found = store.columns.values(path, rows)
    assert [list(map(json_key, some)) for some in found] == [
        list(map(json_key, some)) for some in expected
    ]


@settings(max_examples=100)
@given(records=RECORDS, changed=RECORDS, path=PATHS)
def test_equal_keys_are_equal_values(
    records: list[Record], changed: list[Record], path: str
) -> None:
    store = Store(records)
    store.columns.keys(path)
    for row, record in enumerate(changed[: len(records)]):
        store.update(row, record)
    offsets, codes = store.columns.keys(path)
    assert offsets.dtype == np.int64
    assert codes.dtype == np.int32
    assert len(offsets) == store.size + 1
    assert offsets[0] == 0
    assert offsets[-1] == len(codes)
    meaning: dict[int, set[Any]] = {}
    for row, record in store.records.items():
        mine = codes[offsets[row] : offsets[row + 1]].tolist()
        keys = {json_key(value) for value in values_at(record, split_path(path))}
        assert len(mine) == len(set(mine)) == len(keys)
        for code in mine:
            meaning[code] = meaning.get(code, keys) & keys
    assert all(meaning.values())
    values = {
        json_key(value)
        for record in store.records.values()
        for value in values_at(record, split_path(path))
    }
    assert len(meaning) == len(values)


def test_keys_tell_types_apart() -> None:
    values: list[Any] = [1, 1.0, True, "1", None, [1, "1"], {"x": 1}, {"x": 1.0}, 2**60, 2.0**60]
    store = Store([{"a": value} for value in values] + [{}])
    offsets, codes = store.columns.keys("a")
    rows = [codes[offsets[row] : offsets[row + 1]].tolist() for row in range(store.size)]
    one, also_one, true, text, null, both, thing, same_thing, big, also_big, missing = rows
    assert one == also_one
    assert big == also_big
    assert thing == same_thing
    assert sorted(both) == sorted(one + text)
    assert null == missing == []
    assert len({*one, *true, *text, *thing, *big}) == 5


def test_keys_are_remembered_until_something_changes() -> None:
    store = Store([{"a": "x"}, {"a": "y"}])
    first = store.columns.keys("a")
    assert store.columns.keys("a") is first
    store.update(0, {"a": "y"})
    _, codes = store.columns.keys("a")
    assert codes[0] == codes[1]


class Versions:
    """Records that remember what they were after each change, and columns that follow them."""

    def __init__(self) -> None:
        self.states: list[dict[int, Record]] = [{}]
        self.columns = Columns(self.reader(0))

    def reader(self, change: int) -> Callable[[Sequence[int] | None], Iterator[tuple[int, Record]]]:
        def read(rows: Sequence[int] | None) -> Iterator[tuple[int, Record]]:
            state = self.states[change]
            for row in sorted(state) if rows is None else rows:
                if row in state:
                    yield row, state[row]

        return read

    def size(self, change: int) -> int:
        return max((max(state, default=-1) for state in self.states[: change + 1]), default=-1) + 1

    def change(self, inserted: Sequence[Record], updated: dict[int, Record], gone: int) -> None:
        last = self.states[-1]
        size = self.size(len(self.states) - 1)
        updates = {row: record for row, record in updated.items() if row in last}
        state = {**last, **updates, **dict(enumerate(inserted, size))}
        removed = [gone] if state.pop(gone, None) is not None else []
        self.states.append(state)
        change = len(self.states) - 1
        self.columns.advance(change)
        self.columns.apply(self.size(change), list(updates), removed)

    def at(self, change: int) -> Columns:
        return self.columns.at(change, self.size(change), self.reader(change))


CHANGES = st.lists(
    st.tuples(
        RECORDS.map(lambda records: records[:3]),
        st.dictionaries(st.integers(0, 8), RECORDS.map(lambda r: r[0] if r else {}), max_size=3),
        st.integers(0, 8),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150)
@given(changes=CHANGES, looks=st.lists(st.integers(0, 6), min_size=1, max_size=12), path=PATHS)
def test_columns_as_of_a_change_hold_what_was_there_then(
    changes: list[Any], looks: list[int], path: str
) -> None:
    versions = Versions()
    seen = [versions.at(0)]
    for place, change in enumerate(changes):
        if place % 2:
            seen[-1].table([path])
        versions.change(*change)
        seen.append(versions.at(place + 1))
    for look in looks:
        change = look % len(seen)
        state, columns = versions.states[change], seen[change]
        rows = sorted(state)
        expected = [
            [json_key(value) for value in values_at(state[row], split_path(path))] for row in rows
        ]
        found = [list(map(json_key, some)) for some in columns.values(path, rows)]
        assert found == expected
        offsets, codes = columns.keys(path)
        for row, some in zip(rows, expected, strict=True):
            assert len(codes[offsets[row] : offsets[row + 1]]) == len(set(some))
