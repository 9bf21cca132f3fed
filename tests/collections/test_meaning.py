"""Searching by meaning: what images show counts beside how they look."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from photomill.collections.collection import Collection
from photomill.collections.model import (
    ById,
    ByImage,
    ByVector,
    NewRecord,
    Query,
    RankBy,
    SearchOptions,
    SearchResult,
)
from photomill.engine import Engine
from photomill.sources import PathSource

Showing = Callable[..., NDArray[np.float32]]
Found = list[str]


def searched(collection: Collection, query: Query, **options: object) -> SearchResult:
    chosen = SearchOptions(limit=10, ranking=RankBy.MEANING, **options)  # type: ignore[arg-type]
    return collection.search(query, chosen)


def found(collection: Collection, query: Query, **options: object) -> Found:
    return [hit.id for hit in searched(collection, query, **options).hits]


@pytest.fixture
def filled(former: Collection, showing: Showing) -> Collection:
    """A tabby, whose vector is nearer to an hourglass than to another cat."""
    tabby, cat, glass = showing("tabby"), showing("Egyptian cat"), showing("hourglass")
    alike = 0.8 * tabby + glass
    former.insert(
        [
            NewRecord("tabby", vector=tabby),
            NewRecord("glass", vector=alike / np.linalg.norm(alike)),
            NewRecord("cat", vector=cat),
        ]
    )
    return former


def test_kin_is_nearer_than_what_only_looks_alike(filled: Collection) -> None:
    visual = filled.search(ById("tabby"), SearchOptions(limit=10))
    assert [hit.id for hit in visual.hits] == ["tabby", "glass", "cat"]
    result = searched(filled, ById("tabby"))
    assert [hit.id for hit in result.hits] == ["tabby", "cat", "glass"]
    assert result.hits[0].distance == 0.0
    assert result.certified
    assert result.notes == ()


def test_filters_pages_and_radii_hold(filled: Collection) -> None:
    filled.update([("cat", {"seen": True})])
    assert found(filled, ById("tabby"), filter={"seen": True}) == ["cat"]
    assert found(filled, ById("tabby"), offset=1) == ["cat", "glass"]
    second = searched(filled, ById("tabby")).hits[1]
    assert found(filled, ById("tabby"), radius=second.distance) == ["tabby", "cat"]


def test_what_comes_and_goes_is_seen_at_once(filled: Collection, showing: Showing) -> None:
    assert found(filled, ById("tabby")) == ["tabby", "cat", "glass"]
    filled.insert([NewRecord("tiger cat", vector=showing("tiger cat"))])
    assert set(found(filled, ById("tabby"))[:3]) == {"tabby", "cat", "tiger cat"}
    filled.drop(["cat"])
    assert "cat" not in found(filled, ById("tabby"))
    filled.restore(["cat"])
    assert "cat" in found(filled, ById("tabby"))[:3]


def test_it_is_the_same_in_one_moment(filled: Collection, showing: Showing) -> None:
    with filled.pinned() as pinned:
        before = found(pinned, ById("tabby"))
        filled.insert([NewRecord("late", vector=showing("tabby"))])
        assert "late" in found(filled, ById("tabby"))
        assert found(pinned, ById("tabby")) == before


def test_an_image_is_searched_by_what_it_shows(engine: Engine, tmp_path: Path) -> None:
    collection = engine.collections.open(engine.collections.create("images").id)
    sources = []
    for name in ("red", "blue"):
        Pillow.new("RGB", (64, 48), name).save(tmp_path / f"{name}.png")
        sources.append(PathSource(str(tmp_path / f"{name}.png"), trusted=True))
    collection.insert([NewRecord("red", sources[0]), NewRecord("blue", sources[1])])
    hits = searched(collection, ByImage(sources[0])).hits
    assert (hits[0].id, hits[0].distance) == ("red", 0.0)


def test_where_nothing_is_known_looks_decide_and_it_is_said(
    engine: Engine, filled: Collection
) -> None:
    plain = engine.collections.open(engine.collections.create("plain", embedder="color").id)
    vector = np.eye(1, plain.info.dimension, dtype=np.float32)[0]
    plain.insert([NewRecord("one", vector=vector)])
    result = searched(plain, ById("one"))
    assert [hit.id for hit in result.hits] == ["one"]
    assert result.notes == ["ranked by looks alone: the embedder knows nothing by name"]
    by_vector = searched(filled, ByVector(np.eye(1, 1280, dtype=np.float32)[0]))
    assert "takes one record or image" in by_vector.notes[0]
