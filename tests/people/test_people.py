"""Whose faces are on records: found at insert and later, named, merged, split, rejected; searched and filtered by."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from attrs import evolve

from photomill import (
    ByText,
    Collection,
    Conflict,
    Engine,
    InvalidInput,
    NotFound,
    Person,
    PluginUnavailable,
)
from photomill.components import RecognisedFace
from photomill.images.image import Image
from photomill_people import People

from .conftest import Insert
from .drawing import portrait, saved


def on(collection: Collection, name: str) -> Person:
    """Whoever is on the record of this id, alone."""
    (face,) = collection.people.faces(ids=[name])
    return collection.people.get(face.person)


@pytest.fixture
def family(collection: Collection, insert: Insert) -> Collection:
    """Anna on three records, Ben on two of them, Cleo on one; nobody has a name."""
    insert(collection, beach=["Anna"], hills=["Anna", "Ben"], town=["Ben", "Anna", "Cleo"], sea=[])
    return collection


# ------------------------------------------------------------ finding


def test_people_are_told_apart_and_known_again(family: Collection) -> None:
    assert [(each.records, each.faces) for each in family.people.list_all()] == [
        (3, 3),
        (2, 2),
        (1, 1),
    ]
    assert {each.name for each in family.people.list_all()} == {""}
    assert family.people.faces(ids=["sea"]) == []
    assert family.people.count_unsearched() == 0


def test_people_keep_their_numbers_when_further_images_come(
    family: Collection, insert: Insert
) -> None:
    before = {each.number for each in family.people.list_all()}
    anna = on(family, "beach")
    insert(family, lake=["Anna"], garden=["Cleo", "Anna"])
    assert {each.number for each in family.people.list_all()} == before
    assert family.people.get(anna.number).records == 5


def test_nobody_is_on_one_image_twice(collection: Collection, insert: Insert) -> None:
    insert(collection, mirror=["Anna", "Anna"])
    assert [each.faces for each in collection.people.list_all()] == [1, 1]


def test_a_face_says_where_it_is(family: Collection) -> None:
    faces = sorted(family.people.faces(ids=["town"]), key=lambda face: face.left)
    assert [int(3 * face.left) for face in faces] == [0, 1, 2]
    assert [int(3 * (face.left + face.width)) for face in faces] == [0, 1, 2]
    assert {face.record_id for face in faces} == {"town"}
    assert family.people.crop(faces[0].number).startswith(b"\xff\xd8\xff")


def test_nobody_is_looked_for_unless_somebody_asks(engine: Engine, insert: Insert) -> None:
    collection = engine.collections.open(engine.collections.create("shop").id)
    insert(collection, beach=["Anna"])
    assert collection.people.list_all() == []
    assert not collection.info.people
    with pytest.raises(Conflict, match="does not know people"):
        collection.people.find(trusted=True)


def test_records_from_before_are_looked_at_when_asked(engine: Engine, insert: Insert) -> None:
    collection = engine.collections.open(engine.collections.create("shop").id)
    insert(collection, beach=["Anna"], hills=["Ben"], sea=[])
    engine.collections.set_people(collection.info.id, True)
    assert collection.info.people
    insert(collection, town=["Anna"])
    assert collection.people.count_unsearched() == 3
    seen: list[int] = []
    report = collection.people.find(progress=lambda so_far: seen.append(so_far.looked))
    assert (report.looked, report.faces, report.unreadable, report.stopped) == (3, 2, [], False)
    assert seen == [3]
    assert [each.records for each in collection.people.list_all()] == [2, 1]
    assert collection.people.find().looked == 0


def test_looking_stops_when_told_and_goes_on_later(engine: Engine, insert: Insert) -> None:
    collection = engine.collections.open(engine.collections.create("shop").id)
    insert(collection, beach=["Anna"])
    engine.collections.set_people(collection.info.id, True)
    assert collection.people.find(stop=lambda: True).stopped
    assert collection.people.list_all() == []
    assert collection.people.find().faces == 1


def test_an_original_that_changed_or_is_gone_is_told_of(
    engine: Engine, insert: Insert, tmp_path: Path
) -> None:
    collection = engine.collections.open(engine.collections.create("shop").id)
    insert(collection, beach=["Anna"], hills=["Ben"])
    (tmp_path / "beach.jpg").unlink()
    saved(portrait("Cleo"), tmp_path / "hills.jpg")
    engine.collections.set_people(collection.info.id, True)
    report = collection.people.find()
    assert dict(report.unreadable).keys() == {"beach", "hills"}
    assert dict(report.unreadable)["hills"] == "its original is another image by now"
    assert collection.people.count_unsearched() == 2


def test_without_weights_people_cannot_be_asked_for(
    open_engine: Callable[..., Engine], data_dir: Path
) -> None:
    (data_dir / "models" / "faces").rename(data_dir / "elsewhere")
    with open_engine() as engine:
        with pytest.raises(PluginUnavailable, match="photomill models add faces"):
            engine.collections.create("family", people=True)
        assert engine.collections.list_all() == []


def test_a_record_is_worth_having_where_nobody_can_be_looked_for(
    open_engine: Callable[..., Engine], data_dir: Path, insert: Insert
) -> None:
    with open_engine() as engine:
        collection_id = engine.collections.create("family", people=True).id
    (data_dir / "models" / "faces").rename(data_dir / "elsewhere")
    with open_engine() as engine:
        collection = engine.collections.open(collection_id)
        report = insert(collection, beach=["Anna"])
        assert report.inserted == ["beach"]
        (note,) = report.notes["beach"]
        assert note.startswith("nobody was looked for: ")
        assert collection.people.count_unsearched() == 1
        with pytest.raises(PluginUnavailable):
            collection.people.find()


def test_a_record_is_worth_having_where_the_recogniser_fails(
    collection: Collection, insert: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    recognise = People._recognise

    def beyond(people: People, image: Image) -> Sequence[RecognisedFace]:
        return [evolve(face, left=2.0) for face in recognise(people, image)]

    with monkeypatch.context() as patched:
        patched.setattr(People, "_recognise", beyond)
        report = insert(collection, beach=["Anna"], sea=[])
    assert sorted(report.inserted) == ["beach", "sea"]
    assert report.notes == {
        "beach": (
            "nobody was looked for: the recogniser 'people' returned a face beyond the image",
        )
    }
    assert collection.people.count_unsearched() == 1
    assert collection.people.find().faces == 1


def test_faces_of_another_recogniser_are_not_mixed(
    open_engine: Callable[..., Engine], insert: Insert, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_engine() as engine:
        collection_id = engine.collections.create("family", people=True).id
    monkeypatch.setattr(People, "fingerprint", property(lambda self: "another"))
    with open_engine() as engine:
        collection = engine.collections.open(collection_id)
        (note,) = insert(collection, beach=["Anna"]).notes["beach"]
        assert "the recogniser is now 'another'" in note
        with pytest.raises(Conflict, match="forget the people and begin anew"):
            collection.people.find()


# ------------------------------------------------------------ names


def test_a_name_is_seen_by_filters_facets_and_searches(family: Collection) -> None:
    family.people.name(on(family, "beach").number, "Anna Lee")
    assert family.ids({"people": "Anna Lee"}) == ["beach", "hills", "town"]
    assert family.facet("people") == [("Anna Lee", 3)]
    record = family.get(["hills"])[0]
    assert record is not None
    assert list(record.people) == ["Anna Lee"]
    assert "people" not in record.attributes
    found = family.search(ByText("anna"))
    assert [hit.id for hit in found.hits] == ["beach", "hills", "town"]
    assert found.channels == ["people"]
    assert [hit.id for hit in family.search(ByText("Lee")).hits] == ["beach", "hills", "town"]


def test_a_change_of_name_is_seen_at_once(family: Collection) -> None:
    anna = on(family, "beach").number
    family.people.name(anna, "Anna")
    assert family.search(ByText("Anna")).hits
    family.people.name(anna, "Hannah")
    assert family.facet("people") == [("Hannah", 3)]
    assert family.search(ByText("Anna")).hits == []
    assert family.people.name("Hannah", "").name == ""
    assert family.facet("people") == []


def test_other_processes_see_names_at_once(
    family: Collection, open_engine: Callable[..., Engine]
) -> None:
    with open_engine() as other:
        there = other.collections.open(family.info.id)
        assert there.facet("people") == []
        family.people.name(on(family, "beach").number, "Anna")
        assert there.facet("people") == [("Anna", 3)]
        there.people.name("Anna", "Hannah")
        assert family.ids({"people": "Hannah"}) == ["beach", "hills", "town"]


def test_further_images_of_somebody_named_have_the_name(family: Collection, insert: Insert) -> None:
    family.people.name(on(family, "beach").number, "Anna")
    assert family.count({"people": "Anna"}) == 3
    insert(family, lake=["Anna"])
    assert family.count({"people": "Anna"}) == 4


def test_an_attribute_of_the_users_own_goes_before(family: Collection) -> None:
    family.people.name(on(family, "beach").number, "Anna")
    family.update([("beach", {"people": "somebody"})])
    assert family.ids({"people": "Anna"}) == ["hills", "town"]
    assert family.ids({"people": "somebody"}) == ["beach"]


def test_one_name_is_one_persons(family: Collection) -> None:
    anna, ben, _ = family.people.list_all()
    family.people.name(anna.number, "Anna")
    with pytest.raises(Conflict, match=f"'Anna' is the name of number {anna.number} already"):
        family.people.name(ben.number, "Anna")
    assert family.people.name("Anna", "Anna").number == anna.number


@pytest.mark.parametrize("name", ["a" * 201, "two\nlines", "12"])
def test_a_bad_name_is_refused(family: Collection, name: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        family.people.name(family.people.list_all()[0].number, name)


@pytest.mark.parametrize("person", [10**6, "1000000", "Nobody"])
def test_who_is_not_there_is_not_found(family: Collection, person: int | str) -> None:
    for ask in (
        lambda: family.people.get(person),
        lambda: family.people.name(person, "Anna"),
        lambda: family.people.faces(person),
        lambda: family.people.merge(person, [1]),
        lambda: family.people.split(person, [1]),
        lambda: family.people.reject(person, [1]),
    ):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(NotFound, match="no face 1000000"):
        family.people.crop(10**6)


# ------------------------------------------------------------ sorting


def test_two_who_are_one_are_merged(family: Collection) -> None:
    anna, ben, cleo = family.people.list_all()
    family.people.name(cleo.number, "Cleo")
    merged = family.people.merge(ben.number, [cleo.number])
    assert (merged.number, merged.name, merged.faces, merged.records) == (ben.number, "Cleo", 3, 2)
    assert [each.number for each in family.people.list_all()] == [anna.number, ben.number]
    assert family.ids({"people": "Cleo"}) == ["hills", "town"]
    with pytest.raises(InvalidInput, match="others"):
        family.people.merge(ben.number, [ben.number])
    with pytest.raises(InvalidInput, match="others"):
        family.people.merge(ben.number, [])


def test_the_name_of_the_one_merged_into_is_kept(family: Collection) -> None:
    anna, ben, _ = family.people.list_all()
    family.people.name(anna.number, "Anna")
    family.people.name(ben.number, "Ben")
    assert family.people.merge("Anna", ["Ben"]).name == "Anna"
    with pytest.raises(NotFound):
        family.people.get("Ben")


def test_faces_are_split_off(family: Collection) -> None:
    family.people.name(on(family, "beach").number, "Anna")
    (face,) = family.people.faces(ids=["beach"])
    other = family.people.split("Anna", [face.number])
    assert (other.name, other.faces) == ("", 1)
    assert family.ids({"people": "Anna"}) == ["hills", "town"]
    (moved,) = family.people.faces(ids=["beach"])
    assert moved.person == other.number


def test_only_the_persons_own_faces_are_split_off(family: Collection) -> None:
    anna, ben, _ = family.people.list_all()
    face = family.people.faces(ben.number)[0]
    with pytest.raises(NotFound, match=f"number {anna.number} has no face {face.number}"):
        family.people.split(anna.number, [face.number])
    with pytest.raises(InvalidInput, match="faces"):
        family.people.split(anna.number, [])
    assert family.people.get(ben.number).faces == 2


def test_a_rejected_face_goes_and_does_not_come_back(family: Collection, insert: Insert) -> None:
    anna = on(family, "beach").number
    family.people.name(anna, "Anna")
    (face,) = family.people.faces(ids=["beach"])
    (moved,) = family.people.reject("Anna", [face.number])
    assert moved.person != anna
    assert family.ids({"people": "Anna"}) == ["hills", "town"]
    insert(family, lake=["Anna"])
    assert on(family, "beach").number == moved.person


def test_a_rejected_face_goes_to_whom_it_is_like(family: Collection) -> None:
    """Ben was taken for Anna by a merge of one of his faces; rejected, it goes back to Ben."""
    anna, ben, _ = family.people.list_all()
    face = family.people.faces(ben.number)[0]
    alone = family.people.split(ben.number, [face.number])
    family.people.merge(anna.number, [alone.number])
    assert family.people.get(anna.number).faces == 4
    (moved,) = family.people.reject(anna.number, [face.number])
    assert moved.person == ben.number
    assert family.people.get(ben.number).faces == 2


def test_faces_like_a_rejected_one_stay_away(collection: Collection, insert: Insert) -> None:
    """Anna and Cleo were merged; of Cleo's two faces one is rejected, so a third does not come to Anna."""
    insert(collection, beach=["Anna"], town=["Cleo"])
    anna, cleo = on(collection, "beach").number, on(collection, "town").number
    collection.people.merge(anna, [cleo])
    (face,) = collection.people.faces(ids=["town"])
    (moved,) = collection.people.reject(anna, [face.number])
    insert(collection, lake=["Cleo"], hills=["Anna"])
    assert on(collection, "lake").number == moved.person
    assert on(collection, "hills").number == anna


