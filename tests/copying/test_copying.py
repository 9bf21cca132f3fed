"""Originals of records, copied into storages and into groups of owners."""

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from PIL import Image, ImageDraw

from photomill import (
    Collection,
    Engine,
    GroupCopies,
    InvalidInput,
    ItemState,
    Job,
    NewRecord,
    NotFound,
    OriginalCopy,
    PathSource,
    load_settings,
)
from photomill.albums.store.photos import PhotoTable

NAMES = ("red", "green", "blue")
COPIES = [OriginalCopy(name, f"{place} {name}.jpg") for place, name in enumerate(NAMES, 1)]


def drawn(colour: str) -> bytes:
    image = Image.new("RGB", (96, 64), colour)
    ImageDraw.Draw(image).ellipse((8, 8, 40, 40), fill="white")
    written = io.BytesIO()
    image.save(written, "JPEG")
    return written.getvalue()


@frozen
class Home:
    """An engine with a collection of three images in a folder, and a storage for copies."""

    engine: Engine
    collection: Collection
    originals: Path
    copies: Path

    @property
    def id(self) -> str:
        return self.collection.info.id

    def done(self, job: Job) -> Job:
        with self.engine.jobs.working_on(job.number):
            return self.engine.jobs.wait(job.number, 120)

    def errors(self, job: Job) -> dict[str, str]:
        failed = self.engine.jobs.items(job.number, state=ItemState.FAILED)
        return {item.name: item.error for item in failed}

    def copied(self) -> dict[str, bytes]:
        files = [path for path in self.copies.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.copies)): path.read_bytes() for path in files}


@pytest.fixture
def catalog_url(request: pytest.FixtureRequest) -> str:
    """Of the catalog: a file of SQLite, unless a test asks for another."""
    shared = getattr(request, "param", "sqlite") == "postgresql"
    return str(request.getfixturevalue("empty_postgresql_url")) if shared else ""


@pytest.fixture
def home(tmp_path: Path, catalog_url: str) -> Iterator[Home]:
    settings = {
        "catalog.url": catalog_url,
        "photomill.data_dir": str(tmp_path / "data"),
        "embedders.main": {"use": "descriptor"},
        "images.processes": 1,
        "jobs.retry_delay": 0.001,
    }
    originals, copies = tmp_path / "originals", tmp_path / "copies"
    for folder in (originals, copies):
        folder.mkdir()
    with Engine.open(load_settings(environ={}, overrides=settings)) as engine:
        info = engine.collections.create("photos", embedder="main")
        collection = engine.collections.open(info.id)
        for name in NAMES:
            path = originals / f"{name}.jpg"
            path.write_bytes(drawn(name))
            source = PathSource(str(path), trusted=True)
            collection.insert([NewRecord(name, source, {"_file": str(path)})])
        engine.storages.operator.create("shelf", "local", {"path": str(copies)})
        yield Home(engine, collection, originals, copies)


def test_originals_are_copied_under_the_names_that_were_given(home: Home) -> None:
    copies = [OriginalCopy("red", "1/1 röt.jpg"), OriginalCopy("blue", "2/1 100% blue?.jpg")]
    job = home.done(home.engine.copying.into_storage(home.id, "storage://shelf/trip", copies))
    assert (job.state, job.progress.done) == ("done", 2)
    assert home.copied() == {
        "trip/1/1 röt.jpg": drawn("red"),
        "trip/2/1 100% blue?.jpg": drawn("blue"),
    }


def test_no_other_object_is_replaced_and_what_failed_is_tried_again(home: Home) -> None:
    (home.copies / "1 red.jpg").write_bytes(b"another")
    (home.originals / "blue.jpg").rename(home.originals / "hidden.jpg")
    job = home.done(home.engine.copying.into_storage(home.id, "storage://shelf/", COPIES))
    errors = home.errors(job)
    assert sorted(errors) == ["1 red.jpg", "3 blue.jpg"]
    assert "another object" in errors["1 red.jpg"]
    assert home.copied() == {"1 red.jpg": b"another", "2 green.jpg": drawn("green")}
    (home.originals / "hidden.jpg").rename(home.originals / "blue.jpg")
    (home.copies / "1 red.jpg").unlink()
    assert home.done(home.engine.jobs.retry(job.number)).progress.done == 3
    assert set(home.copied().values()) == {drawn(name) for name in NAMES}


def test_copies_that_are_there_count_as_copied(home: Home) -> None:
    for _ in range(2):
        job = home.done(home.engine.copying.into_storage(home.id, "storage://shelf/", COPIES))
        assert (job.progress.done, job.progress.failed) == (3, 0)
    assert len(home.copied()) == 3


def test_groups_get_the_photos_in_the_order_of_their_copies(home: Home) -> None:
    albums = home.engine.albums
    owner = albums.owners.create("Ann").owner
    first, second = (albums.groups.create(owner, name=name) for name in ("first", "second"))
    groups = [
        GroupCopies(first.id, [OriginalCopy("blue", "b.jpg"), OriginalCopy("red", "a.jpg")]),
        GroupCopies(second.id, [OriginalCopy("green", "b.jpg")]),
    ]
    job = home.done(home.engine.copying.into_groups(home.id, groups))
    assert (job.state, job.progress.done) == ("done", 3)

    def names(group: Any) -> list[str]:
        return [photo.sort_name for photo in albums.groups.photos(group, ready=False)]

    assert (names(first), names(second)) == (["b", "a"], ["b"])


