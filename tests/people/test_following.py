"""Files of a folder that is followed: what was sorted by hand stays with its image."""

import shutil
from pathlib import Path

import pytest

from photomill import Collection, FolderChanges, FolderWatch, find_images, import_images

from .drawing import portrait, saved


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for place, (name, people) in enumerate(
        {"beach": ["Anna"], "hills": ["Ben"], "town": ["Anna", "Ben"]}.items()
    ):
        saved(portrait(*people, wall=(90 + 20 * place, 160, 170)), folder / f"{name}.jpg")
    return folder


@pytest.fixture
def watch(collection: Collection, photos: Path) -> FolderWatch:
    import_images(collection, find_images([photos]))
    watch = FolderWatch(collection, [photos])
    assert not watch.look()
    return watch


def looks(watch: FolderWatch) -> FolderChanges:
    """Look until everything is at rest; gives what the last look found."""
    assert not watch.look()
    return watch.look()


def people_on(collection: Collection, name: str) -> list[int]:
    faces = collection.people.faces(ids=[name])
    return [face.person for face in sorted(faces, key=lambda face: face.left)]


@pytest.mark.parametrize("order", ["rename", "copy first"])
def test_a_new_name_keeps_who_was_sorted_by_hand(
    watch: FolderWatch, collection: Collection, photos: Path, order: str
) -> None:
    people = collection.people
    (anna,) = people_on(collection, "beach.jpg")
    people.name(anna, "Anna")
    (face,) = people.faces(ids=["beach.jpg"])
    sister = people.split("Anna", [face.number])
    people.name(sister.number, "Berta")
    numbers = sorted(each.number for each in people.list_all())
    if order == "rename":
        (photos / "beach.jpg").rename(photos / "sea.jpg")
    else:
        shutil.copy(photos / "beach.jpg", photos / "sea.jpg")
        assert looks(watch).report.inserted == 1
        (photos / "beach.jpg").unlink()
    assert looks(watch).renamed == {"beach.jpg": "sea.jpg"}
    assert [each.number for each in people.faces(ids=["sea.jpg"])] == [face.number]
    assert people_on(collection, "sea.jpg") == [sister.number]
    assert collection.ids({"people": "Berta"}) == ["sea.jpg"]
    assert collection.ids({"people": "Anna"}) == ["town.jpg"]
    assert sorted(each.number for each in people.list_all()) == numbers
    assert people.count_unsearched() == 0


def test_where_nobody_was_looked_for_in_one_the_other_keeps_its_own_faces(
    watch: FolderWatch, collection: Collection
) -> None:
    (record,) = collection.get(["beach.jpg"])
    assert record is not None
    before = collection.people.faces(ids=["beach.jpg"])
    collection.people.hand_over(record.number + 1000, record.number)
    assert collection.people.faces(ids=["beach.jpg"]) == before
    assert len(before) == 1
