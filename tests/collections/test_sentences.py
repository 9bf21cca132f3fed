"""Searching by sentences, with a model whose words mean just what the tests say."""

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from photomill.collections.collection import Collection
from photomill.collections.model import ByText, NewRecord, SearchOptions, SearchResult
from photomill.engine import Engine
from photomill.errors import PluginUnavailable
from photomill.sources import PathSource
from photomill_efficientnet.concepts import vocabulary
from photomill_efficientnet.sentences import SIZE, class_sentences

Showing = Callable[..., NDArray[np.float32]]
Vector = NDArray[np.float32]
MEAN, CLASSES = class_sentences("minilm")
PLACES = {concept.name: place for place, concept in enumerate(vocabulary().concepts[:1000])}


def meaning(**shares: float) -> Vector:
    """A vector with such cosines, roughly, with the classes of these names."""
    wanted = CLASSES[[PLACES[name.replace("_", " ")] for name in shares]]
    vector = np.linalg.lstsq(wanted, np.array(list(shares.values())), rcond=None)[0]
    random = np.random.default_rng(1).normal(size=SIZE)
    random -= np.linalg.lstsq(wanted.T, random, rcond=None)[0] @ wanted
    rest = max(1 - float(vector @ vector), 0.0) ** 0.5
    return np.asarray(vector + rest * random / np.linalg.norm(random), np.float32)


WORDS = {
    "barker": meaning(beagle=0.95),
    "purrer": meaning(tabby=0.95),
    "elephant": meaning(beagle=0.35),
    "happiness": meaning(beagle=0.1),
}


@pytest.fixture
def collection(former: Collection) -> Collection:
    """One whose vectors tell what images show."""
    return former


@pytest.fixture
def models(engine: Engine) -> Path:
    return engine.settings.data_dir / "models"


@pytest.fixture
def add_model(models: Path) -> Callable[[], None]:
    return lambda: save_model(models / "minilm", WORDS)


@pytest.fixture
def add(collection: Collection, showing: Showing, tmp_path: Path) -> Callable[..., None]:
    def add(name: str, *classes: str, colour: str = "", **attributes: Any) -> None:
        source = None
        if colour:
            path = tmp_path / f"{name}.png"
            Pillow.new("RGB", (64, 48), colour).save(path)
            source = PathSource(str(path), trusted=True)
        collection.insert([NewRecord(name, source, attributes, showing(*classes))])

    return add


Add = Callable[..., None]


def save_model(folder: Path, words: Mapping[str, Vector]) -> None:
    """A model of the form of MiniLM that passes on what its words mean."""
    first = np.random.default_rng(2).normal(size=SIZE).astype(np.float32)
    # What begins a text and what ends it cancel each other out.
    vectors = [np.zeros(SIZE, np.float32), first, -first, *(MEAN + each for each in words.values())]
    tensors = {
        "embeddings.word_embeddings.weight": np.stack(vectors).astype(np.float32),
        "embeddings.position_embeddings.weight": np.zeros((64, SIZE), np.float32),
        "embeddings.token_type_embeddings.weight": np.zeros((2, SIZE), np.float32),
        "embeddings.LayerNorm.weight": np.ones(SIZE, np.float32),
        "embeddings.LayerNorm.bias": np.zeros(SIZE, np.float32),
    }
    for number in range(6):
        layer = f"encoder.layer.{number}"
        for name, outputs, inputs in (
            ("attention.self.query", SIZE, SIZE),
            ("attention.self.key", SIZE, SIZE),
            ("attention.self.value", SIZE, SIZE),
            ("attention.output.dense", SIZE, SIZE),
            ("intermediate.dense", 4, SIZE),
            ("output.dense", SIZE, 4),
        ):
            tensors[f"{layer}.{name}.weight"] = np.zeros((outputs, inputs), np.float32)
            tensors[f"{layer}.{name}.bias"] = np.zeros(outputs, np.float32)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            tensors[f"{layer}.{name}.weight"] = np.ones(SIZE, np.float32)
            tensors[f"{layer}.{name}.bias"] = np.zeros(SIZE, np.float32)
    described: dict[str, Any] = {}
    place = 0
    for name, tensor in tensors.items():
        described[name] = {
            "dtype": "F32",
            "shape": tensor.shape,
            "data_offsets": [place, place + tensor.nbytes],
        }
        place += tensor.nbytes
    header = json.dumps(described).encode()
    header += b" " * (-len(header) % 8)
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(
        struct.pack("<Q", len(header))
        + header
        + b"".join(each.tobytes() for each in tensors.values())
    )
    numbers = {piece: number for number, piece in enumerate(["[UNK]", "[CLS]", "[SEP]", *words])}
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": numbers}}))


