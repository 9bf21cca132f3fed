"""Inserts that refuse near-duplicates: none gets in, whoever inserts at the same time, and nobody waits for the look."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from photomill.collections import writing
from photomill.collections.collection import Collection
from photomill.collections.duplicates import check as duplicate_check
from photomill.collections.duplicates.check import DuplicateCheck, Refused
from photomill.collections.duplicates.hashes import HashIndex
from photomill.collections.model import ByVector, NewRecord, SearchOptions
from photomill.collections.rows import RowStore
from photomill.engine import Engine

MakeCollection = Callable[..., Collection]
RADIUS = 5.0


def vectors_in_groups(groups: list[int], seed: int, dimension: int = 8) -> NDArray[np.float32]:
    """Unit vectors; those of one group are nearly equal, those of two far apart."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(max(groups) + 1, dimension))
    noise = np.random.default_rng(seed).normal(scale=1e-3, size=(len(groups), dimension))
    vectors = centres[groups] + noise
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def records(prefix: str, vectors: NDArray[np.float32]) -> list[NewRecord]:
    return [NewRecord(f"{prefix}{row}", vector=vector) for row, vector in enumerate(vectors)]


def smallest_distance(collection: Collection) -> float:
    _, vectors = collection.vectors(collection.ids())
    apart = np.linalg.norm(vectors[:, np.newaxis] - vectors, axis=2)
    return float((apart + 2.0 * np.eye(len(vectors))).min()) * collection.distance_scale


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=30), min_size=2, max_size=5),
    stored=st.lists(st.integers(0, 12), max_size=6),
)
def test_concurrent_inserts_never_both_take_near_records(
    make_collection: MakeCollection, calls: list[list[int]], stored: list[int]
) -> None:
    collection = make_collection()
    if stored:
        collection.insert(records("stored", vectors_in_groups(stored, 99)), near_radius=RADIUS)
    begin = threading.Barrier(len(calls))

    def insert(number: int) -> None:
        some = records(f"{number}-", vectors_in_groups(calls[number], number))
        begin.wait()
        collection.insert(some, near_radius=RADIUS)

    with ThreadPoolExecutor(len(calls)) as threads:
        list(threads.map(insert, range(len(calls))))
    groups = {*stored, *(group for call in calls for group in call)}
    assert collection.count() == len(groups)
    if len(groups) > 1:
        assert smallest_distance(collection) > RADIUS


INSERT = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_duplicate_check import RADIUS, records, vectors_in_groups
from conftest import open_engine

with open_engine(Path({data!r})) as engine:
    collection = engine.collections.open({collection!r})
    print("ready", flush=True)
    sys.stdin.readline()
    for call in range(10):
        groups = [10 * call + place for place in range(10)] * 2
        collection.insert(records(f"{number}-{{call}}-", vectors_in_groups(groups, {number})), near_radius=RADIUS)
"""


def test_concurrent_processes_never_both_take_near_records(
    reopen: Callable[[], Engine], tmp_path: Path
) -> None:
    with reopen() as engine:
        collection = engine.collections.open(
            engine.collections.create("test", embedder="vectors32").id
        )
        script = INSERT.replace(
            "vectors_in_groups(groups, {number})", "vectors_in_groups(groups, {number}, 32)"
        )
        processes = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    script.format(
                        folder=str(Path(__file__).parent),
                        data=str(tmp_path / "data"),
                        collection=collection.info.id,
                        number=number,
                    ),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(3)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.communicate("\n")
            assert process.returncode == 0
        assert collection.count() == 100
        assert smallest_distance(collection) > RADIUS


def test_what_comes_in_between_is_looked_through(
    make_collection: MakeCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where so much comes in that the transaction is left, again and again."""
    monkeypatch.setattr(writing, "_FEW", 0)
    collection = make_collection()
    vectors = vectors_in_groups(list(range(9)), 1)
    calls = iter(range(8))
    follow = DuplicateCheck.follow

    def followed(self: DuplicateCheck, view: object) -> None:
        follow(self, view)  # type: ignore[arg-type]
        number = next(calls, None)
        if number is not None and not collection._writer.store.writing.locked():
            collection.insert(records(f"between{number}-", vectors[number : number + 1]))

    monkeypatch.setattr(DuplicateCheck, "follow", followed)
    collection.insert(records("first", vectors[8:]))
    report = collection.insert(
        records("new", vectors_in_groups(list(range(9)), 2)), near_radius=RADIUS
    )
    refused = {record.id for record in report.skipped}
    assert len(refused) == collection.count() - len(report.inserted) > 1
    assert smallest_distance(collection) > RADIUS