def test_merging_takes_back_what_was_rejected(family: Collection, insert: Insert) -> None:
    anna = on(family, "beach").number
    (face,) = family.people.faces(ids=["beach"])
    (moved,) = family.people.reject(anna, [face.number])
    family.people.merge(anna, [moved.person])
    insert(family, lake=["Anna"])
    assert on(family, "lake").number == anna


# ------------------------------------------------------------ records that go and come


def test_a_deleted_record_takes_its_faces_along(family: Collection) -> None:
    family.people.name(on(family, "beach").number, "Anna")
    cleo = family.people.list_all()[-1].number
    family.delete(["town"])
    assert family.people.get("Anna").records == 2
    assert cleo not in {each.number for each in family.people.list_all()}
    family.delete_where({"_id": {"$in": ["beach", "hills"]}})
    named = family.people.get("Anna")
    assert (named.records, named.faces, named.cover) == (0, 0, None)
    assert family.people.faces() == []


def test_a_dropped_record_keeps_its_faces_until_the_list_is_emptied(family: Collection) -> None:
    family.people.name(on(family, "beach").number, "Anna")
    family.drop(["beach"])
    assert family.people.get("Anna").records == 2
    assert family.people.faces(ids=["beach"]) == []
    family.restore(["beach"])
    assert family.ids({"people": "Anna"}) == ["beach", "hills", "town"]
    assert family.people.count_unsearched() == 0
    family.drop(["beach"])
    number = family.people.faces("Anna")[0].number
    family.empty_dropped()
    assert family.people.crop(number)
    family.restore(["beach"])
    assert family.people.get("Anna").faces == 2


