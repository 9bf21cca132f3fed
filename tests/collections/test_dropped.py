"""Dropped records: out of the collection at once, back as they were, and gone once the list is emptied."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.collections.conftest import MakeCollection

from photomill import (
    ById,
    BytesSource,
    Collection,
    Conflict,
    DuplicateKind,
    Engine,
    NewRecord,
    NotFound,
    SearchOptions,
    load_settings,
)
from photomill.testing.sample_images import encode
from photomill.testing.scenes import scene


def vectors(count: int, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)


def fill(collection: Collection, count: int = 20) -> NDArray[np.float32]:
    drawn = vectors(count)
    collection.insert(
        [
            NewRecord(f"r{place}", vector=vector, attributes={"place": place, "tags": ["a"]})
            for place, vector in enumerate(drawn)
        ]
    )
    return collection.vectors([f"r{place}" for place in range(count)])[1]


def found(collection: Collection) -> list[str]:
    result = collection.search(ById("r0"), SearchOptions(limit=100, exact=True))
    return [hit.id for hit in result.hits]


def test_a_dropped_record_is_in_no_search_and_no_count(make_collection: MakeCollection) -> None:
    collection = make_collection()
    fill(collection)
    before = found(collection)
    assert collection.drop(["r5", "r7", "nothing", "r5"]) == [True, True, False, False]
    assert found(collection) == [each for each in before if each not in ("r5", "r7")]
    assert collection.count() == collection.statistics().records == 18
    assert collection.count({"place": {"$gte": 5}}) == 13
    assert collection.get(["r5"]) == [None]
    assert not collection.has("r5")
    assert {each.record.id for each in collection.dropped()} == {"r5", "r7"}
    assert collection.count_dropped() == 2


def test_a_restored_record_is_what_it_was(make_collection: MakeCollection) -> None:
    collection = make_collection()
    drawn = fill(collection)
    everything = collection.find(limit=None)
    answers = collection.search(ById("r0"), SearchOptions(limit=100, exact=True)).hits
    collection.drop(["r5", "r0"])
    report = collection.restore(["r0", "r5"])
    assert set(report.inserted) == {"r0", "r5"}
    assert report.skipped == []
    assert collection.find(limit=None) == everything
    assert collection.search(ById("r0"), SearchOptions(limit=100, exact=True)).hits == answers
    ids, kept = collection.vectors(["r5"])
    assert ids == ["r5"]
    assert np.array_equal(kept[0], drawn[5])
    assert collection.facet("tags") == [("a", 20)]
    assert collection.count({"place": 5}) == 1
    assert collection.dropped() == []


def test_it_is_so_for_whoever_opens_the_collection_later(
    make_collection: MakeCollection, reopen: Callable[[], Engine]
) -> None:
    collection = make_collection()
    drawn = fill(collection)
    everything = collection.find(limit=None)
    collection.drop(["r3", "r19"])
    with reopen() as engine:
        other = engine.collections.open(collection.info.id)
        assert other.count() == 18
        # This one has never had rows for the two: one of them stands in the middle.
        collection.restore(["r3", "r19"])
        assert other.find(limit=None) == everything
        assert np.array_equal(other.vectors(["r3"])[1][0], drawn[3])
        collection.drop(["r3"])
        collection.restore(["r3"])
        assert other.find(limit=None) == everything


def test_a_collection_without_its_dead_rows_takes_them_back(
    make_collection: MakeCollection,
) -> None:
    collection = make_collection()
    drawn = vectors(3000)
    ids = [f"r{place}" for place in range(3000)]
    collection.insert(
        [NewRecord(each, vector=vector) for each, vector in zip(ids, drawn, strict=True)]
    )
    before = collection.vectors(ids)[1]
    gone = [f"r{place}" for place in range(0, 3000, 2)]
    collection.drop(gone)
    collection.settle()
    assert collection.statistics().deleted == 0, "its rows were not numbered anew"
    assert len(collection.restore(gone).inserted) == 1500
    collection.settle()
    assert collection.ids() == ids
    assert np.array_equal(collection.vectors(ids)[1], before)


def test_an_emptied_list_is_empty_for_good(make_collection: MakeCollection) -> None:
    collection = make_collection()
    fill(collection)
    collection.drop(["r1", "r2", "r3"])
    assert collection.empty_dropped(["r1", "nothing"]) == 1
    assert collection.empty_dropped() == 2
    assert collection.dropped() == []
    (skipped,) = collection.restore(["r2"]).skipped
    assert isinstance(skipped.error, NotFound)
    assert collection.count() == 17


def test_the_place_of_a_dropped_record_may_be_taken(make_collection: MakeCollection) -> None:
    collection = make_collection()
    drawn = fill(collection)
    collection.drop(["r4"])
    collection.insert([NewRecord("r4", vector=drawn[0], attributes={"new": True})])
    report = collection.restore(["r4"])
    assert report.inserted == []
    assert isinstance(report.skipped[0].error, Conflict)
    collection.drop(["r4"])
    # The last that was dropped comes back; then the earlier one cannot.
    assert collection.restore(["r4"]).inserted == ["r4"]
    (restored,) = collection.find({"new": True})
    assert (restored.id, restored.attributes) == ("r4", {"new": True})
    assert collection.count_dropped() == 1


def test_no_more_come_back_than_there_is_room_for(tmp_path: Path) -> None:
    overrides = {
        "photomill.data_dir": str(tmp_path),
        "embedders.main": {"use": "vectors", "options": {"dimension": 8}},
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        info = engine.collections.create("small", embedder="main", max_records=3)
        collection = engine.collections.open(info.id)
        drawn = vectors(5)
        collection.insert([NewRecord(str(n), vector=drawn[n]) for n in range(3)])
        collection.drop(["0", "1"])
        collection.insert([NewRecord("3", vector=drawn[3])])
        report = collection.restore(["0", "1"])
        assert report.inserted == ["0"]
        assert [(each.id, str(each.error)) for each in report.skipped] == [
            ("1", "the collection holds its limit of 3 records")
        ]
        assert collection.count() == 3


def test_clearing_and_deleting_take_the_dropped_ones_along(
    make_collection: MakeCollection, reopen: Callable[[], Engine]
) -> None:
    collection = make_collection()
    fill(collection)
    collection.drop(["r1"])
    collection.keep_all(["r2", "r3"])
    with reopen() as engine:
        assert engine.collections.clear(collection.info.id) == 19
        assert collection.dropped() == []
        assert collection.forget_reviews() == 0
        fill(collection)
        collection.drop(["r1"])
        engine.collections.delete(collection.info.id)
        assert collection.dropped() == []


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Collection]:
    overrides = {"photomill.data_dir": str(tmp_path), "embedders.main": {"use": "descriptor"}}
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        info = engine.collections.create("pictures", embedder="main")
        collection = engine.collections.open(info.id)
        for name, drawn in (
            ("large", scene(1, 640, 480)),
            ("small", scene(1, 640, 480).resize((320, 240))),
            ("other", scene(2, 640, 480)),
        ):
            collection.insert([NewRecord(name, BytesSource(encode(drawn, "png")))])
        yield collection


def test_what_was_kept_of_a_picture_comes_back_too(pictures: Collection) -> None:
    """The kinds of near-duplicates, and copies found by their hashes, need the signature."""
    before = pictures.near_duplicates(ById("large"), limit=10).hits
    pairs = pictures.near_duplicate_pairs().pairs
    assert [pair.kind for pair in pairs] == [DuplicateKind.NEAR]
    pictures.drop(["small"])
    assert pictures.near_duplicate_pairs().pairs == []
    pictures.restore(["small"])
    assert pictures.near_duplicates(ById("large"), limit=10).hits == before
    assert pictures.near_duplicate_pairs().pairs == pairs
    assert pictures.sharpness(["small"]).keys() == {"small"}


def test_hashes_of_what_was_dropped_when_they_were_read(pictures: Collection) -> None:
    pictures.drop(["small"])
    # Looks at hashes for the first time, while the record is dropped.
    pictures.near_duplicates(ById("large"), radius=0.001)
    pictures.restore(["small"])
    found = pictures.near_duplicates(ById("large"), radius=2.0).hits
    assert {hit.id for hit in found} == {"large", "small"}
