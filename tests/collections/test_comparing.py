"""Jobs that compare all records of a collection whose vectors an external index holds find what is found in memory."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from photomill import (
    ById,
    BytesSource,
    Collection,
    DuplicateKind,
    Engine,
    InvalidInput,
    JobState,
    NewRecord,
    NotFound,
    Unsupported,
    load_settings,
)
from photomill.collections import comparing
from photomill.collections.store.passes import PassTable, SerialPair
from photomill.testing.scenes import scene

DIMENSION = 16
RADIUS = 12.0
FILTER = {"n": {"$lt": 150}}


@pytest.fixture(params=["pgvector", "lance"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    url = request.getfixturevalue("empty_postgresql_url")
    index = {"use": "pgvector", "options": {"build_from": 1000}}
    if request.param == "lance":
        pytest.importorskip("lance")
        (tmp_path / "lance").mkdir()
        place = {"place": str(tmp_path / "lance"), "attributes": ["n"]}
        index = {"use": "lance", "options": place}
    return {
        "photomill.data_dir": str(tmp_path / "data"),
        "catalog.url": url,
        "embedders.main": {"use": "descriptor"},
        "embedders.given": {"use": "vectors", "options": {"dimension": DIMENSION}},
        "indexes.outside": index,
        "jobs.lease": 1.0,
        "jobs.retry_delay": 0.01,
    }


@pytest.fixture
def engine(settings: dict[str, Any]) -> Iterator[Engine]:
    with Engine.open(load_settings(environ={}, overrides=settings)) as engine:
        yield engine


Both = tuple[Collection, Collection]


def both_of(engine: Engine, embedder: str) -> Both:
    """An empty collection outside, and one in memory."""
    outside, memory = (
        engine.collections.open(engine.collections.create(index, embedder=embedder, index=index).id)
        for index in ("outside", "exact")
    )
    return outside, memory


def vectors(first: int, count: int) -> list[NewRecord]:
    """Records of which many are near others, and some have the very vectors of others."""
    random = np.random.default_rng(first)
    centres = np.random.default_rng(7).normal(size=(40, DIMENSION))
    chosen = random.integers(40, size=count)
    near = 0.05 * random.normal(size=(count, DIMENSION))
    near[random.random(count) < 0.2] = 0.0
    return [
        NewRecord(
            f"r{number:05}",
            attributes={"n": number},
            vector=np.asarray(centres[chosen[place]] + near[place], np.float32),
        )
        for place, number in enumerate(range(first, first + count))
    ]


@pytest.fixture
def both(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Both:
    """The same 400 records outside and in memory, compared in five parts."""
    monkeypatch.setattr(comparing, "_PART_RECORDS", 100)
    pair = both_of(engine, "given")
    for each in pair:
        each.insert(vectors(0, 400))
    pair[0].settle()
    return pair


def compare(engine: Engine, collection: Collection, **options: Any) -> None:
    assert engine.comparing.run(collection.info.id, **options)


def agree(pair: Both, **options: Any) -> None:
    """Both find the same pairs and clusters."""
    found, expected = (each.near_duplicate_pairs(clusters=True, **options) for each in pair)
    assert len(expected.pairs) > 10
    assert found == expected
    for kind in (DuplicateKind.NEAR, DuplicateKind.SIMILAR):
        shown, expected_clusters = (each.duplicate_clusters(kind=kind, **options) for each in pair)
        assert [
            ([record.id for record in each.records], each.keep and each.keep.id, each.distance)
            for each in shown.clusters
        ] == [
            ([record.id for record in each.records], each.keep and each.keep.id, each.distance)
            for each in expected_clusters.clusters
        ]
        assert shown.counts == expected_clusters.counts


def test_a_job_finds_what_is_found_in_memory(engine: Engine, both: Both) -> None:
    outside, _ = both
    for ask in (outside.near_duplicate_pairs, outside.duplicate_clusters):
        with pytest.raises(Unsupported, match=r"every record in memory.*'find_duplicates'"):
            ask(radius=RADIUS)
    # Some are in the index, and some came since.
    for each in both:
        each.insert(vectors(400, 50))
        each.delete(["r00003", "r00401"])
    compare(engine, outside, radius=RADIUS)
    agree(both, radius=RADIUS)
    with pytest.raises(Unsupported):
        outside.near_duplicate_pairs(radius=RADIUS, filter=FILTER)
    compare(engine, outside, radius=RADIUS, filter=FILTER)
    agree(both, radius=RADIUS, filter=FILTER)
    agree(both, radius=RADIUS)
    whole = outside.near_duplicate_pairs(radius=RADIUS)
    pages = [outside.near_duplicate_pairs(radius=RADIUS, offset=at, limit=7) for at in (0, 7)]
    assert [*pages[0].pairs, *pages[1].pairs] == list(whole.pairs)[:14]


def test_what_is_deleted_or_comes_later(engine: Engine, both: Both) -> None:
    outside, memory = both
    compare(engine, outside, radius=RADIUS)
    first = memory.near_duplicate_pairs(radius=RADIUS).pairs[0].first
    for each in both:
        assert each.drop([first]) == [True]
    agree(both, radius=RADIUS)
    for each in both:
        each.restore([first])
    agree(both, radius=RADIUS)
    outside.insert(vectors(500, 9))
    assert outside.near_duplicate_pairs(radius=RADIUS).newer == 9
    assert outside.duplicate_clusters(radius=RADIUS).newer == 9
    memory.insert(vectors(500, 9))
    compare(engine, outside, radius=RADIUS)
    agree(both, radius=RADIUS)
    engine.collections.clear(outside.info.id)
    with pytest.raises(Unsupported):
        outside.near_duplicate_pairs(radius=RADIUS)


def test_records_that_go_while_they_are_compared_are_left_out(
    engine: Engine, both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts before and after a deletion fit together, also where the copies are of unlike moments."""
    outside, _ = both
    gone = [f"r{number:05}" for number in range(0, 400, 3)]
    copies = comparing._Copies.of

    def fresh(self: Any, job: int, make: Callable[[], Any]) -> Any:
        self.let_go()
        return copies(self, job, make)

    put, parts = PassTable.put, []

    def deleting(self: PassTable, job: int, part: int, pairs: Any) -> None:
        put(self, job, part, pairs)
        parts.append(part)
        if len(parts) == 2:
            for each in both:
                each.delete(gone)

    monkeypatch.setattr(comparing._Copies, "of", fresh)
    monkeypatch.setattr(PassTable, "put", deleting)
    compare(engine, outside, radius=RADIUS)
    assert len(parts) == 6
    agree(both, radius=RADIUS)


