"""What records show: kept when they are inserted, and seen by filters, facets and whoever gets them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from photomill.collections.collection import Collection
from photomill.collections.model import NewRecord
from photomill.engine import Engine
from photomill.sources import PathSource

Showing = Callable[..., NDArray[np.float32]]


@pytest.fixture
def collection(former: Collection) -> Collection:
    return former


def picture(path: Path, colour: str) -> PathSource:
    Pillow.new("RGB", (64, 48), colour).save(path)
    return PathSource(str(path), trusted=True)


def forget(folder: Path, which: str) -> None:
    """Let records be as a version of before left them."""
    with closing(sqlite3.connect(folder / "data" / "catalog.sqlite")) as catalog, catalog:
        catalog.execute(f"DELETE FROM sights WHERE {which}")


def test_a_sure_class_and_its_kinds_are_concepts(collection: Collection, showing: Showing) -> None:
    collection.insert([NewRecord("one", vector=showing("tabby"))])
    (record,) = collection.get(["one"])
    assert record is not None
    assert record.concepts[0] == "tabby"
    assert {"cat", "domestic cat", "feline", "animal"} <= set(record.concepts)
    assert "entity" not in record.concepts
    assert "placental" not in record.concepts
    assert "concepts" not in record.attributes


def test_a_kind_is_told_where_the_class_is_not_sure(
    collection: Collection, showing: Showing
) -> None:
    hounds = ("beagle", "basset", "bluetick", "redbone", "bloodhound", "Ibizan hound")
    vector = showing(*hounds)
    collection.insert([NewRecord("one", vector=vector)])
    (record,) = collection.get(["one"])
    assert record is not None
    assert {"hound", "dog", "animal"} <= set(record.concepts)
    assert not set(hounds) & set(record.concepts)


def test_filters_and_facets_see_concepts_and_colours(
    collection: Collection, showing: Showing, tmp_path: Path
) -> None:
    collection.insert(
        [
            NewRecord("cat", picture(tmp_path / "red.png", "red"), vector=showing("tabby")),
            NewRecord("dog", picture(tmp_path / "blue.png", "blue"), vector=showing("beagle")),
        ]
    )
    assert collection.ids({"concepts": "dog"}) == ["dog"]
    assert collection.ids({"concepts": "animal"}) == ["cat", "dog"]
    assert collection.ids({"colours": "red"}) == ["cat"]
    assert collection.count({"concepts": {"$nin": ["cat"]}}) == 1
    facet = dict(collection.facet("concepts"))
    assert facet["animal"] == 2
    assert facet["tabby"] == 1
    assert collection.facet("colours") == [("blue", 1), ("red", 1)]
    assert collection.delete_where({"concepts": "cat"}) == ["cat"]


def test_a_records_own_attribute_of_the_name_counts(
    collection: Collection, showing: Showing
) -> None:
    vector = showing("tabby")
    collection.insert([NewRecord("own", attributes={"concepts": ["idea"]}, vector=vector)])
    assert collection.ids({"concepts": "idea"}) == ["own"]
    assert collection.ids({"concepts": "cat"}) == []


def test_tags_are_left_alone(collection: Collection, showing: Showing) -> None:
    vector = showing("tabby")
    collection.insert([NewRecord("one", attributes={"tags": ["mine"]}, vector=vector)])
    (record,) = collection.get(["one"])
    assert record is not None
    assert record.attributes == {"tags": ["mine"]}
    assert collection.facet("tags") == [("mine", 1)]


def test_records_that_came_before_get_their_concepts(
    collection: Collection, showing: Showing, tmp_path: Path
) -> None:
    source = picture(tmp_path / "red.png", "red")
    named = [NewRecord(f"{n}", source, vector=showing("tabby")) for n in range(3)]
    collection.insert(named)
    forget(tmp_path, "serial > 1")
    (tmp_path / "red.png").unlink()
    told: list[int] = []
    assert collection.add_concepts(progress=told.append) == 2
    assert told == [2]
    assert collection.ids({"concepts": "cat", "colours": "red"}) == ["0", "1", "2"]
    assert collection.add_concepts() == 0


def test_adding_concepts_changes_what_filters_saw_before(
    collection: Collection, showing: Showing, tmp_path: Path
) -> None:
    collection.insert([NewRecord("one", vector=showing("tabby"))])
    forget(tmp_path, "1")
    assert collection.ids({"concepts": "cat"}) == []
    assert collection.add_concepts(stop=lambda: True) == 0
    assert collection.ids({"concepts": "cat"}) == []
    assert collection.add_concepts() == 1
    assert collection.ids({"concepts": "cat"}) == ["one"]


def test_a_dropped_record_comes_back_with_its_concepts(
    collection: Collection, showing: Showing, tmp_path: Path
) -> None:
    source = picture(tmp_path / "red.png", "red")
    collection.insert([NewRecord("one", source, vector=showing("tabby"))])
    collection.drop(["one"])
    assert collection.ids({"concepts": "cat"}) == []
    collection.restore(["one"])
    assert collection.ids({"concepts": "cat", "colours": "red"}) == ["one"]


def test_an_embedder_without_names_still_gives_colours(engine: Engine, tmp_path: Path) -> None:
    info = engine.collections.create("plain", embedder="color")
    collection = engine.collections.open(info.id)
    collection.insert([NewRecord("one", picture(tmp_path / "green.png", "green"))])
    (record,) = collection.get(["one"])
    assert record is not None
    assert record.concepts == ()
    assert record.colours == ("green",)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("black", "black"),
        ("white", "white"),
        ("#808080", "grey"),
        ("#d01010", "red"),
        ("#7a0c14", "red"),
        ("#ff8c00", "orange"),
        ("#ffd800", "yellow"),
        ("#2e8b57", "green"),
        ("#9acd32", "green"),
        ("#1e50c8", "blue"),
        ("#87ceeb", "blue"),
        ("#000080", "blue"),
        ("#7a2a9a", "purple"),
        ("#ff80b0", "pink"),
        ("#ffc0cb", "pink"),
        ("#8b4513", "brown"),
        ("#5a3a1a", "brown"),
    ],
)
def test_plain_colours_have_the_names_that_people_use(
    collection: Collection, tmp_path: Path, colour: str, name: str
) -> None:
    collection.insert([NewRecord("one", picture(tmp_path / "plain.png", colour))])
    (record,) = collection.get(["one"])
    assert record is not None
    assert record.colours == (name,)
