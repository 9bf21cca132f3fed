"""What was forgotten is in no row, no file and no log of the catalog any more."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from photomill import Catalog, CatalogError, Collection, Engine, NotFound
from photomill.collections.store.people import PEOPLE_TABLES
from photomill.components import RecognisedFace
from photomill.images.image import Image
from photomill_people import People

from .conftest import Insert

NAME = "Wilhelmina Aardvark"


@pytest.fixture
def known(collection: Collection, insert: Insert) -> Collection:
    """A collection with three people, one of them named, two sorted by hand, and one on a dropped record."""
    insert(collection, beach=["Anna"], hills=["Ben"], town=["Cleo", "Anna"], lake=["Ben"])
    anna, ben, _ = collection.people.list_all()
    collection.people.name(anna.number, NAME)
    face = collection.people.faces(anna.number)[0]
    collection.people.reject(anna.number, [face.number])
    collection.people.split(ben.number, [collection.people.faces(ben.number)[0].number])
    collection.drop(["lake"])
    return collection


def traces(data_dir: Path) -> dict[str, bytes]:
    """What tells of people in the catalog, as bytes that nothing else has."""
    with sqlite3.connect(data_dir / "catalog.sqlite") as connection:
        faces = connection.execute("SELECT number, vector, crop FROM faces").fetchall()
    connection.close()
    found = {"name": NAME.encode()}
    for number, vector, crop in faces:
        # Three numbers and then zeros; the end of a JPEG file is its pixels.
        found[f"vector {number}"] = vector[:12]
        found[f"crop {number}"] = crop[-100:-2]
    return found


def files_with(data_dir: Path, wanted: bytes) -> list[str]:
    return [
        path.name for path in data_dir.rglob("*") if path.is_file() and wanted in path.read_bytes()
    ]


def rows(data_dir: Path) -> dict[str, int]:
    with sqlite3.connect(data_dir / "catalog.sqlite") as connection:
        counts = {
            table.name: connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
            for table in PEOPLE_TABLES
        }
    connection.close()
    return counts


def test_nothing_is_left_of_people_who_are_forgotten(
    engine: Engine, known: Collection, data_dir: Path
) -> None:
    told = traces(data_dir)
    assert len(told) == 11
    assert all(files_with(data_dir, wanted) for wanted in told.values())
    assert all(rows(data_dir).values())
    assert engine.collections.set_people(known.info.id, False) == 5
    assert [what for what, wanted in told.items() if files_with(data_dir, wanted)] == []
    assert not any(rows(data_dir).values())


def test_the_collection_is_as_if_nobody_had_been_known(
    engine: Engine, known: Collection, insert: Insert
) -> None:
    number = known.people.faces()[0].number
    engine.collections.set_people(known.info.id, False)
    assert not known.info.people
    assert not engine.collections.list_all()[0].people
    assert known.people.list_all() == []
    assert known.facet("people") == []
    assert known.ids({"people": NAME}) == []
    with pytest.raises(NotFound):
        known.people.crop(number)
    insert(known, garden=["Anna"])
    assert known.people.list_all() == []
    assert known.count() == 4


def test_who_was_forgotten_is_a_stranger_when_looked_for_again(
    engine: Engine, known: Collection
) -> None:
    before = {each.number for each in known.people.list_all()}
    engine.collections.set_people(known.info.id, False)
    engine.collections.set_people(known.info.id, True)
    assert known.people.find().faces == 4
    assert not before & {each.number for each in known.people.list_all()}
    assert {each.name for each in known.people.list_all()} == {""}


def test_other_collections_keep_their_people(
    engine: Engine, known: Collection, insert: Insert
) -> None:
    other = engine.collections.open(engine.collections.create("friends", people=True).id)
    insert(other, beach=["Anna"])
    other.people.name(other.people.list_all()[0].number, "Anna")
    engine.collections.set_people(known.info.id, False)
    assert other.facet("people") == [("Anna", 1)]


def test_what_is_deleted_with_a_record_is_overwritten(
    engine: Engine, known: Collection, data_dir: Path
) -> None:
    """The log of SQLite holds copies until it is emptied, as it is when the last process closes the catalog."""
    told = traces(data_dir)
    (face,) = known.people.faces(ids=["hills"])
    known.delete(["hills"])
    engine.close()
    for what in ("vector", "crop"):
        assert files_with(data_dir, told[f"{what} {face.number}"]) == []


@pytest.mark.parametrize("again", [False, True], ids=["and that is all", "and wanted again"])
def test_a_face_that_was_found_before_is_not_entered_after_people_were_forgotten(
    engine: Engine,
    collection: Collection,
    insert: Insert,
    monkeypatch: pytest.MonkeyPatch,
    again: bool,
) -> None:
    recognise = People._recognise

    def forgotten_meanwhile(people: People, image: Image) -> Sequence[RecognisedFace]:
        found = recognise(people, image)
        engine.collections.set_people(collection.info.id, False)
        if again:
            engine.collections.set_people(collection.info.id, True)
        return found

    monkeypatch.setattr(People, "_recognise", forgotten_meanwhile)
    assert insert(collection, beach=["Anna"]).inserted == ["beach"]
    assert collection.people.list_all() == []
    assert collection.people.count_unsearched() == 1


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open("", tmp_path)
    yield opened
    opened.close()


def test_somebody_who_reads_the_log_is_told_of(catalog: Catalog) -> None:
    sa.event.listen(
        catalog.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout = 10")
    )
    catalog.engine.dispose()
    with catalog.snapshot() as reader:
        reader.execute(sa.text("SELECT * FROM people")).all()
        with pytest.raises(CatalogError, match="try again"):
            catalog.erase_deleted(PEOPLE_TABLES)
    catalog.erase_deleted(PEOPLE_TABLES)


def test_postgresql_has_no_row_left(
    open_engine: Callable[..., Engine], empty_postgresql_url: str, insert: Insert
) -> None:
    with open_engine(catalog__url=empty_postgresql_url) as engine:
        collection = engine.collections.open(engine.collections.create("family", people=True).id)
        insert(collection, beach=["Anna"], hills=["Ben", "Anna"])
        anna, _ = collection.people.list_all()
        collection.people.name(anna.number, NAME)
        face = collection.people.faces(anna.number)[0]
        collection.people.reject(anna.number, [face.number])
        assert collection.facet("people") == [(NAME, 1)]
        asked = sa.create_engine(empty_postgresql_url)
        with asked.connect() as connection:
            for table in PEOPLE_TABLES:
                assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()
        engine.collections.set_people(collection.info.id, False)
        with asked.connect() as connection:
            for table in PEOPLE_TABLES:
                assert not connection.execute(
                    sa.select(sa.func.count()).select_from(table)
                ).scalar()
                # Written anew: no page is left that could hold a copy.
                size = connection.execute(sa.text(f"SELECT pg_relation_size('{table.name}')"))
                assert size.scalar() == 0
        asked.dispose()
        assert collection.facet("people") == []


def statistics(connection: sa.Connection) -> str:
    """What PostgreSQL's planner knows of values in the tables of people, but for whose collection they are."""
    query = sa.text(
        "SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats"
        " WHERE tablename IN ('people', 'faces') AND attname IN ('name', 'vector', 'crop')"
    )
    return str(connection.execute(query).all())


