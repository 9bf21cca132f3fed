"""Collections whose vectors pgvector or Lance holds answer as those in memory do."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy.engine import Connection

from photomill.collections.candidates import Candidate
from photomill.collections.collection import Collection
from photomill.collections.external import candidates, following
from photomill.collections.model import (
    Aggregate,
    ById,
    ByText,
    ByVector,
    NewRecord,
    Query,
    SearchOptions,
    SearchResult,
    TagBlend,
)
from photomill.components import Changes
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import (
    IndexUnavailable,
    InvalidInput,
    NotFound,
    PluginUnavailable,
    Unsupported,
)
from photomill.jobs.model import JobState
from photomill_pgvector import PgvectorIndex
from photomill_pgvector.reading import PgvectorReader

DIMENSION = 16
Both = tuple[Collection, Collection]


on_each_index = pytest.mark.parametrize("kind", ["pgvector", "lance"])
"""For tests that look into no index; those that do are of pgvector, and Lance has its own."""


def open_engine(url: str, data_dir: Path, kind: str = "pgvector") -> Engine:
    """Open an engine; two with the same folder above theirs share an index."""
    options: dict[str, Any] = {"build_from": 1000}
    if kind == "lance":
        pytest.importorskip("lance")
        place = data_dir.parent / "lance"
        place.mkdir(exist_ok=True)
        options = {"place": str(place), "attributes": ["n", "shop"]}
    overrides = {
        "photomill.data_dir": str(data_dir),
        "catalog.url": url,
        "embedders.given": {"use": "vectors", "options": {"dimension": DIMENSION}},
        "indexes.outside": {"use": kind, "options": options},
    }
    return Engine.open(load_settings(environ={}, overrides=overrides))


def records(first: int, count: int) -> list[NewRecord]:
    random = np.random.default_rng(first)
    centres = np.random.default_rng(7).normal(size=(12, DIMENSION))
    vectors = centres[random.integers(12, size=count)] + 0.7 * random.normal(
        size=(count, DIMENSION)
    )
    return [
        NewRecord(
            f"r{number}",
            attributes={
                "n": number,
                "shop": f"s{number % 7}",
                "tags": [f"t{number % 3}", f"t{number % 5}"][: number % 3],
                "product": f"p{number // 4}",
                "parts": [{"name": "a"}, {"name": "b", "count": number % 4}],
            },
            vector=np.asarray(vectors[place], np.float32),
        )
        for place, number in enumerate(range(first, first + count))
    ]


def make(engine: Engine, index: str) -> Collection:
    return engine.collections.open(
        engine.collections.create(index, embedder="given", index=index).id
    )


@pytest.fixture
def kind() -> str:
    return "pgvector"


@pytest.fixture
def engine(empty_postgresql_url: str, tmp_path: Path, kind: str) -> Iterator[Engine]:
    with open_engine(empty_postgresql_url, tmp_path / "a", kind) as engine:
        yield engine


@pytest.fixture
def collection(engine: Engine) -> Collection:
    return make(engine, "outside")


@pytest.fixture(scope="module", params=["pgvector", "lance"])
def both(
    module_postgresql_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Both]:
    """The same 1,500 records outside and in memory; some of those outside are not in the index yet."""
    folder = tmp_path_factory.mktemp("both") / "data"
    with open_engine(module_postgresql_url, folder, request.param) as engine:
        pair = make(engine, "outside"), make(engine, "exact")
        for each in pair:
            each.insert(records(0, 1400))
            each.settle()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine.components.external_index("outside"), "apply", unreachable)
            for each in pair:
                each.insert(records(1400, 100))
                each.update([("r3", {"shop": "moved", "n": -3}), ("r1401", {"shop": "moved"})])
                each.delete(["r5", "r1405"])
                each.drop(["r6"])
            yield pair
            assert pair[0].statistics().pending > 0


def unreachable(*_: object, **__: object) -> None:
    raise IndexUnavailable("not today")


def vector(seed: int) -> ByVector:
    return ByVector(records(seed, 1)[0].vector)  # type: ignore[arg-type]


def hits(result: SearchResult) -> list[tuple[str, float, int | None]]:
    return [(hit.id, hit.distance, hit.group_size) for hit in result.hits]


# ------------------------------------------------------------ the same answers as in memory

FILTERS: list[Any] = [
    None,
    {"shop": "s3"},
    {"shop": "moved"},
    {"n": {"$lt": 20}},
    {"n": {"$gte": 1390}},
    {"tags": {"$in": ["t1"]}},
    {"tags": {"$regex": "^t[12]$"}},
    {"parts.name": "b", "parts.count": {"$gt": 1}},
    {"parts": {"$elemMatch": {"name": "b", "count": 2}}},
    {"$or": [{"shop": "s1"}, {"n": {"$regex": "x"}}]},
    {"shop": {"$ne": "s1"}, "missing": None},
    {"_id": {"$in": ["r1", "r3", "r5", "r1450"]}},
    {"parts.0.name": "a", "n": {"$lt": 50}},
    {"nothing": 1},
]


@pytest.mark.parametrize("filter", FILTERS, ids=str)
def test_filters_let_the_same_through(both: Both, filter: Any) -> None:
    outside, memory = both
    assert outside.count(filter) == memory.count(filter)
    assert outside.ids(filter) == memory.ids(filter)
    assert outside.ids(filter, offset=3, limit=5) == memory.ids(filter, offset=3, limit=5)
    for field in ("shop", "tags", "parts.name", "n", "parts"):
        assert outside.facet(field, filter) == memory.facet(field, filter)
    assert [each.id for each in outside.iterate(filter)] == memory.ids(filter)
    sampled = [record.id for record in outside.sample(20, filter, seed=1)]
    assert len(set(sampled)) == min(20, memory.count(filter))
    assert set(sampled) <= set(memory.ids(filter))
    for order in ("", "n", "_id"):
        listed = outside.listing(filter, order=order, descending=True)
        assert listed.ids == memory.listing(filter, order=order, descending=True).ids


@pytest.mark.parametrize("filter", FILTERS, ids=str)
def test_searches_find_the_same(both: Both, filter: Any) -> None:
    outside, memory = both
    for seed in range(10):
        options = SearchOptions(limit=10, filter=filter)
        mine, exact = outside.search(vector(seed), options), memory.search(vector(seed), options)
        assert hits(mine) == hits(exact)
        assert mine.plan.startswith("external")


@pytest.mark.parametrize(
    "options",
    [
        SearchOptions(limit=40, product_field="product"),
        SearchOptions(limit=12, offset=7, product_field="shop"),
        SearchOptions(limit=5, product_field="tags", filter={"n": {"$lt": 300}}),
        SearchOptions(limit=20, diversity=0.5),
        SearchOptions(limit=20, tags=TagBlend(["T1"], 0.5)),
        SearchOptions(limit=1500),
        SearchOptions(limit=100, offset=1350),
        SearchOptions(limit=0),
    ],
    ids=str,
)
def test_what_a_search_may_ask_for(both: Both, options: SearchOptions) -> None:
    outside, memory = both
    assert hits(outside.search(vector(3), options)) == hits(memory.search(vector(3), options))


@pytest.mark.parametrize("aggregate", list(Aggregate))
def test_several_queries(both: Both, aggregate: Aggregate) -> None:
    outside, memory = both
    queries: list[Query] = [ById("r1"), vector(9), ById("gone"), ById("r1402")]
    asked = SearchOptions(limit=15, filter={"n": {"$gt": 0}})
    assert hits(outside.search(queries, asked, aggregate=aggregate)) == hits(
        memory.search(queries, asked, aggregate=aggregate)
    )


def test_pages_fit_together(both: Both) -> None:
    outside, _ = both
    whole = hits(outside.search(vector(1), SearchOptions(limit=1400)))
    pages = [
        hit
        for offset in range(0, 1400, 70)
        for hit in hits(outside.search(vector(1), SearchOptions(limit=70, offset=offset)))
    ]
    assert pages == whole
    assert len({identity for identity, _, _ in pages}) == 1400


@settings(max_examples=40)
@given(
    st.sampled_from(FILTERS),
    st.sampled_from(FILTERS),
    st.sampled_from(["$and", "$or", "$nor"]),
    st.integers(0, 50),
)
def test_combined_filters(both: Both, one: Any, other: Any, combined: str, seed: int) -> None:
    filter = {combined: [one or {}, {"$nor": [other or {"n": 7}]}]}
    outside, memory = both
    assert outside.count(filter) == memory.count(filter)
    options = SearchOptions(limit=10, filter=filter)
    assert hits(outside.search(vector(seed), options)) == hits(memory.search(vector(seed), options))


def test_records_rank_and_vectors(both: Both) -> None:
    outside, memory = both
    ids = ["r1", "r1403", "r5", "r3", "r6", "r1"]
    assert [each and each.id for each in outside.get(ids)] == [
        each and each.id for each in memory.get(ids)
    ]
    found, expected = outside.vectors(ids), memory.vectors(ids)
    assert found[0] == expected[0]
    assert np.array_equal(found[1], expected[1])
    candidates_ = [Candidate(each) for each in ids]
    assert (
        outside.rank(ById("r7"), candidates_).ranked == memory.rank(ById("r7"), candidates_).ranked
    )
    assert outside.listed(ids[:4]).ids == memory.listed(ids[:4]).ids
    assert outside.has("r3")
    assert not outside.has("r5")


@pytest.mark.parametrize(
    ("what", "ask"),
    [
        ("exact search", lambda it: it.search(vector(1), SearchOptions(exact=True))),
        ("within a radius", lambda it: it.search(vector(1), SearchOptions(radius=5.0))),
        ("near-duplicates", lambda it: it.near_duplicates(ById("r1"))),
        ("near-duplicate pairs", lambda it: it.near_duplicate_pairs()),
        ("clusters", lambda it: it.duplicate_clusters()),
        ("insertion", lambda it: it.insert(records(9000, 1), near_radius=1.0)),
        ("words", lambda it: it.search(ByText("red"))),
    ],
)
def test_what_needs_everything_is_refused_by_name(
    both: Both, what: str, ask: Callable[[Collection], object]
) -> None:
    with pytest.raises(Unsupported, match=f"{what}.*every record in memory.*'(pgvector|lance)'"):
        ask(both[0])


def test_a_collection_tells_whether_it_is_in_memory(both: Both) -> None:
    assert [each.in_memory for each in both] == [False, True]


def test_owners_photos_stay_in_memory(empty_postgresql_url: str, tmp_path: Path) -> None:
    """Their copies are looked for among all of them."""
    overrides = {
        "photomill.data_dir": str(tmp_path),
        "catalog.url": empty_postgresql_url,
        "search.index": "outside",
        "indexes.outside": {"use": "pgvector"},
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        engine.albums.owners.create("Ann")
        assert [info.index for info in engine.collections.list_all()] == ["auto"]
        assert engine.collections.create("other").index == "outside"


def test_pages_end_at_ten_thousand(both: Both) -> None:
    with pytest.raises(InvalidInput, match="at most 10000 together"):
        both[0].search(vector(1), SearchOptions(limit=2, offset=9999))


def test_a_condition_that_lets_too_much_through_is_named(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "_GATHERED", 100)
    monkeypatch.setattr(candidates, "DEPTHS", (50,))
    rare = SearchOptions(limit=10, filter={"shop": {"$regex": "^s3$"}})
    with pytest.raises(Unsupported, match="condition on 'shop' lets through more than 100"):
        both[0].search(vector(1), rare)


# ------------------------------------------------------------ changes


@on_each_index
def test_what_is_acknowledged_is_found_at_once_everywhere(
    engine: Engine, collection: Collection, empty_postgresql_url: str, tmp_path: Path, kind: str
) -> None:
    with open_engine(empty_postgresql_url, tmp_path / "b", kind) as other:
        theirs = other.collections.open(collection.info.id)
        for number in range(40):
            writer, reader = (collection, theirs) if number % 2 else (theirs, collection)
            (new,) = records(number, 1)
            assert writer.insert([new]).inserted == [new.id]
            assert hits(reader.search(ById(new.id), SearchOptions(limit=1))) == [
                (new.id, 0.0, None)
            ]
            assert reader.count() == reader.count({"n": {"$gte": 0}}) == number + 1
        collection.delete(["r3"])
        with pytest.raises(NotFound):
            theirs.search(ById("r3"))
        theirs.update([("r4", {"n": -4})])
        assert collection.ids({"n": {"$lt": 0}}) == ["r4"]
        collection.settle()
        assert theirs.statistics().pending == 0
        assert theirs.ids({"n": {"$lt": 0}}) == ["r4"]


@on_each_index
def test_dropping_and_restoring(collection: Collection) -> None:
    collection.insert(records(0, 30))
    collection.settle()
    assert collection.drop(["r3", "r4"]) == [True, True]
    assert collection.count({"n": {"$lt": 10}}) == 8
    collection.settle()
    assert collection.restore(["r3"]).inserted == ["r3"]
    for _ in range(2):
        assert collection.ids({"n": {"$lt": 10}}) == [f"r{n}" for n in range(10) if n != 4]
        assert collection.search(ById("r3"), SearchOptions(limit=1)).hits[0].id == "r3"
        collection.settle()


@on_each_index
def test_emptying_begins_a_new_index(engine: Engine, collection: Collection) -> None:
    collection.insert(records(0, 30))
    collection.settle()
    assert engine.collections.clear(collection.info.id) == 30
    assert collection.count() == collection.count({"n": {"$gte": 0}}) == 0
    collection.insert(records(20, 5))
    for _ in range(2):
        assert len(collection.search(vector(1)).hits) == 5
        collection.settle()
    index = engine.components.external_index("outside")
    assert index is not None
    names = [following.index_name(collection.info.id, epoch) for epoch in (0, 1)]
    assert [index.applied(name) is None for name in names] == [True, False]
    engine.collections.delete(collection.info.id)
    assert [index.applied(name) for name in names] == [None, None]


@on_each_index
def test_delete_where(collection: Collection) -> None:
    collection.insert(records(0, 50))
    assert len(collection.delete_where({"n": {"$lt": 20}})) == 20
    assert collection.count() == collection.count({"n": {"$gte": 20}}) == 30
    assert [each and each.id for each in collection.pop(["r30", "r1"])] == ["r30", None]


def test_ids_stay_unique_and_limits_hold(engine: Engine) -> None:
    info = engine.collections.create("few", embedder="given", index="outside", max_records=3)
    collection = engine.collections.open(info.id)
    assert collection.insert(records(0, 2)).inserted == ["r0", "r1"]
    report = collection.insert(records(1, 3))
    assert report.inserted == ["r2"]
    assert [skipped.id for skipped in report.skipped] == ["r1", "r3"]


# ------------------------------------------------------------ an index that is away, behind, or lost


def test_inserts_wait_for_an_index_that_is_far_behind(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MOST", 20)
    with monkeypatch.context() as away:
        away.setattr(PgvectorIndex, "apply", unreachable)
        collection.insert(records(0, 25))
        with pytest.raises(IndexUnavailable, match="20 records behind") as raised:
            collection.insert(records(25, 1))
        assert raised.value.seconds > 0
        # Everything that was acknowledged is found all the same, and may be changed.
        assert len(collection.search(vector(1), SearchOptions(limit=30)).hits) == 25
        collection.update([("r1", {"n": 5})])
        collection.delete(["r2"])
    collection.settle()
    assert collection.insert(records(25, 1)).inserted == ["r25"]


def test_imports_wait_for_an_index_that_is_far_behind(
    empty_postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = {
        "photomill.data_dir": str(tmp_path / "data"),
        "catalog.url": empty_postgresql_url,
        "embedders.main": {"use": "descriptor"},
        "indexes.outside": {"use": "pgvector"},
        "images.processes": 1,
    }
    first, second = (tmp_path / name for name in ("first.png", "second.png"))
    for path, colour in ((first, "red"), (second, "blue")):
        Image.new("RGB", (60, 40), colour).save(path)
    monkeypatch.setattr(following, "MOST", 1)
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        info = engine.collections.create("photos", embedder="main", index="outside")
        collection = engine.collections.open(info.id)
        with monkeypatch.context() as away:
            away.setattr(PgvectorIndex, "apply", unreachable)
            assert engine.importing.run(info.id, [first]).inserted == 1
            refusals = refused_inserts(away)
            job = engine.importing.submit(info.id, [second])
            engine.jobs.start()
            assert refusals.get(timeout=60)
        eventually(lambda: engine.jobs.get(job.number).state is JobState.DONE)
        assert engine.importing.report(job.number).inserted == 1
        assert collection.count() == 2


def refused_inserts(patch: pytest.MonkeyPatch) -> SimpleQueue[IndexUnavailable]:
    """What inserts were refused with from now on."""
    refusals: SimpleQueue[IndexUnavailable] = SimpleQueue()
    admit = following.Following.admit

    def told(self: following.Following) -> None:
        try:
            admit(self)
        except IndexUnavailable as error:
            refusals.put(error)
            raise

    patch.setattr(following.Following, "admit", told)
    return refusals


def eventually(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.02)


def test_an_index_that_is_away(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    collection.insert(records(0, 5))
    collection.settle()
    with monkeypatch.context() as away:
        for name in ("reading", "applied", "apply"):
            away.setattr(PgvectorIndex, name, unreachable)
        for ask in (
            lambda: collection.search(vector(1)),
            lambda: collection.count({"n": 1}),
            lambda: collection.facet("n"),
        ):
            with pytest.raises(IndexUnavailable, match="not today"):
                ask()
        assert collection.insert(records(5, 3)).inserted == ["r5", "r6", "r7"]
        assert [each and each.id for each in collection.get(["r1", "r6"])] == ["r1", "r6"]
    assert len(collection.search(vector(1)).hits) == 8


def test_a_lost_index_is_made_again(
    engine: Engine, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.insert(records(0, 1200))
    collection.settle()
    before = hits(collection.search(vector(1)))
    index = engine.components.external_index("outside")
    assert index is not None
    index.drop(following.index_name(collection.info.id, 0))
    # It is small enough to be looked through whole; larger ones say that they are being made.
    assert hits(collection.search(vector(1))) == before
    collection.settle()
    assert collection.statistics().indexed == 1200
    assert hits(collection.search(vector(1))) == before
    monkeypatch.setattr("photomill.collections.external.tail.MOST", 500)
    with monkeypatch.context() as away:
        away.setattr(PgvectorIndex, "apply", unreachable)
        index.drop(following.index_name(collection.info.id, 0))
        with pytest.raises(IndexUnavailable, match="being made"):
            collection.search(vector(1))
    collection.settle()
    assert hits(collection.search(vector(1))) == before


def test_a_catalog_that_was_brought_back_makes_the_index_anew(
    engine: Engine, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.insert(records(0, 30))
    index = engine.components.external_index("outside")
    assert index is not None
    collection.settle()
    name = following.index_name(collection.info.id, 0)
    index.apply(name, Changes((), [1, 2, 3]), 1000)
    with monkeypatch.context() as away:
        away.setattr(PgvectorIndex, "drop", unreachable)
        with pytest.raises(IndexUnavailable, match="made anew"):
            collection.search(vector(1))
        # Nothing is written that could not be told from what the index has applied.
        with pytest.raises(IndexUnavailable, match="made anew") as raised:
            collection.insert(records(30, 1))
        assert raised.value.seconds == 1
        assert not collection.has("r30")
    collection.settle()
    assert len(collection.search(vector(1), SearchOptions(limit=100)).hits) == 30
    assert collection.insert(records(30, 1)).inserted == ["r30"]


# ------------------------------------------------------------ parts that somebody removed


@pytest.fixture
def database(empty_postgresql_url: str) -> Iterator[Connection]:
    """As another user of it."""
    database = sa.create_engine(empty_postgresql_url, isolation_level="AUTOCOMMIT")
    with database.connect() as connection:
        yield connection
    database.dispose()


def table_of(collection: Collection, epoch: int = 0) -> str:
    return f"photomill_vectors_{following.index_name(collection.info.id, epoch)}"


@pytest.mark.parametrize("lost", ["vectors", "states"])
def test_a_lost_table_heals(collection: Collection, database: Connection, lost: str) -> None:
    collection.insert(records(0, 30))
    collection.settle()
    table = {"vectors": table_of(collection), "states": "photomill_indexes"}[lost]
    database.execute(sa.text(f"DROP TABLE {table}"))
    for ask in (collection.statistics, collection.settle):
        with suppress(IndexUnavailable):
            ask()
    collection.settle()
    assert collection.statistics().indexed == 30
    assert collection.count({"n": {"$lt": 5}}) == 5


def test_a_table_that_is_lost_in_mid_search(
    collection: Collection, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.insert(records(0, 30))
    collection.settle()
    search = PgvectorReader.search

    def lost(*arguments: Any, **options: Any) -> Any:
        database.execute(sa.text(f"DROP TABLE {table_of(collection)}"))
        return search(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(PgvectorReader, "search", lost)
        with pytest.raises(IndexUnavailable, match="table of the index is gone"):
            collection.search(vector(1))
    assert len(collection.search(vector(1)).hits) == 30


def test_a_connection_that_breaks_in_mid_search(
    collection: Collection, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.insert(records(0, 30))
    collection.settle()
    search = PgvectorReader.search

    def broken(*arguments: Any, **options: Any) -> Any:
        database.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE '%indisvalid%' AND pid <> pg_backend_pid()"
            )
        )
        return search(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(PgvectorReader, "search", broken)
        with pytest.raises(IndexUnavailable, match="database failed"):
            collection.search(vector(1))
    assert len(collection.search(vector(1)).hits) == 30


def test_another_process_empties_what_is_being_applied(
    engine: Engine,
    collection: Collection,
    empty_postgresql_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It goes on with the new index, and stops only where the collection itself is gone."""
    apply = PgvectorIndex.apply
    emptied = Event()
    with open_engine(empty_postgresql_url, tmp_path / "b") as other:
        theirs = other.collections.open(collection.info.id)
        mine = engine.components.external_index("outside")

        def emptied_before(self: PgvectorIndex, name: str, *arguments: Any) -> None:
            if self is mine and not emptied.is_set():
                other.collections.clear(collection.info.id)
                theirs.settle()
                emptied.set()
            apply(self, name, *arguments)

        monkeypatch.setattr(PgvectorIndex, "apply", emptied_before)
        collection.insert(records(0, 5))
        assert emptied.wait(60)
    collection.insert(records(5, 5))
    eventually(lambda: collection.statistics().indexed == 5)