def test_cleared_collections_know_nobody(
    engine: Engine, family: Collection, insert: Insert
) -> None:
    family.people.name(on(family, "beach").number, "Anna")
    engine.collections.clear(family.info.id)
    assert family.people.list_all() == []
    insert(family, lake=["Anna"])
    assert [each.name for each in family.people.list_all()] == [""]
    engine.collections.delete(family.info.id)


def test_collections_do_not_know_each_others_people(
    engine: Engine, family: Collection, insert: Insert
) -> None:
    other = engine.collections.open(engine.collections.create("friends", people=True).id)
    insert(other, beach=["Anna"])
    (there,) = other.people.list_all()
    assert there.number not in {each.number for each in family.people.list_all()}
    with pytest.raises(NotFound):
        family.people.get(there.number)
    other.people.name(there.number, "Anna")
    assert family.facet("people") == []


@pytest.mark.parametrize("number", [0, -1, 10**30])
def test_numbers_of_nobody_are_told_of(family: Collection, number: int) -> None:
    anna = on(family, "beach")
    for ask in (
        lambda: family.people.get(number),
        lambda: family.people.get(str(number)),
        lambda: family.people.crop(number),
        lambda: family.people.name(number, "Anna"),
        lambda: family.people.merge(anna.number, [number]),
        lambda: family.people.split(anna.number, [number]),
        lambda: family.people.reject(anna.number, [number]),
    ):
        with pytest.raises(NotFound):
            ask()