def test_what_was_deleted_in_between_is_not_in_the_way(make_collection: MakeCollection) -> None:
    collection = make_collection()
    stored = vectors_in_groups([0] * 150 + [1], 1)
    collection.insert(records("stored", stored))
    store = collection._writer.store
    assert isinstance(store, RowStore)
    new = vectors_in_groups([0, 1, 1], 2)
    prepared = {
        3 * place: collection._ingest.prepare(record)
        for place, record in enumerate(records("new", new))
    }
    check = DuplicateCheck(
        prepared, Refused(RADIUS), collection._table, HashIndex(), collection.distance_scale
    )
    check.follow(store.view())
    found = check.duplicates(store.view(), prepared)
    assert len(found[0]) == 100
    assert [hit.id for hit in found[3]] == ["stored150"]
    collection.delete([*(hit.id for hit in found[0]), "stored150"])
    # Fifty further ones were left out: everything is looked through again.
    view = store.view()
    assert check.pending(view) == view.size
    check.follow(view)
    found = check.duplicates(view, prepared)
    assert len(found[0]) == 50
    assert list(found) == [0, 6]
    assert [hit.id for hit in found[6]] == ["new1"]


@pytest.mark.parametrize("size", [1, 700, 5000])
def test_the_nearest_are_those_of_a_naive_scan(make_collection: MakeCollection, size: int) -> None:
    collection = make_collection()
    random = np.random.default_rng(4)
    stored = random.normal(size=(size, 8)).astype(np.float32)
    stored /= np.linalg.norm(stored, axis=1, keepdims=True)
    collection.insert(records("stored", stored))
    collection.delete([f"stored{row}" for row in range(0, size, 7)][1:])
    new = stored[random.integers(size, size=80)] + random.normal(scale=0.05, size=(80, 8))
    near = np.asarray(new / np.linalg.norm(new, axis=1, keepdims=True), np.float32)
    radius = 30.0
    report = collection.insert(records("new", near), near_radius=radius)
    named = {
        skipped.id: [hit for hit in skipped.duplicate_of if hit.id.startswith("stored")]
        for skipped in report.skipped
    }
    collection.delete(report.inserted)
    for number, vector in enumerate(near):
        expected = collection.search(
            ByVector(vector), SearchOptions(limit=duplicate_check.NEIGHBOURS, radius=radius)
        )
        hits = named.get(f"new{number}", [])
        assert [(hit.id, hit.distance) for hit in hits] == [
            (hit.id, hit.distance) for hit in expected.hits
        ][: len(hits)]
        assert f"new{number}" in named or not expected.hits


def test_searches_and_other_writers_do_not_wait_for_the_look(
    make_collection: MakeCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = make_collection()
    vectors = vectors_in_groups(list(range(50)), 1)
    collection.insert(records("stored", vectors))
    monkeypatch.setattr(writing, "_FEW", 10)
    looking, go_on = threading.Event(), threading.Event()
    follow = DuplicateCheck.follow

    def held(self: DuplicateCheck, view: object) -> None:
        looking.set()
        assert go_on.wait(60)
        follow(self, view)  # type: ignore[arg-type]

    monkeypatch.setattr(DuplicateCheck, "follow", held)
    with ThreadPoolExecutor(1) as thread:
        inserting = thread.submit(collection.insert, records("new", vectors), near_radius=RADIUS)
        try:
            assert looking.wait(60)
            # All of these would wait for ever, were a lock held.
            collection.update([("stored0", {"a": 1})])
            collection.insert([NewRecord("meanwhile", vector=-vectors[0])])
            assert collection.search(ByVector(vectors[0])).hits[0].id == "stored0"
            assert collection.count({"a": 1}) == 1
        finally:
            go_on.set()
        assert len(inserting.result().skipped) == 50


def test_searches_do_not_wait_for_a_writer_that_commits(make_collection: MakeCollection) -> None:
    collection = make_collection()
    vectors = vectors_in_groups(list(range(5)), 1)
    collection.insert(records("stored", vectors))
    store = collection._writer.store
    assert isinstance(store, RowStore)
    with ThreadPoolExecutor(1) as thread, store.writing, store._catalog.write() as connection:
        store._table.advance(connection)
        found = thread.submit(collection.search, ByVector(vectors[0])).result(60)
        counted = thread.submit(collection.count, {"a": 1}).result(60)
    assert found.hits[0].id == "stored0"
    assert counted == 0