def test_more_vectors_than_are_copied_are_searched_for_neighbours(
    engine: Engine, both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, memory = both
    monkeypatch.setattr(comparing, "_SEARCHED", 90)
    few = evolve(engine.settings.search, compared_bytes=1000)
    monkeypatch.setattr(engine.comparing, "_settings", few)
    compare(engine, outside, radius=RADIUS, filter=FILTER)
    found = outside.near_duplicate_pairs(radius=RADIUS, filter=FILTER)
    assert found.approximate
    assert outside.duplicate_clusters(radius=RADIUS, filter=FILTER).approximate
    expected = memory.near_duplicate_pairs(radius=RADIUS, filter=FILTER)
    assert (found.pairs, found.total) == (expected.pairs, expected.total)


def test_copies_outside_the_radius_are_found(engine: Engine) -> None:
    pair = both_of(engine, "main")
    images = []
    for number in range(4):
        image = scene(number, 320, 240)
        images += [
            image,
            image.resize((160, 120)),
            image.convert("L"),
            image.rotate(90, expand=True),
        ]
    for each in pair:
        each.insert(
            [
                NewRecord(f"p{place}", BytesSource(encoded(image)))
                for place, image in enumerate(images)
            ]
        )
    compare(engine, pair[0], radius=8.0)
    agree(pair, radius=8.0)
    review = [record.id for record in pair[1].duplicate_clusters(radius=8.0).clusters[0].records]
    for each in pair:
        each.keep_all(review)
    agree(pair, radius=8.0)


def encoded(image: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=90)
    return written.getvalue()


WORKS = """
import json, sys, threading
from photomill import Engine, load_settings
from photomill.collections import comparing
from photomill.collections.store.passes import PassTable, SerialPair

overrides, number = json.loads(sys.argv[1]), int(sys.argv[2])
put = PassTable.put

def hang(self, job, part, pairs):
    if part == 2:
        print("stuck", flush=True)
        threading.Event().wait()
    put(self, job, part, pairs)

PassTable.put = hang
with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
    with engine.jobs.working_on(number):
        engine.jobs.wait(number, 600)
"""


def test_a_worker_that_is_killed_is_followed_by_another(
    engine: Engine,
    settings: dict[str, Any],
    both: Both,
    monkeypatch: pytest.MonkeyPatch,
    wait_until: Callable[[Callable[[], object]], None],
) -> None:
    outside, _ = both
    job = engine.comparing.submit(outside.info.id, radius=RADIUS)
    assert engine.comparing.submit(outside.info.id, radius=RADIUS).number == job.number
    found = engine.comparing.job_of(outside.info.id)
    assert found is not None
    assert found.number == job.number
    given = json.dumps(
        {**settings, "executors.main": {"use": "workers", "options": {"threads": 1}}}
    )
    with subprocess.Popen(
        [sys.executable, "-c", WORKS, given, str(job.number)], stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "stuck\n"
        # What was not noted when a worker ends is done again.
        wait_until(lambda: engine.jobs.get(job.number).progress.done == 2)
        worker.kill()
    put, parts = PassTable.put, []

    def counted(self: PassTable, job: int, part: int, pairs: Any) -> None:
        parts.append(part)
        put(self, job, part, pairs)

    monkeypatch.setattr(PassTable, "put", counted)
    compare(engine, outside, radius=RADIUS)
    assert engine.jobs.get(job.number).state is JobState.DONE
    assert 2 in parts
    assert not {0, 1} & set(parts)
    agree(both, radius=RADIUS)


def test_what_was_not_ended_is_removed(engine: Engine, both: Both) -> None:
    outside, _ = both
    passes = PassTable(engine._catalog, outside.info.id)
    job = engine.comparing.submit(outside.info.id, radius=RADIUS)
    passes.put(job.number, 0, [SerialPair(1, 2, 0.5, "near")])
    assert engine.jobs.cancel(job.number).state is JobState.CANCELLED
    assert passes.pairs(job.number, 10) != []
    compare(engine, outside, radius=RADIUS)
    assert passes.pairs(job.number, 10) == []


def test_what_cannot_be_compared_by_a_job(engine: Engine, both: Both) -> None:
    outside, memory = both
    with pytest.raises(Unsupported, match="in memory"):
        engine.comparing.submit(memory.info.id)
    with pytest.raises(NotFound):
        engine.comparing.submit("no such")
    with pytest.raises(InvalidInput):
        engine.comparing.submit(outside.info.id, radius=-1.0)
    with pytest.raises(InvalidInput):
        engine.comparing.submit(outside.info.id, filter={"$no": 1})
    with pytest.raises(Unsupported):
        outside.near_duplicates(ById("r00001"))
