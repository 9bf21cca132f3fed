"""Moving, copying and deleting photos, and how the public sees them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from photomill.albums.model import Photo
from photomill.collections.collection import Collection
from photomill.collections.model import InsertReport, NewRecord
from photomill.errors import CatalogError, Conflict, Forbidden, NotFound

from .conftest import Studio, draw

PUBLIC = {"small", "watermark", "watermark_small", "watermark_square"}


def test_photos_are_listed_as_people_count(studio: Studio) -> None:
    for name in ("IMG_10.jpg", "IMG_2.jpg", "img_1.jpg"):
        studio.upload(draw(name), name)
    studio.settle()
    listed = studio.albums.groups.photos(studio.group)
    assert [photo.sort_name for photo in listed] == ["img_1", "IMG_2", "IMG_10"]


def test_a_moved_photo_keeps_its_id_and_files(studio: Studio) -> None:
    photos, groups = studio.albums.photos, studio.albums.groups
    other = groups.create(studio.owner)
    photo = studio.ready(draw("a"))
    moved = photos.move(photo, other)
    assert (moved.id, moved.group, moved.files) == (photo.id, other.id, photo.files)
    assert groups.photos(studio.group) == []
    assert groups.get(studio.group.id).updated > studio.group.updated
    assert groups.get(other.id).updated > other.updated


def recorded(studio: Studio, photo: Photo) -> tuple[Any, Any]:
    """The group and the name that a photo's record tells."""
    collection = studio.engine.collections.open(studio.albums.owners.get(photo.owner).collection)
    (record,) = collection.get([photo.id])
    assert record is not None
    return record.attributes["group"], record.attributes["name"]


@contextmanager
def failing(name: str) -> Iterator[None]:
    """Collections that cannot do this now."""

    def fail(self: Collection, *given: Any, **options: Any) -> None:
        raise CatalogError("away for a moment")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Collection, name, fail)
        yield


def test_a_record_says_where_its_photo_is_and_what_it_is_called(studio: Studio) -> None:
    other = studio.albums.groups.create(studio.owner)
    photo = studio.ready(draw("a"))
    studio.albums.photos.rename(studio.albums.photos.move(photo, other), "Beach.jpg")
    assert recorded(studio, photo) == (other.id, "Beach")


@pytest.mark.parametrize("again", [False, True], ids=["by a job", "asked again"])
def test_a_record_follows_a_move_that_it_could_not_follow_at_once(
    idle_studio: Studio, again: bool
) -> None:
    studio, jobs = idle_studio, idle_studio.engine.jobs
    other = studio.albums.groups.create(studio.owner)
    photo = studio.upload(draw("a"))
    finish(studio)
    with failing("update"):
        moved = studio.albums.photos.move(photo, other)
    assert (moved.group, recorded(studio, photo)[0]) == (other.id, studio.group.id)
    if again:
        assert studio.albums.photos.move(moved, other) == moved
    else:
        finish(studio)
    assert recorded(studio, photo) == (other.id, "IMG_1")
    assert jobs.list_jobs(owner=studio.owner.id, limit=2)