def searched(collection: Collection, text: str, **options: Any) -> SearchResult:
    return collection.search(ByText(text), SearchOptions(**options))


def found(collection: Collection, text: str) -> list[str]:
    return [hit.id for hit in searched(collection, text).hits]


def test_a_model_that_comes_understands_what_words_did_not(
    collection: Collection, add: Add, add_model: Callable[[], None], models: Path
) -> None:
    add("dog", "beagle")
    add("cat", "tabby")
    assert found(collection, "barker") == []
    add_model()
    result = searched(collection, "barker")
    assert [hit.id for hit in result.hits] == ["dog"]
    assert result.channels == ["sentences"]
    assert result.notes == ["the model 'minilm' compared what the text means with what images show"]
    assert found(collection, "a purrer") == ["cat"]
    (models / "minilm" / "tokenizer.json").unlink()
    assert found(collection, "barker") == []


def test_what_comes_later_is_compared_too(
    collection: Collection, add: Add, add_model: Callable[[], None]
) -> None:
    add_model()
    add("cat", "tabby")
    assert found(collection, "barker") == []
    add("dog", "beagle")
    add("second dog", "beagle")
    assert found(collection, "barker") == ["dog", "second dog"]
    collection.delete(["dog"])
    assert found(collection, "barker") == ["second dog"]
    collection.update([("second dog", {"title": "nothing of it"})])
    assert found(collection, "barker") == ["second dog"]


def test_what_means_nothing_that_is_shown_finds_nothing(
    collection: Collection, add: Add, add_model: Callable[[], None]
) -> None:
    add_model()
    add("dog", "beagle")
    result = searched(collection, "happiness")
    assert result.hits == []
    assert result.channels == []
    assert 'answers "happiness"' in result.notes[0]
    assert "not people" in result.notes[1]


def test_a_thing_that_the_network_knows_and_does_not_see_is_not_there(
    collection: Collection, add: Add, add_model: Callable[[], None]
) -> None:
    """However near it is to what is there."""
    add_model()
    add("dog", "beagle")
    assert found(collection, "elephant") == []
    assert found(collection, "elephant barker") == ["dog"]


def test_what_is_said_of_a_record_goes_before_what_is_meant(
    collection: Collection, add: Add, add_model: Callable[[], None]
) -> None:
    add_model()
    add("dog", "beagle")
    add("tagged", "tabby", tags=["barker"])
    add("titled", "tabby", title="Barker")
    assert found(collection, "barker") == ["tagged", "titled", "dog"]
    assert searched(collection, "barker").channels == ["attributes", "tags", "sentences"]


def test_a_colour_counts_beside_what_is_meant(
    collection: Collection, add: Add, add_model: Callable[[], None]
) -> None:
    add_model()
    add("a white one", "beagle", colour="white")
    add("the black one", "beagle", colour="black")
    assert found(collection, "black barker") == ["the black one", "a white one"]
    assert found(collection, "white barker") == ["a white one", "the black one"]


def test_a_filter_and_pages_hold_for_sentences(
    collection: Collection, add: Add, add_model: Callable[[], None]
) -> None:
    add_model()
    for number in range(5):
        add(f"{number}", "beagle", year=2000 + number)
    result = searched(collection, "barker", filter={"year": {"$gte": 2003}})
    assert [hit.id for hit in result.hits] == ["3", "4"]
    assert [hit.id for hit in searched(collection, "barker", offset=2, limit=2).hits] == ["2", "3"]


def test_records_of_which_nothing_is_known_are_never_meant(
    collection: Collection, add: Add, add_model: Callable[[], None], engine: Engine
) -> None:
    add_model()
    add("dog", "beagle")
    vector = np.zeros(1280, np.float32)
    vector[0] = 1
    collection.insert([NewRecord("anything", None, {}, vector)])
    assert found(collection, "barker") == ["dog"]


def test_a_damaged_model_is_told_with_what_to_do(
    collection: Collection, add: Add, models: Path
) -> None:
    add("dog", "beagle")
    (models / "e5").mkdir(parents=True)
    (models / "e5" / "e5-small-q4.bin").write_bytes(b"something else")
    with pytest.raises(PluginUnavailable, match="photomill models remove e5, and add it again"):
        found(collection, "barker")