def test_a_photo_that_a_group_has_is_not_added_again(home: Home) -> None:
    albums = home.engine.albums
    group = albums.groups.create(albums.owners.create("Ann").owner, name="trip")
    (home.originals / "blue.jpg").rename(home.originals / "hidden.jpg")
    # As after the end of a process that had stored a photo, and not yet that it had.
    albums.uploads.add(group, io.BytesIO(drawn("green")), "2 green.jpg")
    job = home.done(home.engine.copying.into_groups(home.id, [GroupCopies(group.id, COPIES)]))
    assert list(home.errors(job)) == ["3 blue.jpg"]
    (home.originals / "hidden.jpg").rename(home.originals / "blue.jpg")
    home.done(home.engine.jobs.retry(job.number))
    photos = albums.groups.photos(group, ready=False)
    assert [photo.sort_name for photo in photos] == ["1 red", "2 green", "3 blue"]


@pytest.mark.parametrize("catalog_url", ["sqlite", "postgresql"], indirect=True)
def test_jobs_that_add_the_same_photos_at_once_add_each_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    albums = home.engine.albums
    group = albums.groups.create(albums.owners.create("Ann").owner, name="trip")
    looked, held = threading.Barrier(2, timeout=60), PhotoTable.holds

    def hold(*args: Any) -> bool:
        found = held(*args)
        # Each has looked before either adds.
        looked.wait()
        return found

    monkeypatch.setattr(PhotoTable, "holds", hold)
    data = drawn("green")
    sha256 = hashlib.sha256(data).hexdigest()
    with ThreadPoolExecutor(2) as pool:
        added = list(
            pool.map(
                lambda _: albums.uploads.add_once(group, io.BytesIO(data), "a.jpg", sha256),
                range(2),
            )
        )
    (photo,) = albums.groups.photos(group, ready=False)
    assert [each.id for each in added if each is not None] == [photo.id]
    # What the other one wrote is gone.
    assert len(list(home.engine.settings.data_dir.rglob("originals/*.jpg"))) == 1


def test_a_group_that_was_deleted_takes_nothing(home: Home) -> None:
    albums = home.engine.albums
    owner = albums.owners.create("Ann").owner
    gone, kept = (albums.groups.create(owner, name=name) for name in ("gone", "kept"))
    groups = [GroupCopies(gone.id, COPIES[:1]), GroupCopies(kept.id, COPIES[1:])]
    job = home.engine.copying.into_groups(home.id, groups)
    albums.groups.delete(gone)
    job = home.done(job)
    assert (job.state, job.progress.done, job.progress.failed) == ("done", 2, 1)
    assert [photo.sort_name for photo in albums.groups.photos(kept, ready=False)] == [
        "2 green",
        "3 blue",
    ]


@pytest.mark.parametrize(
    "folder", ["/etc", "file:///tmp/", "https://example.org/", "storage://", "storage:///", ""]
)
def test_what_is_no_folder_of_a_storage_is_refused(home: Home, folder: str) -> None:
    with pytest.raises(InvalidInput, match="storage://NAME/FOLDER/"):
        home.engine.copying.into_storage(home.id, folder, COPIES)


def test_what_cannot_be_done_is_said_at_once(home: Home) -> None:
    copying = home.engine.copying
    albums = home.engine.albums
    group = albums.groups.create(albums.owners.create("Ann").owner, name="trip").id
    twice = [OriginalCopy("red", "a.jpg"), OriginalCopy("blue", "a.jpg")]
    # Photos are sorted by their names without the endings.
    alike = [OriginalCopy("red", "a.jpg"), OriginalCopy("blue", "a.png")]
    faults: list[tuple[type[Exception], Callable[[], Job]]] = [
        (NotFound, lambda: copying.into_storage(home.id, "storage://nowhere/", COPIES)),
        (NotFound, lambda: copying.into_storage("no such", "storage://shelf/", COPIES)),
        (InvalidInput, lambda: copying.into_storage(home.id, "storage://shelf/", twice)),
        (InvalidInput, lambda: copying.into_storage(home.id, "storage://shelf/", [])),
        (NotFound, lambda: copying.into_groups(home.id, [GroupCopies("no such", COPIES)])),
        (InvalidInput, lambda: copying.into_groups(home.id, [GroupCopies(group, alike)])),
        (InvalidInput, lambda: copying.into_groups(home.id, [])),
        (InvalidInput, lambda: copying.into_groups(home.id, [GroupCopies(group, COPIES)] * 2)),
    ]
    for kind, attempt in faults:
        with pytest.raises(kind):
            attempt()
    assert home.engine.jobs.list_jobs() == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/a.jpg",
        "../a.jpg",
        "a/../b.jpg",
        "a//b.jpg",
        "./a.jpg",
        "a/",
        "a/..",
        "\udc80.jpg",
        "a\0.jpg",
    ],
)
def test_a_name_that_leaves_its_folder_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        OriginalCopy("red", name)
    assert caught.value.path == "name"


def test_a_group_of_which_nothing_was_copied_keeps_its_order(home: Home) -> None:
    albums = home.engine.albums
    group = albums.groups.create(albums.owners.create("Ann").owner, name="trip")
    held = [albums.uploads.add(group, io.BytesIO(drawn(each)), f"{each}.jpg") for each in NAMES]
    albums.groups.arrange(group, [photo.id for photo in held])
    copies = [OriginalCopy("no such", "a.jpg")]
    job = home.done(home.engine.copying.into_groups(home.id, [GroupCopies(group.id, copies)]))
    assert job.progress.failed == 1
    photos = albums.groups.photos(group, ready=False)
    assert [photo.sort_name for photo in photos] == list(NAMES)