def files_of_statistics(connection: sa.Connection) -> bytes:
    """The file that PostgreSQL keeps them in, with what was deleted from it."""
    connection.execute(sa.text("CHECKPOINT"))
    query = sa.text("SELECT pg_read_binary_file(pg_relation_filepath('pg_catalog.pg_statistic'))")
    return bytes(connection.execute(query).scalar_one())


@pytest.mark.parametrize("others", [False, True], ids=["alone", "beside others"])
def test_postgresql_keeps_no_name_or_vector_in_its_statistics(
    open_engine: Callable[..., Engine], empty_postgresql_url: str, insert: Insert, others: bool
) -> None:
    with open_engine(catalog__url=empty_postgresql_url) as engine:
        collection = engine.collections.open(engine.collections.create("family", people=True).id)
        insert(collection, beach=["Anna"], hills=["Ben"], town=["Anna", "Ben"])
        for person, name in zip(collection.people.list_all(), (NAME, "Ben"), strict=True):
            collection.people.name(person.number, name)
        if others:
            other = engine.collections.open(engine.collections.create("friends", people=True).id)
            insert(other, lake=["Cleo"])
            other.people.name(other.people.list_all()[0].number, "Cleo")
        asked = sa.create_engine(empty_postgresql_url, isolation_level="AUTOCOMMIT")
        with asked.connect() as connection:
            connection.execute(sa.text("ANALYZE people, faces"))
            vectors = connection.execute(
                sa.text("SELECT vector FROM faces WHERE collection_id = :id"),
                {"id": collection.info.id},
            ).scalars()
            told = [NAME, *(bytes(vector).hex()[:24] for vector in vectors)]
            known = statistics(connection)
            assert NAME in known
            assert any(each in known for each in told[1:])
            assert NAME.encode() in files_of_statistics(connection)
            engine.collections.set_people(collection.info.id, False)
            known = statistics(connection)
            assert [each for each in told if each in known] == []
            assert NAME.encode() not in files_of_statistics(connection)
            if others:
                assert other.facet("people") == [("Cleo", 1)]
        asked.dispose()


def test_an_external_index_keeps_no_name(
    open_engine: Callable[..., Engine], empty_postgresql_url: str, insert: Insert
) -> None:
    pgvector = {"use": "pgvector", "options": {"url": empty_postgresql_url}}
    with open_engine(indexes__large=pgvector) as engine:
        info = engine.collections.create("family", people=True, index="large")
        collection = engine.collections.open(info.id)
        insert(collection, beach=["Anna"], hills=["Ben"])
        collection.people.name(collection.people.list_all()[0].number, NAME)
        collection.settle()
        asked = sa.create_engine(empty_postgresql_url, isolation_level="AUTOCOMMIT")
        with asked.connect() as connection:
            assert NAME.encode() in files_of_tables(connection)
            engine.collections.set_people(info.id, False)
            assert NAME.encode() not in files_of_tables(connection)
        asked.dispose()
        assert collection.count() == 2


def files_of_tables(connection: sa.Connection) -> bytes:
    """The files of the tables that are no part of PostgreSQL itself."""
    connection.execute(sa.text("CHECKPOINT"))
    query = sa.text(
        "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    return b"".join(bytes(data) for data in connection.execute(query).scalars())
