"""Collections that are opened, deleted and closed while others go on."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from photomill.collections.collection import Collection
from photomill.collections.indexing import Indexing
from photomill.collections.model import NewRecord
from photomill.collections.resident import Resident
from photomill.collections.snapshot import SnapshotFolder
from photomill.components.index import VectorIndex
from photomill.engine import Engine
from photomill.errors import Conflict, NotFound
from photomill.plugins import Components
from photomill_exact import ExactIndex

MakeCollection = Callable[..., Collection]


class Gate:
    """Holds whoever comes to it until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._opened = threading.Event()

    def open(self) -> None:
        self._opened.set()

    def hold(self) -> None:
        self.reached.set()
        assert self._opened.wait(60)


def records(count: int) -> list[NewRecord]:
    vectors = np.random.default_rng(0).normal(size=(count, 8)).astype(np.float32)
    return [NewRecord(f"{row}", vector=vector) for row, vector in enumerate(vectors)]


def held(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> Gate:
    """Hold the first call of a method."""
    gate, method = Gate(), getattr(owner, name)
    first = threading.Lock()

    def hold(self: object, *arguments: object) -> object:
        if first.acquire(blocking=False):
            gate.hold()
        return method(self, *arguments)

    monkeypatch.setattr(owner, name, hold)
    return gate


def test_a_collection_that_loads_keeps_no_other_waiting(
    reopen: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    with reopen() as engine, ThreadPoolExecutor(1) as thread:
        large, small, open_already = (
            engine.collections.create(name, embedder="vectors8").id for name in "abc"
        )
        engine.collections.open(open_already)
        gate = held(monkeypatch, SnapshotFolder, "load")
        opening = thread.submit(engine.collections.open, large)
        try:
            assert gate.reached.wait(60)
            assert engine.collections.open(small).count() == 0
            names = {collection.info.id for collection in engine.collections.opened()}
            assert names == {small, open_already}
        finally:
            gate.open()
        assert opening.result(60) is engine.collections.open(large)


def test_a_collection_is_opened_once(reopen: Callable[[], Engine]) -> None:
    with reopen() as engine, ThreadPoolExecutor(8) as threads:
        wanted = engine.collections.create("a", embedder="vectors8").id
        opened = list(threads.map(engine.collections.open, [wanted] * 8))
        assert len({id(collection) for collection in opened}) == 1


def test_what_was_closed_opens_nothing(reopen: Callable[[], Engine]) -> None:
    with reopen() as engine:
        wanted = engine.collections.create("a", embedder="vectors8").id
        engine.collections.close()
        with pytest.raises(Conflict, match="closed"):
            engine.collections.open(wanted)


@pytest.mark.parametrize(
    ("owner", "method"), [(ExactIndex, "_build"), (SnapshotFolder, "_publish")]
)
def test_a_collection_deleted_during_a_build_leaves_nothing(
    reopen: Callable[[], Engine],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    method: str,
) -> None:
    made: list[ExactIndex] = []
    closed: list[ExactIndex] = []
    build = ExactIndex.build

    def noted(self: ExactIndex, vectors: np.ndarray) -> None:
        made.append(self)
        build(self, vectors)

    monkeypatch.setattr(ExactIndex, "build", noted)
    monkeypatch.setattr(ExactIndex, "close", lambda self: closed.append(self))
    with reopen() as engine, ThreadPoolExecutor(1) as thread:
        collection = engine.collections.open(
            engine.collections.create("a", embedder="vectors8", index="exact").id
        )
        gate = held(monkeypatch, owner, method)
        collection.insert(records(6000))
        assert gate.reached.wait(60)
        deleting = thread.submit(engine.collections.delete, collection.info.id)
        while engine.collections.named("a"):
            pass
        gate.open()
        deleting.result(60)
        engine.collections.close()
        assert indexing_of(collection).described == ("", 0)
        assert {id(index) for index in made} <= {id(index) for index in closed}
        assert not (tmp_path / "data" / "indexes" / collection.info.id).exists()
        with pytest.raises(NotFound):
            collection.count()


def test_a_larger_index_is_built_once(
    make_collection: MakeCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    new_index = Components.new_index

    def noted(self: Components, instance: str) -> VectorIndex:
        made.append(instance)
        return new_index(self, instance)

    monkeypatch.setattr(Components, "new_index", noted)
    collection = make_collection()
    everything = records(12_000)
    collection.insert(everything[:8000])
    collection.settle()
    collection.insert(everything[8000:])
    collection.settle()
    assert made.count("large") == 1
    assert collection.statistics().indexed == 12_000


def test_changes_after_the_end_raise_nothing(make_collection: MakeCollection) -> None:
    collection = make_collection()
    indexing = indexing_of(collection)
    indexing.close()
    indexing._background.shutdown(wait=True)
    assert len(collection.insert(records(3000)).inserted) == 3000
    indexing._rested()
    assert indexing.described == ("", 0)


def indexing_of(collection: Collection) -> Indexing:
    assert isinstance(collection._backend, Resident)
    return collection._backend._indexing