# ------------------------------------------------------------ looking after the index


def graphs(collection: Collection, database: Connection) -> list[tuple[str, bool]]:
    """The collection's graphs, and whether they can be asked."""
    found = database.execute(
        sa.text(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid "
            "WHERE indrelid = to_regclass(:table) AND relname LIKE '%graph%'"
        ),
        {"table": table_of(collection)},
    )
    return [(name, valid) for name, valid in found]


@pytest.mark.parametrize("largest", [4000, DIMENSION - 1])
def test_what_is_deleted_is_vacuumed_without_a_graph(
    collection: Collection, database: Connection, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    """Where records are few, and where vectors have more dimensions than a graph takes."""
    monkeypatch.setattr("photomill_pgvector.tending.LARGEST_DIMENSION", largest)
    monkeypatch.setattr("photomill_pgvector.tending._FEW_DEAD", 20)
    collection.insert(records(0, 50))
    collection.settle()
    collection.delete([f"r{number}" for number in range(40)])
    collection.settle()
    vacuumed = sa.text(
        "SELECT count(*) FROM pg_stat_user_tables WHERE relname = :table AND vacuum_count > 0"
    )
    eventually(
        lambda: database.execute(vacuumed, {"table": table_of(collection)}).scalar_one() == 1
    )
    assert graphs(collection, database) == []


def test_changes_are_applied_while_a_graph_is_built(
    empty_postgresql_url: str, tmp_path: Path, database: Connection
) -> None:
    """And neither they nor the end of the process wait for the build."""
    with open_engine(empty_postgresql_url, tmp_path / "a") as engine:
        collection = make(engine, "outside")
        collection.insert(records(0, 900))
        collection.settle()
        # A build waits for the ends of such transactions.
        holder = database.engine.connect().execution_options(isolation_level="READ COMMITTED")
        with holder, holder.begin():
            holder.execute(sa.text(f"LOCK TABLE {table_of(collection)} IN ROW EXCLUSIVE MODE"))
            collection.insert(records(900, 200))
            eventually(lambda: len(graphs(collection, database)) == 1)
            assert not graphs(collection, database)[0][1]
            collection.insert(records(1100, 100))
            eventually(lambda: collection.statistics().pending == 0)
            closing = Thread(target=engine.close)
            closing.start()
            closing.join(30)
            assert not closing.is_alive()
    with open_engine(empty_postgresql_url, tmp_path / "a") as engine:
        collection = engine.collections.open(collection.info.id)
        collection.settle()
        name = f"photomill_graph_{following.index_name(collection.info.id, 0)}"
        assert graphs(collection, database) == [(name, True)]
        # A new graph takes the place of a worn one.
        collection.delete([f"r{number}" for number in range(1100)])
        before = database.execute(sa.text(f"SELECT '{name}'::regclass::oid")).scalar_one()
        collection.settle()
        assert graphs(collection, database) == [(name, True)]
        assert database.execute(sa.text(f"SELECT '{name}'::regclass::oid")).scalar_one() != before
        assert len(collection.search(vector(1), SearchOptions(limit=200)).hits) == 100


def test_dropping_an_index_breaks_its_build_off(
    engine: Engine, collection: Collection, database: Connection
) -> None:
    index = engine.components.external_index("outside")
    assert index is not None
    collection.insert(records(0, 900))
    collection.settle()
    # A build waits for the ends of all that look at an earlier moment.
    holder = database.engine.connect().execution_options(isolation_level="REPEATABLE READ")
    with holder, holder.begin():
        holder.execute(sa.text("SELECT count(*) FROM pg_class"))
        collection.insert(records(900, 200))
        eventually(lambda: len(graphs(collection, database)) == 1)
        name = following.index_name(collection.info.id, 0)
        dropping = Thread(target=index.drop, args=[name])
        dropping.start()
        dropping.join(30)
        assert not dropping.is_alive()


def test_dropping_takes_locks_as_applying_does(
    engine: Engine, collection: Collection, database: Connection
) -> None:
    index = engine.components.external_index("outside")
    assert index is not None
    collection.insert(records(0, 5))
    collection.settle()
    name = following.index_name(collection.info.id, 0)
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    applying = database.engine.connect().execution_options(isolation_level="READ COMMITTED")
    with applying:
        with applying.begin():
            applying.execute(sa.text("SELECT 1 FROM photomill_indexes FOR UPDATE"))
            dropping = Thread(target=index.drop, args=[name])
            dropping.start()
            eventually(lambda: database.execute(waiting).scalar_one() > 0)
            applying.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
            applying.execute(sa.text(f"DELETE FROM {table_of(collection)}"))
        dropping.join(30)
        assert not dropping.is_alive()


def test_without_postgresql_it_says_what_it_needs(tmp_path: Path) -> None:
    overrides = {
        "photomill.data_dir": str(tmp_path),
        "embedders.given": {"use": "vectors", "options": {"dimension": DIMENSION}},
        "indexes.outside": {"use": "pgvector"},
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        info = engine.collections.create("a", embedder="given", index="outside")
        with pytest.raises(PluginUnavailable, match="needs PostgreSQL"):
            engine.collections.open(info.id)
        assert make(engine, "exact").count() == 0
