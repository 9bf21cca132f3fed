"""Bringing a collection to the present version of its embedder: nothing is lost, and it is served all the while."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from photomill.collections.collection import Collection
from photomill.collections.model import ById, NewRecord, SearchOptions
from photomill.engine import Engine
from photomill.errors import Conflict, Unsupported
from photomill_efficientnet.projection import DIMENSION

Showing = Callable[..., NDArray[np.float32]]
NAMES = ("tabby", "beagle", "banjo", "acoustic guitar", "minivan", "cab")


@pytest.fixture
def filled(former: Collection, showing: Showing) -> Collection:
    former.insert([NewRecord(each, None, {"n": len(each)}, showing(each)) for each in NAMES])
    former.drop(["cab"])
    return former


def nearest(collection: Collection, record_id: str) -> list[str]:
    options = SearchOptions(limit=10, exact=True)
    return [hit.id for hit in collection.search(ById(record_id), options).hits]


def test_vectors_become_just_those_of_the_present_version(
    engine: Engine, filled: Collection
) -> None:
    info = filled.info
    ids, former = filled.vectors(NAMES)
    seen: list[int] = []
    report = engine.reembedding.run(info.id, progress=seen.append)
    assert (report.records, report.stopped) == (6, False)
    assert seen
    collection = engine.collections.open(info.id)
    assert collection.info.dimension == DIMENSION
    assert engine.reembedding.is_current(info.id)
    same, vectors = collection.vectors(NAMES)
    embedder = engine.components.embedder("main")
    assert same == ids
    assert np.array_equal(vectors, embedder.convert(former, info.fingerprint))


def test_records_stay_as_they_were(engine: Engine, filled: Collection) -> None:
    before = filled.get(NAMES)
    engine.reembedding.run(filled.info.id)
    collection = engine.collections.open(filled.info.id)
    assert collection.get(NAMES) == before
    assert collection.ids() == list(NAMES[:5])
    assert nearest(collection, "banjo")[0] == "banjo"
    assert collection.ids({"concepts": "cat"}) == ["tabby"]


def test_a_dropped_record_comes_back_with_a_vector_of_the_present_version(
    engine: Engine, filled: Collection
) -> None:
    engine.reembedding.run(filled.info.id)
    collection = engine.collections.open(filled.info.id)
    assert collection.restore(["cab"]).inserted == ["cab"]
    assert collection.vectors(["cab"])[1].shape == (1, DIMENSION)


def test_whoever_has_it_open_is_told_and_opens_it_anew(
    engine: Engine, filled: Collection, reopen: Callable[[], Engine], showing: Showing
) -> None:
    with reopen() as other:
        elsewhere = other.collections.open(filled.info.id)
        assert nearest(elsewhere, "tabby")[0] == "tabby"
        engine.reembedding.run(filled.info.id)
        with pytest.raises(Conflict, match="open it again"):
            elsewhere.insert([NewRecord("late", vector=showing("tabby"))])
        with pytest.raises(Conflict, match="open it again"):
            nearest(elsewhere, "tabby")
        anew = other.collections.open(filled.info.id)
        assert nearest(anew, "tabby")[0] == "tabby"
        assert anew.info.dimension == DIMENSION


def test_a_cancelled_job_leaves_the_collection_as_it_was(
    engine: Engine, filled: Collection
) -> None:
    job = engine.reembedding.submit(filled.info.id)
    assert engine.reembedding.submit(filled.info.id).number == job.number
    engine.jobs.cancel(job.number)
    assert not engine.reembedding.is_current(filled.info.id)
    assert nearest(filled, "tabby")[0] == "tabby"
    assert engine.reembedding.submit(filled.info.id).number != job.number


def test_what_was_converted_before_is_kept_and_what_is_of_another_version_is_not(
    engine: Engine, filled: Collection, tmp_path: Path
) -> None:
    info = filled.info
    embedder = engine.components.embedder("main")
    _, former = filled.vectors(["tabby", "beagle"])
    marked = embedder.convert(former, info.fingerprint)[::-1].copy()
    with closing(sqlite3.connect(tmp_path / "data" / "catalog.sqlite")) as catalog, catalog:
        serials = dict(catalog.execute("SELECT id, serial FROM records").fetchall())
        for record_id, fingerprint, vector in (
            ("tabby", embedder.fingerprint, marked[0]),
            ("beagle", "older", marked[1]),
        ):
            catalog.execute(
                "INSERT INTO converted_vectors VALUES (?, ?, ?, ?)",
                (serials[record_id], info.id, fingerprint, vector.tobytes()),
            )
    assert engine.reembedding.run(info.id).records == 6
    _, vectors = engine.collections.open(info.id).vectors(["tabby", "beagle"])
    assert np.array_equal(vectors, np.stack([marked[0], marked[0]]))


def test_what_is_inserted_meanwhile_is_converted_too(
    engine: Engine, filled: Collection, showing: Showing
) -> None:
    job = engine.reembedding.submit(filled.info.id)
    filled.insert([NewRecord("late", vector=showing("mosque"))])
    filled.delete(["banjo"])
    with engine.jobs.working_on(job.number):
        assert engine.jobs.wait(job.number, 60).result == {"records": 6}
    collection = engine.collections.open(filled.info.id)
    assert collection.ids() == ["tabby", "beagle", "acoustic guitar", "minivan", "late"]
    assert collection.vectors(["late"])[1].shape == (1, DIMENSION)


def test_a_collection_of_the_present_version_is_left_alone(engine: Engine) -> None:
    info = engine.collections.create("new")
    collection = engine.collections.open(info.id)
    assert engine.reembedding.run(info.id).records == 0
    assert engine.jobs.list_jobs(kind="reembed") == []
    assert collection.count() == 0


def test_vectors_that_cannot_be_converted_are_refused(engine: Engine, tmp_path: Path) -> None:
    info = engine.collections.create("plain", embedder="color")
    with closing(sqlite3.connect(tmp_path / "data" / "catalog.sqlite")) as catalog, catalog:
        catalog.execute("UPDATE collections SET fingerprint = 'older' WHERE id = ?", (info.id,))
    with pytest.raises(Unsupported, match="cannot convert vectors of 'older'"):
        engine.reembedding.run(info.id)
