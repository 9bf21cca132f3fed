"""Owners, brands and groups."""

import time
from collections.abc import Callable
from datetime import date

import pytest
from attrs import evolve

from photomill.errors import Conflict, InvalidInput, NotFound

from .conftest import Studio, draw

UUID = "3acb836b-d45a-43e2-ba79-82f3cbf8b8d5"


def test_an_owners_key_is_of_that_owner(studio: Studio) -> None:
    made = studio.albums.owners.create("Bob", timezone="UTC")
    key = studio.engine.keys.verify(made.secret)
    assert key is not None
    assert studio.albums.owners.of_key(key) == made.owner
    assert key.may("read", made.owner.collection)
    assert not key.may("read", studio.owner.collection)
    assert not key.may("write", made.owner.collection)


def test_other_keys_are_of_no_owner(studio: Studio) -> None:
    for owner in ("", studio.owner.id):
        key = studio.engine.keys.create("importer", owner=owner).key
        assert studio.albums.owners.of_key(key) is None


@pytest.mark.parametrize(("name", "zone"), [("", "UTC"), ("Ann", "Mars/Olympus"), ("a\nb", "UTC")])
def test_owners_have_names_and_time_zones(studio: Studio, name: str, zone: str) -> None:
    with pytest.raises(InvalidInput):
        studio.albums.owners.create(name, timezone=zone)


def test_long_names_are_names(studio: Studio) -> None:
    assert studio.albums.owners.create("x" * 255, timezone="UTC").owner.name == "x" * 255


def test_slugs_are_unique_whatever_their_case(studio: Studio) -> None:
    brands = studio.albums.brands
    brand = brands.create(studio.owner, "Peak", f"Peak-{studio.owner.id}")
    with pytest.raises(Conflict):
        brands.create(studio.owner, "Other", f"peak-{studio.owner.id}")
    with pytest.raises(Conflict):
        brands.update(evolve(brand, slug=studio.owner.id.upper()))
    assert [each.name for each in brands.list_all(studio.owner)] == ["Ann", "Peak"]
    assert studio.albums.owners.get(studio.owner.id).primary_brand != brand.id


def test_a_group_has_the_primary_brand_and_is_of_now(studio: Studio) -> None:
    group = studio.albums.groups.create(studio.owner)
    assert group.brand == studio.owner.primary_brand
    assert abs(group.when - time.time()) < 5
    (summary,) = studio.albums.groups.summaries([group])
    assert (group.name, summary.count, summary.thumb) == ("", 0, "")


def test_groups_have_a_brand_of_their_owner(studio: Studio) -> None:
    bob = studio.albums.owners.create("Bob").owner
    for brand in (studio.owner.primary_brand, UUID):
        with pytest.raises(NotFound):
            studio.albums.groups.create(bob, brand_id=brand)


@pytest.mark.parametrize("when", [-1, 253_402_300_800])
def test_groups_are_of_a_time_that_there_is(studio: Studio, when: int) -> None:
    with pytest.raises(InvalidInput, match="when"):
        studio.albums.groups.create(studio.owner, when=when)


def test_groups_are_listed_by_the_owners_day(studio: Studio) -> None:
    groups = studio.albums.groups
    owner = studio.albums.owners.update(studio.owner, timezone="America/Vancouver")
    late = groups.create(owner, name="late", when=1449813600)
    early = groups.create(owner, name="early", when=1449813600 - 3600)
    gone = groups.create(owner, name="gone", when=1449813600)
    groups.delete(gone)
    assert groups.on_day(owner, date(2015, 12, 10)) == [early, late]
    assert groups.on_day(owner, date(2015, 12, 11)) == []
    assert groups.on_day(owner) == [studio.group]


def test_groups_are_found_by_id_and_token(studio: Studio) -> None:
    groups, group = studio.albums.groups, studio.group
    assert groups.find(group.id) == group
    assert groups.find(group.token) == group
    for name in (UUID, "", "zzzzzz\n", "../x", "a' OR 1"):
        with pytest.raises(NotFound):
            groups.find(name)


def test_the_token_of_a_deleted_group_leads_nowhere(studio: Studio) -> None:
    groups = studio.albums.groups
    groups.delete(studio.group)
    groups.delete(groups.get(studio.group.id))
    assert groups.find(studio.group.id).deleted is not None
    with pytest.raises(NotFound):
        groups.find(studio.group.token)


def test_a_group_changes_only_when_something_does(studio: Studio) -> None:
    groups, group = studio.albums.groups, studio.group
    assert groups.update(group, before=group).updated == group.updated
    changed = groups.update(evolve(group, name="Kayaking"), before=group)
    assert changed.updated > group.updated
    assert groups.get(group.id).name == "Kayaking"
    with pytest.raises(InvalidInput, match="name"):
        groups.update(evolve(group, name="x" * 256), before=group)
    with pytest.raises(NotFound):
        groups.update(evolve(group, brand=UUID), before=group)


def test_a_change_does_not_undo_what_another_did(studio: Studio) -> None:
    groups, group = studio.albums.groups, studio.group
    groups.delete(group)
    groups.update(evolve(group, name="Kayaking"), before=group)
    groups.note_upload(group)
    now = groups.get(group.id)
    assert now.deleted is not None
    assert now.name == "Kayaking"


def test_a_thumbnail_is_of_a_photo_of_the_group(studio: Studio) -> None:
    groups = studio.albums.groups
    first, second = studio.ready(draw("a"), "1.jpg"), studio.ready(draw("b"), "2.jpg")
    group = groups.get(studio.group.id)
    with pytest.raises(InvalidInput, match="thumb"):
        groups.update(evolve(group, thumb="/guessed/path.jpg"), before=group)
    groups.update(evolve(group, thumb=second.files["small"]), before=group)
    assert groups.get(group.id).thumb == second.files["small"]
    studio.albums.photos.delete(second)
    (summary,) = groups.summaries([groups.get(group.id)])
    assert (summary.count, summary.thumb) == (1, first.files["watermark_small"])


def test_no_token_is_given_out_twice(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = iter([studio.group.token, studio.group.token, "fresh2"])
    monkeypatch.setattr("photomill.albums.store.groups.new_token", lambda: next(tokens))
    assert studio.albums.groups.create(studio.owner).token == "fresh2"


def test_group_names_have_any_letters_but_control_characters(studio: Studio) -> None:
    name = "../🏔 Ünïcode/\\ 'quoted' 👨\u200d👩\u200d👧"
    assert (
        studio.albums.groups.get(studio.albums.groups.create(studio.owner, name=name).id).name
        == name
    )
    for character in ("\0", "\x1b", "\n", "\ud800"):
        with pytest.raises(InvalidInput, match="control"):
            studio.albums.groups.create(studio.owner, name=f"a{character}b")


@pytest.mark.parametrize("name", ["", "\0", "\ud800", "é", "../" * 40, "' OR 1=1 --"])
def test_nothing_is_found_by_odd_names(studio: Studio, name: str) -> None:
    albums = studio.albums
    finders: list[Callable[[str], object]] = [
        albums.owners.get,
        albums.brands.get,
        albums.groups.get,
        albums.groups.find,
        albums.photos.get,
        albums.files.open,
        albums.zips.get,
        albums.uploads.find,
    ]
    for find in finders:
        with pytest.raises(NotFound):
            find(name)
