"""Collections whose vectors are converted while something is imported into them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from photomill import (
    Collection,
    Engine,
    FolderChanges,
    FolderWatch,
    ImportOptions,
    InsertReport,
    find_images,
    import_images,
    load_settings,
)
from photomill.errors import CollectionOutdated
from photomill_efficientnet.projection import DIMENSION
from photomill_lite0.graph import FEATURES
from photomill_lite0.weights import SHA256

from .conftest import draw

Convert = Callable[[], None]
WaitUntil = Callable[[Callable[[], bool]], None]


@pytest.fixture
def open_engine(tmp_path: Path) -> Callable[[], Engine]:
    """Open an engine with the default embedder over one data folder, as often as need be."""
    overrides = {"photomill.data_dir": str(tmp_path / "data"), "jobs.retry_delay": 0.01}
    return lambda: Engine.open(load_settings(environ={}, overrides=overrides))


@pytest.fixture
def engine(open_engine: Callable[[], Engine]) -> Iterator[Engine]:
    with open_engine() as engine:
        yield engine


@pytest.fixture
def collection(engine: Engine, tmp_path: Path) -> Collection:
    """A collection of version 1 of the embedder."""
    info = engine.collections.create("test")
    with closing(sqlite3.connect(tmp_path / "data" / "catalog.sqlite")) as catalog, catalog:
        catalog.execute(
            "UPDATE collections SET fingerprint = ?, dimension = ? WHERE id = ?",
            (f"efficientnet-lite0-{SHA256[:16]}-1", FEATURES, info.id),
        )
    return engine.collections.open(info.id)


@pytest.fixture
def convert(collection: Collection, open_engine: Callable[[], Engine]) -> Convert:
    """Convert the collection, as another process does it."""

    def converted() -> None:
        with open_engine() as other:
            other.reembedding.run(collection.info.id)

    return converted


@pytest.fixture
def convert_at_insert(convert: Convert, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Have the collection converted just before the insert of a number."""

    def chosen(number: int) -> None:
        insert = Collection.insert
        calls: list[Any] = []

        def convert_and_insert(*given: Any, **named: Any) -> InsertReport:
            calls.append(given)
            if len(calls) == number:
                convert()
            return insert(*given, **named)

        monkeypatch.setattr(Collection, "insert", convert_and_insert)

    return chosen


@pytest.mark.parametrize("number", [1, 3])
def test_an_import_goes_on_where_its_collection_is_converted(
    engine: Engine,
    collection: Collection,
    folder: Path,
    convert_at_insert: Callable[[int], None],
    number: int,
) -> None:
    convert_at_insert(number)
    report = engine.importing.run(collection.info.id, [folder], ImportOptions(batch=4), unit=10)
    assert (report.failures, report.seen) == ([], 10)
    anew = engine.collections.open(collection.info.id)
    assert anew.count() == 10
    assert anew.vectors(anew.ids())[1].shape == (10, DIMENSION)


def test_a_watch_goes_on_where_its_collection_is_converted(
    engine: Engine, collection: Collection, folder: Path, convert: Convert, wait_until: WaitUntil
) -> None:
    import_images(collection, find_images([folder]))
    told: list[FolderChanges] = []
    stopping = Event()
    thread = Thread(
        target=engine.importing.watch,
        args=(collection.info.id, [folder]),
        kwargs={"pause": 0.01, "told": told.append, "stop": stopping.is_set},
    )
    thread.start()
    try:
        draw(folder / "first.png", 77)
        wait_until(lambda: len(told) == 1)
        convert()
        (folder / "0" / "4.png").unlink()
        wait_until(lambda: ["0/4.png"] in [each.removed for each in told])
        draw(folder / "second.png", 78)
        wait_until(lambda: sum(each.report.inserted for each in told) == 2)
    finally:
        stopping.set()
        thread.join()
    anew = engine.collections.open(collection.info.id)
    assert anew.get(["0/4.png"]) == [None]
    assert anew.vectors(["first.png", "second.png"])[1].shape == (2, DIMENSION)


def test_a_watch_begins_with_a_collection_that_was_converted_since_it_was_opened(
    engine: Engine, collection: Collection, folder: Path, convert: Convert
) -> None:
    convert()
    told: list[FolderChanges] = []
    engine.importing.watch(
        collection.info.id, [folder], pause=0.01, told=told.append, stop=lambda: bool(told)
    )
    assert told[0].report.inserted == 10


def test_what_is_gone_is_dropped_once_the_collection_is_opened_anew(
    engine: Engine, collection: Collection, folder: Path, convert: Convert
) -> None:
    import_images(collection, find_images([folder]))
    watch = FolderWatch(collection, [folder])
    convert()
    (folder / "0" / "4.png").unlink()
    assert not watch.look()
    with pytest.raises(CollectionOutdated, match="open it again"):
        watch.look()
    assert collection.outdated
    watch.go_on_with(engine.collections.open(collection.info.id))
    assert not watch.look()
    assert watch.look().removed == ["0/4.png"]


def test_a_record_is_made_anew_though_its_collection_is_converted_while_it_is(
    engine: Engine,
    collection: Collection,
    folder: Path,
    convert_at_insert: Callable[[int], None],
) -> None:
    import_images(collection, find_images([folder]))
    collection.update([("0/4.png", {"mark": 1})])
    watch = FolderWatch(collection, [folder])
    draw(folder / "0" / "4.png", 77)
    convert_at_insert(1)
    assert not watch.look()
    with pytest.raises(CollectionOutdated):
        watch.look()
    watch.go_on_with(engine.collections.open(collection.info.id))
    assert watch.look().changed == ["0/4.png"]
    anew = engine.collections.open(collection.info.id)
    (record,) = anew.get(["0/4.png"])
    assert record is not None
    assert record.attributes["mark"] == 1
    assert anew.count() == 10
    assert anew.count_dropped() == 0
