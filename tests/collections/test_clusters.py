"""Clusters of near-duplicates: which record to keep, and what was reviewed."""

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from photomill import (
    Advantage,
    BytesSource,
    ClustersPage,
    Collection,
    DuplicateKind,
    Engine,
    NewRecord,
    load_settings,
)
from photomill.collections.duplicates import pair_pages, pair_pass
from photomill.testing.scenes import scene

EXACT, NEAR, SIMILAR = DuplicateKind.EXACT, DuplicateKind.NEAR, DuplicateKind.SIMILAR


def encoded(picture: PIL.Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def insert(collection: Collection, name: str, data: bytes, **attributes: Any) -> None:
    report = collection.insert([NewRecord(name, BytesSource(data), attributes)])
    assert report.inserted == [name]


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    overrides = {"photomill.data_dir": str(tmp_path), "embedders.main": {"use": "descriptor"}}
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        yield engine.collections.open(engine.collections.create("c", embedder="main").id)


@pytest.fixture
def copies(collection: Collection) -> Collection:
    """One image saved in many ways; another one twice; and one alone."""
    first = scene(1, 800, 600)
    data = encoded(first, quality=90)
    insert(collection, "small", encoded(first.resize((640, 480)), quality=90))
    insert(collection, "first", data, modified="2020-01-01T00:00:00Z")
    insert(collection, "again", data, modified="2019-01-01T00:00:00Z")
    insert(collection, "poor", encoded(first, quality=40))
    insert(collection, "lossless", encoded(first, "PNG"))
    second = encoded(scene(2, 800, 600), quality=90)
    insert(collection, "second", second)
    insert(collection, "second again", second)
    insert(collection, "alone", encoded(scene(3, 800, 600), quality=90))
    return collection


def kept(page: ClustersPage) -> list[tuple[str, set[str]]]:
    return [
        (each.keep.id if each.keep else "", {record.id for record in each.superfluous})
        for each in page.clusters
    ]


def test_the_one_to_keep_and_why(copies: Collection) -> None:
    page = copies.duplicate_clusters(kind=NEAR)
    first, second = sorted(page.clusters, key=lambda each: -len(each.records))
    assert first.keep is not None
    assert first.keep.id == "lossless"
    assert first.kind is NEAR
    assert first.reasons["small"][0] is Advantage.LARGER
    assert first.reasons["poor"] == (Advantage.FORMAT, Advantage.BYTES)
    assert first.kinds["poor"] is NEAR
    assert [record.id for record in first.records][:3] == ["lossless", "again", "first"]
    assert second.reasons == {"second again": (Advantage.EARLIER,)}


def test_of_equal_copies_the_older_file_is_kept(copies: Collection) -> None:
    page = copies.duplicate_clusters(kind=EXACT)
    assert ("again", {"first"}) in kept(page)
    (cluster,) = [each for each in page.clusters if each.keep and each.keep.id == "again"]
    assert cluster.reasons == {"first": (Advantage.OLDER,)}


@pytest.mark.parametrize("damaged", [b"", b"\x01", b"\x01" * 40, bytes(40), b"\xff" * 3000])
def test_damaged_signatures_leave_the_hashes(
    copies: Collection, tmp_path: Path, damaged: bytes
) -> None:
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as catalog, catalog:
        catalog.execute("UPDATE signatures SET signature = ?", [damaged])
    page = copies.duplicate_clusters(kind=NEAR)
    assert page.total == 2
    assert {kind for each in page.clusters for kind in each.kinds.values()} <= {EXACT, NEAR}


def test_each_kind_has_its_clusters_and_counts(copies: Collection) -> None:
    pages = {
        kind: copies.duplicate_clusters(kind=kind, only=True, radius=20)
        for kind in (EXACT, NEAR, SIMILAR)
    }
    assert sorted(kept(pages[EXACT])) == [("again", {"first"}), ("second", {"second again"})]
    assert kept(pages[NEAR]) == [("lossless", {"again", "first", "poor", "small"})]
    for page in pages.values():
        assert page.counts == {kind: pages[kind].total for kind in pages}


def test_pages(copies: Collection) -> None:
    whole = copies.duplicate_clusters(kind=EXACT)
    pages = [copies.duplicate_clusters(kind=EXACT, offset=at, limit=1) for at in range(3)]
    assert [each for page in pages for each in page.clusters] == whole.clusters
    assert [page.total for page in pages] == [2, 2, 2]


def test_what_all_is_kept_of_is_not_shown_again(copies: Collection) -> None:
    review = copies.keep_all(["second", "second again"])
    page = copies.duplicate_clusters(kind=EXACT, only=True)
    assert kept(page) == [("again", {"first"})]
    assert page.reviewed == 1
    # A third one is news, beside each of the two.
    insert(copies, "third", encoded(scene(2, 800, 600), quality=90))
    page = copies.duplicate_clusters(kind=EXACT, only=True)
    assert ("second", {"third"}) in kept(page) or ("third", {"second", "second again"}) in kept(
        page
    )
    copies.delete(["third"])
    assert copies.forget_reviews(review) == 1
    page = copies.duplicate_clusters(kind=EXACT, only=True)
    assert ("second", {"second again"}) in kept(page)


def test_a_review_outlasts_a_drop(copies: Collection) -> None:
    copies.keep_all(["second", "second again"])
    copies.drop(["second"])
    copies.restore(["second"])
    assert kept(copies.duplicate_clusters(kind=EXACT)) == [("again", {"first"})]


def test_going_through_clusters_compares_nothing_twice(
    copies: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = []

    def find(*given: Any, **options: Any) -> Any:
        passes.append(1)
        return pair_pass.find_pairs(*given, **options)

    monkeypatch.setattr(pair_pages, "find_pairs", find)
    assert len(copies.duplicate_clusters(kind=EXACT).clusters) == 2
    copies.drop(["first"])
    assert kept(copies.duplicate_clusters(kind=EXACT)) == [("second", {"second again"})]
    copies.keep_all(["second", "second again"])
    assert copies.duplicate_clusters(kind=EXACT).clusters == []
    copies.restore(["first"])
    assert kept(copies.duplicate_clusters(kind=EXACT)) == [("again", {"first"})]
    assert passes == [1]
    insert(copies, "new", encoded(scene(2, 800, 600), quality=90))
    assert len(copies.duplicate_clusters(kind=EXACT).clusters) == 2
    assert passes == [1, 1]


def test_a_filter_looks_at_what_matches_now(copies: Collection) -> None:
    copies.update([("first", {"album": "x"})])
    assert copies.duplicate_clusters(kind=EXACT, filter={"album": "x"}).clusters == []
    copies.update([("again", {"album": "x"})])
    assert kept(copies.duplicate_clusters(kind=EXACT, filter={"album": "x"})) == [
        ("again", {"first"})
    ]
    copies.update([("first", {"album": "y"})])
    assert copies.duplicate_clusters(kind=EXACT, filter={"album": "x"}).clusters == []