def test_a_photo_that_is_moved_before_it_is_a_record_becomes_one_of_its_group(
    idle_studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = idle_studio
    other = studio.albums.groups.create(studio.owner)
    insert = Collection.insert

    def insert_late(self: Collection, records: list[NewRecord]) -> InsertReport:
        studio.albums.photos.move(studio.albums.photos.get(records[0].id), other)
        return insert(self, records)

    monkeypatch.setattr(Collection, "insert", insert_late)
    photo = studio.upload(draw("a"))
    finish(studio)
    assert recorded(studio, photo) == (other.id, "IMG_1")


def finish(studio: Studio) -> None:
    """Do the jobs that wait."""
    jobs = studio.engine.jobs
    for job in jobs.list_jobs(owner=studio.owner.id, limit=10_000):
        with jobs.working_on(job.number):
            jobs.wait(job.number, 120)


def test_a_deletion_that_failed_is_made_good_when_it_is_asked_again(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    with failing("delete"), pytest.raises(CatalogError):
        studio.albums.photos.delete(photo)
    hidden = studio.albums.photos.get(photo.id)
    assert hidden.deleted is not None
    collection = studio.engine.collections.open(studio.albums.owners.get(photo.owner).collection)
    assert collection.count() == 1
    studio.albums.photos.delete(hidden)
    assert collection.count() == 0


def test_a_copy_has_the_same_bytes_under_paths_of_its_own(studio: Studio) -> None:
    other = studio.albums.groups.create(studio.owner)
    photo = studio.ready(draw("a"))
    copied = studio.albums.photos.copy(photo, other)
    assert copied.id != photo.id
    assert not set(copied.files.values()) & set(photo.files.values())
    assert studio.read(copied.files["medium"]) == studio.read(photo.files["medium"])
    studio.albums.photos.delete(photo)
    assert studio.read(copied.files["original"]) == draw("a")
    assert len(studio.stored) == 7


def test_photos_stay_with_their_owner(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    owner = studio.albums.owners.create("Bob").owner
    studio.albums.brands.create(owner, "Bob's", f"bob-{owner.id}")
    foreign = studio.albums.groups.create(studio.albums.owners.get(owner.id))
    for act in (studio.albums.photos.move, studio.albums.photos.copy):
        with pytest.raises(NotFound):
            act(photo, foreign)


def test_a_photo_is_copied_once_it_is_ready(idle_studio: Studio) -> None:
    with pytest.raises(Conflict):
        idle_studio.albums.photos.copy(idle_studio.upload(draw("a")), idle_studio.group)


def test_a_deleted_photo_is_hidden(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    studio.albums.photos.delete(photo)
    studio.albums.photos.delete(studio.albums.photos.get(photo.id))
    assert studio.albums.groups.photos(studio.group) == []
    assert studio.albums.photos.get(photo.id).deleted is not None
    for path in photo.files.values():
        with pytest.raises(NotFound):
            studio.albums.files.open(path)


def test_the_public_sees_no_originals(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    public = studio.albums.public
    (shown,) = public.photos(public.find(studio.group.token))
    assert shown == public.photo(photo.id)
    assert set(shown.files) == PUBLIC
    hidden = {path for kind, path in photo.files.items() if kind not in PUBLIC}
    assert not any(path in repr(shown) for path in hidden)
    assert (shown.width, shown.height, shown.mean_colour) == (
        photo.width,
        photo.height,
        photo.mean_colour,
    )
    assert shown.sha256 == ""


def test_small_photos_can_be_kept_from_the_public(new_studio: Callable[..., Studio]) -> None:
    studio = new_studio(albums__derivatives__small__public=False)
    photo = studio.ready(draw("a"))
    assert set(studio.albums.public.photo(photo.id).files) == PUBLIC - {"small"}


def test_a_password_opens_a_protected_group(studio: Studio) -> None:
    groups, public = studio.albums.groups, studio.albums.public
    photo = studio.ready(draw("a"))
    groups.protect(studio.group, "summer", None)
    group = public.find(studio.group.token)
    assert group.protected
    assert public.summary(group).thumb == ""
    for password in ("", "Summer", "summer "):
        with pytest.raises(Forbidden):
            public.photos(group, password)
        with pytest.raises(Forbidden):
            public.photo(photo.id, password)
    assert len(public.photos(group, "summer")) == 1
    groups.protect(group, "", None)
    assert len(public.photos(public.find(studio.group.token))) == 1


def test_a_public_view_ends(studio: Studio) -> None:
    groups, public = studio.albums.groups, studio.albums.public
    photo = studio.ready(draw("a"))
    groups.protect(studio.group, "", time.time() + 3600)
    group = public.find(studio.group.token)
    groups.protect(group, "", time.time() - 1)
    with pytest.raises(NotFound):
        public.find(studio.group.token)
    with pytest.raises(NotFound):
        public.photo(photo.id)
    assert groups.find(studio.group.token)


def test_the_public_does_not_see_what_was_deleted(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    studio.albums.photos.delete(photo)
    with pytest.raises(NotFound):
        studio.albums.public.photo(photo.id)
    studio.albums.groups.delete(studio.group)
    with pytest.raises(NotFound):
        studio.albums.public.find(studio.group.id)
