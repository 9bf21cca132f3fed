"""Searching by words where the embedder does not understand text: concepts, colours, tags and attributes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from photomill.collections.collection import Collection
from photomill.collections.model import ByText, NewRecord, SearchOptions, SearchResult
from photomill.engine import Engine
from photomill.sources import PathSource

Showing = Callable[..., NDArray[np.float32]]


@pytest.fixture
def collection(former: Collection) -> Collection:
    return former


@pytest.fixture
def add(collection: Collection, showing: Showing, tmp_path: Path) -> Callable[..., None]:
    def add(name: str, *classes: str, colour: str = "", **attributes: Any) -> None:
        source = None
        if colour:
            path = tmp_path / f"{name}.png"
            Pillow.new("RGB", (64, 48), colour).save(path)
            source = PathSource(str(path), trusted=True)
        vector = showing(*classes)
        collection.insert([NewRecord(name, source, attributes, vector)])

    return add


Add = Callable[..., None]


def found(collection: Collection, text: str, **options: Any) -> list[str]:
    return [hit.id for hit in searched(collection, text, **options).hits]


def searched(collection: Collection, text: str, **options: Any) -> SearchResult:
    return collection.search(ByText(text), SearchOptions(**options))


def test_things_and_kinds_of_things_are_found(collection: Collection, add: Add) -> None:
    add("cat", "tabby")
    add("dog", "beagle")
    add("car", "minivan")
    assert found(collection, "a tabby") == ["cat"]
    assert found(collection, "dogs") == ["dog"]
    assert found(collection, "Image of an ANIMAL") == ["cat", "dog"]
    assert found(collection, "domestic cat") == ["cat"]
    result = searched(collection, "beagle")
    assert result.channels == ["concepts"]
    assert result.plan == "words"
    assert 0 <= result.hits[0].distance < 50


def test_a_colour_and_a_thing_are_both_asked_for(collection: Collection, add: Add) -> None:
    add("black dog", "beagle", colour="black")
    add("white dog", "beagle", colour="white")
    add("black cat", "tabby", colour="black")
    assert found(collection, "black dog")[0] == "black dog"
    assert found(collection, "white dog")[0] == "white dog"
    assert "black cat" not in found(collection, "black dog")
    assert set(found(collection, "black")) == {"black dog", "black cat"}
    assert set(searched(collection, "black dog").channels) == {"concepts", "colours"}


def test_tags_and_attributes_answer_too(collection: Collection, add: Add) -> None:
    add("a", "tabby", tags=["Grandma Anna", "Crete"])
    add("b", "tabby", title="Wedding of Anna", folder="holidays/2019")
    assert found(collection, "crete") == ["a"]
    assert found(collection, "wedding") == ["b"]
    assert found(collection, "grandma anna")[0] == "a"
    assert found(collection, "cat holidays")[0] == "b"
    assert searched(collection, "crete").channels == ["attributes", "tags"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("GRANDMA'S Étude", "grandma's"),
        ("Grandma's Étude", "e\u0301tude"),
        ("E\u0301tude", "étude"),
        ("STRASSE", "straße"),
        ("IMG_Wedding-2019.jpg", "weddings"),
        ("line\none\ttwo\u2003three", "three"),
        ("東京 2019", "東京"),
    ],
)
def test_words_in_attributes_are_found_however_they_are_written(
    collection: Collection, add: Add, title: str, text: str
) -> None:
    add("other", "tabby", title="nothing of it", tags=["", "quiet"])
    add("a", "tabby", title=title)
    add("another", "tabby", title="nor of it")
    assert found(collection, text) == ["a"]
    assert found(collection, "quiet") == ["other"]


def test_hidden_attributes_are_not_searched(collection: Collection, add: Add) -> None:
    add("a", "tabby", _file="/home/anna/wedding.jpg", _tags=["wedding"])
    assert found(collection, "wedding") == []


def test_of_those_that_answer_equally_well_the_first_by_id_are_given(
    collection: Collection, add: Add
) -> None:
    for name in "dbeac":
        add(name, "tabby", title="wedding")
    add("z", "tabby", title="wedding of Anna")
    assert found(collection, "wedding Anna", limit=3) == ["z", "a", "b"]


def test_what_nothing_answers_finds_nothing_and_says_why(collection: Collection, add: Add) -> None:
    add("cat", "tabby")
    result = searched(collection, "wedding")
    assert result.hits == []
    assert 'no concept, colour, tag or attribute answers "wedding"' in result.notes[0]
    assert "not people" in result.notes[1]
    result = searched(collection, "elephant")
    assert result.hits == []
    assert result.notes == ["nothing was found: no image shows it clearly enough"]


def test_words_that_nothing_answers_are_named_beside_what_is_found(
    collection: Collection, add: Add
) -> None:
    add("cat", "tabby")
    result = searched(collection, "cat at a wedding")
    assert [hit.id for hit in result.hits] == ["cat"]
    assert result.notes == ['no concept, colour, tag or attribute answers "wedding"']


@pytest.mark.parametrize("text", ["", "   ", "a photo of the", "!?", "12345"])
def test_a_text_that_says_nothing_finds_nothing(
    collection: Collection, add: Add, text: str
) -> None:
    add("cat", "tabby")
    assert found(collection, text) == []


def test_pages_fit_together(collection: Collection, add: Add) -> None:
    for number in range(7):
        add(f"{number}", "beagle")
    add("cat", "tabby")
    whole = found(collection, "dog")
    assert whole == [f"{number}" for number in range(7)]
    pages = [found(collection, "dog", offset=offset, limit=3) for offset in (0, 3, 6)]
    assert [name for page in pages for name in page] == whole
    assert searched(collection, "dog", limit=2).total == 7


def test_filters_radius_and_products_go_with_words(collection: Collection, add: Add) -> None:
    add("a", "beagle", product="one")
    add("b", "beagle", product="one")
    add("c", "beagle", product="two")
    assert found(collection, "dog", filter={"product": "one"}) == ["a", "b"]
    assert found(collection, "dog", product_field="product") == ["a", "c"]
    add("perhaps", "beagle", "tabby")
    assert found(collection, "dog") == ["a", "b", "c", "perhaps"]
    assert found(collection, "dog", radius=20.0, limit=None) == ["a", "b", "c"]


def test_changes_are_seen_at_once(collection: Collection, add: Add) -> None:
    add("a", "tabby", tags=["old"])
    assert found(collection, "old") == ["a"]
    collection.update([("a", {"tags": ["fresh"]})])
    assert found(collection, "old") == []
    assert found(collection, "fresh") == ["a"]
    add("b", "tabby")
    assert found(collection, "cat") == ["a", "b"]
    collection.drop(["a"])
    assert found(collection, "cat") == ["b"]
    collection.restore(["a"])
    assert found(collection, "cat") == ["a", "b"]
    assert found(collection, "fresh") == ["a"]
    collection.delete(["a", "b"])
    assert found(collection, "cat") == []


def test_an_embedder_without_names_is_searched_by_tags_and_colours(
    engine: Engine, tmp_path: Path
) -> None:
    collection = engine.collections.open(engine.collections.create("c", embedder="color").id)
    path = tmp_path / "red.png"
    Pillow.new("RGB", (64, 48), "red").save(path)
    source = PathSource(str(path), trusted=True)
    collection.insert([NewRecord("one", source, {"tags": ["cat"]})])
    assert found(collection, "red cat") == ["one"]
    assert found(collection, "red") == ["one"]
    assert searched(collection, "dog").notes[0] == 'no colour, tag or attribute answers "dog"'
