"""What photos have in common."""

from collections.abc import Callable

import pytest

from photomill.collections.collection import Collection
from photomill.errors import InvalidInput, NotFound, PluginUnavailable
from photomill.grouping.split import GroupingConstraints

from .conftest import Studio, draw


def test_an_upload_of_the_same_bytes_says_so_at_once(studio: Studio) -> None:
    first = studio.upload(draw("a"))
    assert first.duplicate_of == ""
    assert studio.upload(draw("a"), "again.jpg").duplicate_of == first.id


def test_an_upload_that_looks_the_same_says_so(studio: Studio) -> None:
    other_group = studio.albums.groups.create(studio.owner)
    first = studio.ready(draw("a"))
    second = studio.ready(draw("a", size=(80, 60), quality=80), "b.jpg", other_group)
    third = studio.ready(draw("other"), "c.jpg")
    assert (first.duplicate_of, second.duplicate_of) == ("", first.id)
    assert third.duplicate_of == ""


def test_the_later_of_two_says_so_whichever_is_embedded_first(
    new_studio: Callable[..., Studio],
) -> None:
    studio = new_studio(work=False)
    first, second = studio.upload(draw("a")), studio.upload(draw("a", quality=85))
    studio.engine.jobs.start()
    studio.settle()
    get = studio.albums.photos.get
    assert (get(first.id).duplicate_of, get(second.id).duplicate_of) == ("", first.id)


def test_another_owners_photo_is_no_duplicate(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    owner = studio.albums.owners.create("Bob").owner
    studio.albums.brands.create(owner, "Bob's", f"bob-{owner.id}")
    theirs = studio.albums.groups.create(studio.albums.owners.get(owner.id))
    assert studio.upload(draw("a"), group=theirs).duplicate_of == ""
    assert photo.duplicate_of == ""


def test_similar_photos_are_of_the_owner_and_not_deleted(studio: Studio) -> None:
    photo = studio.ready(draw("a"), "a.jpg")
    near = studio.ready(draw("a", quality=60), "near.jpg")
    far = studio.ready(draw("far"), "far.jpg")
    gone = studio.ready(draw("a", quality=70), "gone.jpg")
    studio.albums.photos.delete(gone)
    hidden = studio.albums.groups.create(studio.owner)
    studio.ready(draw("a", quality=50), "hidden.jpg", hidden)
    studio.albums.groups.delete(hidden)
    found = studio.albums.similarity.similar(photo)
    assert [each.photo.id for each in found] == [near.id, far.id]
    assert found[0].distance < 5 < found[1].distance
    assert len(studio.albums.similarity.similar(photo, limit=1)) == 1
    with pytest.raises(InvalidInput, match="limit"):
        studio.albums.similarity.similar(photo, limit=-1)


def test_similar_photos_of_one_group(studio: Studio) -> None:
    other = studio.albums.groups.create(studio.owner)
    photo = studio.ready(draw("a"))
    there = studio.ready(draw("b"), group=other)
    studio.ready(draw("c"))
    (found,) = studio.albums.similarity.similar(photo, group=other)
    assert found.photo.id == there.id


def test_a_photo_that_cannot_be_embedded_at_once_is_embedded_by_its_job(
    new_studio: Callable[..., Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = new_studio(work=False)

    def missing(*_: object) -> None:
        raise PluginUnavailable("no weights")

    with monkeypatch.context() as patched:
        patched.setattr(Collection, "insert", missing)
        photo = studio.upload(draw("a"))
    with pytest.raises(NotFound):
        studio.albums.similarity.similar(photo)
    studio.engine.jobs.start()
    studio.settle()
    assert studio.albums.similarity.similar(photo) == []


def test_duplicates_of_a_group(studio: Studio) -> None:
    first = studio.ready(draw("a"), "z.jpg")
    twin = studio.ready(draw("a", quality=70), "a.jpg")
    studio.ready(draw("b"))
    sets = studio.albums.similarity.duplicates(studio.group)
    assert [[photo.id for photo in each] for each in sets] == [[first.id, twin.id]]
    assert studio.albums.similarity.duplicates(studio.group, radius=100) == sets
    with pytest.raises(InvalidInput, match="radius"):
        studio.albums.similarity.duplicates(studio.group, radius=-1)


def test_a_group_is_split_by_likeness(studio: Studio) -> None:
    for theme in ("a", "b"):
        for quality in (60, 75, 90):
            studio.upload(draw(theme, quality=quality), f"{quality}{theme}.jpg")
    studio.settle()
    found = studio.albums.similarity.group_automatically(
        studio.group, GroupingConstraints(groups=2)
    )
    themes = [{photo.sort_name[-1] for photo in group} for group in found.groups]
    assert sorted(themes, key=sorted) == [{"a"}, {"b"}]
    assert [cover.sort_name[-1] for cover in found.covers] == [themes[0].pop(), themes[1].pop()]
    assert found.left_out == []


def test_a_copy_is_known_by_its_looks_and_no_duplicate(studio: Studio) -> None:
    other = studio.albums.groups.create(studio.owner)
    photo = studio.ready(draw("a"))
    copied = studio.albums.photos.copy(photo, other)
    studio.settle()
    found = studio.albums.similarity.group_automatically(other, GroupingConstraints(groups=1))
    assert [photo.id for photo in found.groups[0]] == [copied.id]
    assert studio.albums.photos.get(copied.id).duplicate_of == ""
    assert studio.albums.photos.get(photo.id).duplicate_of == ""


def test_an_empty_group_cannot_be_split(studio: Studio) -> None:
    with pytest.raises(InvalidInput, match="group"):
        studio.albums.similarity.group_automatically(studio.group, GroupingConstraints(groups=1))
    with pytest.raises(NotFound):
        studio.albums.similarity.group_automatically(
            studio.group, GroupingConstraints(), grouper="nobody"
        )
