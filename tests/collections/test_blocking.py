"""A search that must not wait gives what any other gives, or is given up."""

import threading
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from photomill import WouldBlock, check_may_block, nonblocking
from photomill.collections import ranking
from photomill.collections.collection import Collection
from photomill.collections.locks import ReadWriteLock
from photomill.collections.model import (
    ById,
    ByImage,
    ByText,
    ByVector,
    NewRecord,
    Query,
    RankBy,
    SearchOptions,
)
from photomill.engine import Engine
from photomill.sources import BytesSource

MakeCollection = Callable[..., Collection]


def unit_vectors(count: int, dimension: int, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors, np.float32)


def fill(collection: Collection, vectors: NDArray[np.float32], first: int = 0) -> None:
    collection.insert(
        [NewRecord(f"r{first + place}", vector=vector) for place, vector in enumerate(vectors)]
    )


def test_only_the_thread_that_must_not_wait_is_held_to_it() -> None:
    waited: list[str] = []

    def wait() -> None:
        check_may_block()
        waited.append(threading.current_thread().name)

    with nonblocking():
        with pytest.raises(WouldBlock):
            check_may_block()
        with nonblocking(), pytest.raises(WouldBlock):
            check_may_block()
        with pytest.raises(WouldBlock):
            check_may_block()
        other = threading.Thread(target=wait, name="other")
        other.start()
        other.join()
    assert waited == ["other"]
    check_may_block()


def test_rows_in_memory_are_searched_without_waiting(make_collection: MakeCollection) -> None:
    collection = make_collection()
    vectors = unit_vectors(300, 8)
    fill(collection, vectors)
    for query in (ById("r7"), ByVector(vectors[9])):
        expected = collection.search(query, SearchOptions(limit=10)).hits
        with nonblocking():
            assert collection.search(query, SearchOptions(limit=10)).hits == expected


def test_what_was_written_since_is_never_left_out(
    make_collection: MakeCollection,
) -> None:
    collection = make_collection()
    vectors = unit_vectors(40, 8)
    fill(collection, vectors[:20])
    collection.search(ById("r0"), SearchOptions(limit=40))
    fill(collection, vectors[20:], first=20)
    with nonblocking(), pytest.raises(WouldBlock):
        collection.search(ById("r0"), SearchOptions(limit=40))
    assert len(collection.search(ById("r0"), SearchOptions(limit=40)).hits) == 40
    with nonblocking():
        assert len(collection.search(ById("r0"), SearchOptions(limit=40)).hits) == 40


@pytest.mark.parametrize(
    ("query", "options"),
    [
        (ById("r0"), SearchOptions(limit=5, filter={"colour": "red"})),
        (ById("r0"), SearchOptions(limit=5, ranking=RankBy.MEANING)),
        (ByText("boats"), SearchOptions(limit=5)),
        (ByImage(BytesSource(b"no image")), SearchOptions(limit=5)),
    ],
    ids=["filter", "meaning", "text", "image"],
)
def test_what_reads_or_computes_more_is_given_up(
    collection: Collection, query: Query, options: SearchOptions
) -> None:
    fill(collection, unit_vectors(20, collection.info.dimension))
    collection.search(ById("r0"), SearchOptions(limit=5))
    with nonblocking(), pytest.raises(WouldBlock):
        collection.search(query, options)


def test_a_long_scan_is_given_up(make_collection: MakeCollection) -> None:
    collection = make_collection(32)
    fill(collection, unit_vectors(3_000, 32))
    options = SearchOptions(limit=5, exact=True)
    expected = collection.search(ById("r0"), options).hits
    with nonblocking():
        assert collection.search(ById("r0"), options).hits == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "_LONG", 1.0)
        with nonblocking(), pytest.raises(WouldBlock):
            collection.search(ById("r0"), options)


def test_nobody_opens_or_looks_up_without_waiting(engine: Engine) -> None:
    info = engine.collections.create("closed")
    secret = engine.keys.create("tester").secret
    with nonblocking():
        with pytest.raises(WouldBlock):
            engine.collections.open(info.id)
        with pytest.raises(WouldBlock):
            engine.keys.verify(secret)
    engine.collections.open(info.id)
    known = engine.keys.verify(secret)
    with nonblocking():
        assert engine.collections.open(info.id).info.id == info.id
        assert engine.keys.verify(secret) == known


def test_a_reader_is_not_kept_waiting_by_a_writer() -> None:
    lock = ReadWriteLock()
    with lock.writing(), nonblocking(), pytest.raises(WouldBlock), lock.reading():
        pass
    with nonblocking(), lock.reading():
        pass
    with lock.writing():
        pass
