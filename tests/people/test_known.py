"""Whose a new face is, where this process or another changed whose faces are since it last looked.

Each image is one dot of a colour; its red says how far along a line the face is, so that means can be reckoned by hand.
"""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO

import numpy as np
import PIL.Image
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from photomill import BytesSource, Collection, Engine, NewRecord
from photomill.collections.store.people import PeopleTable, StoredFaces
from photomill.components import RecognisedFace
from photomill.images.image import Image
from photomill_people import People

RADIUS = 0.5
STEP = 0.02


def vector(place: int) -> np.ndarray:
    found = np.zeros(128, np.float32)
    found[0] = place * STEP
    return found


@pytest.fixture(autouse=True)
def faces_by_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    def recognise(people: People, image: Image) -> Sequence[RecognisedFace]:
        place = int(image.pixels[0, 0, 0])
        return [RecognisedFace(0.1, 0.1, 0.5, 0.5, 1.0, vector(place), b"crop")]

    monkeypatch.setattr(People, "_recognise", recognise)


def insert(collection: Collection, record_id: str, place: int) -> int:
    """Insert a face; returns whose it is."""
    file = BytesIO()
    PIL.Image.new("RGB", (64, 64), (place, 90, 160)).save(file, "png")
    report = collection.insert([NewRecord(record_id, BytesSource(file.getvalue()))])
    assert report.inserted == [record_id]
    assert not report.notes
    (face,) = collection.people.faces(ids=[record_id])
    return face.person


@pytest.fixture
def other(open_engine: Callable[..., Engine], collection: Collection) -> Iterator[Collection]:
    """The same collection, opened by another engine over the same catalog."""
    with open_engine() as engine:
        yield engine.collections.open(collection.info.id)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many faces were read at a time since they were last counted."""
    counts: list[int] = []
    for name in ("newer", "faces_by_people"):
        given = getattr(PeopleTable, name)

        def counted(
            *args: object, given: Callable[..., Iterator[StoredFaces]] = given
        ) -> Iterator[StoredFaces]:
            for faces in given(*args):
                counts.append(len(faces.numbers))
                yield faces

        monkeypatch.setattr(PeopleTable, name, counted)
    return counts


def test_an_insert_reads_only_what_came_since(collection: Collection, read: list[int]) -> None:
    for number in range(4):
        insert(collection, f"a{number}", 10)
    read.clear()
    insert(collection, "b", 11)
    assert sum(read) == 1
    anna = insert(collection, "c", 200)
    read.clear()
    moved = collection.people.faces(ids=["a0"])[0]
    collection.people.split(moved.person, [moved.number])
    collection.people.merge(anna, [collection.people.faces(ids=["a0"])[0].person])
    insert(collection, "d", 12)
    # Those of the two who were rearranged.
    assert sum(read) == 4 + 2 + 1


def test_what_another_process_found_is_known(collection: Collection, other: Collection) -> None:
    anna = insert(collection, "a", 10)
    assert insert(other, "b", 12) == anna
    ben = insert(other, "c", 100)
    assert ben != anna
    assert insert(collection, "d", 101) == ben


def test_what_another_process_sorted_is_known(collection: Collection, other: Collection) -> None:
    anna, ben = insert(collection, "a", 10), insert(collection, "b", 60)
    other.people.merge(anna, [ben])
    # Near to Ben, who is gone, and too far from the mean of both.
    assert insert(collection, "c", 62) not in {anna, ben}
    assert insert(collection, "d", 35) == anna
    (face,) = other.people.faces(ids=["b"])
    split = other.people.split(anna, [face.number]).number
    assert insert(collection, "e", 56) in {
        split,
        *(f.person for f in other.people.faces(ids=["c"])),
    }
    assert insert(collection, "f", 5) == anna


def test_what_another_process_rejected_stays_away(
    collection: Collection, other: Collection
) -> None:
    anna = insert(collection, "a", 10)
    assert insert(collection, "b", 20) == anna
    (face,) = other.people.faces(ids=["b"])
    (moved,) = other.people.reject(anna, [face.number])
    assert insert(collection, "c", 21) == moved.person
    assert insert(collection, "d", 9) == anna


@pytest.mark.parametrize("way", ["delete", "drop", "clear"])
def test_who_went_with_the_records_in_another_process_is_not_taken_for_anybody(
    collection: Collection, other: Collection, open_engine: Callable[..., Engine], way: str
) -> None:
    anna = insert(collection, "a", 10)
    insert(collection, "b", 200)
    if way == "clear":
        with open_engine() as engine:
            engine.collections.clear(collection.info.id)
    elif way == "drop":
        other.drop(["a"])
        other.empty_dropped()
    else:
        other.delete(["a"])
    new = insert(collection, "c", 10)
    assert new != anna
    assert insert(collection, "d", 11) == new


def test_a_mean_is_without_the_faces_that_were_deleted_elsewhere(
    collection: Collection, other: Collection
) -> None:
    anna = insert(collection, "a", 10)
    assert insert(collection, "b", 30) == anna
    other.delete(["b"])
    assert insert(collection, "c", 40) != anna


def test_who_was_forgotten_elsewhere_is_known_to_nobody(
    engine: Engine, collection: Collection, other: Collection, open_engine: Callable[..., Engine]
) -> None:
    anna = insert(collection, "a", 10)
    insert(other, "b", 11)
    with open_engine() as third:
        for wanted in (False, True):
            third.collections.set_people(collection.info.id, wanted)
    new = insert(collection, "c", 10)
    assert new != anna
    assert insert(other, "d", 11) == new
    assert {face.record_id for face in collection.people.faces()} == {"c", "d"}


def test_nobody_is_remembered_after_people_were_forgotten(
    engine: Engine, collection: Collection, other: Collection
) -> None:
    insert(collection, "a", 10)
    insert(other, "b", 200)
    known, elsewhere = collection.people._finder.known, other.people._finder.known
    assert known._held is not None
    engine.collections.set_people(collection.info.id, False)
    assert known._held is None
    # Another process lets go of them as soon as it is asked for anything about people.
    assert elsewhere._held is not None
    assert not other.people._finder.wanted()
    assert elsewhere._held is None


def test_faces_of_a_transaction_that_failed_are_not_remembered(
    engine: Engine, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert(collection, "a", 10)

    def fail(*args: object) -> None:
        raise sa.exc.OperationalError("insert", {}, Exception("no"))

    with monkeypatch.context() as patch:
        patch.setattr(PeopleTable, "names", fail)
        with pytest.raises(Exception, match="no"):
            insert(collection, "b", 100)
    ben = insert(collection, "c", 102)
    assert [each.number for each in collection.people.list_all()] == sorted(
        {face.person for face in collection.people.faces()}
    )
    assert insert(collection, "d", 104) == ben


Steps = st.lists(
    st.tuples(
        st.sampled_from(["insert", "insert", "insert", "delete", "merge", "split"]),
        st.booleans(),
        st.integers(0, 200),
    ),
    min_size=5,
    max_size=14,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=Steps)
def test_two_processes_know_the_same_people(
    engine: Engine, collection: Collection, other: Collection, steps: list[tuple[str, bool, int]]
) -> None:
    engine.collections.clear(collection.info.id)
    for number, (what, here, place) in enumerate(steps):
        asked = collection if here else other
        faces = asked.people.faces()
        owners: dict[int, list[float]] = {}
        for face in faces:
            owners.setdefault(face.person, []).append(int(face.record_id.split("-")[1]) * STEP)
        some = faces[place % len(faces)] if faces else None
        if what == "insert" or some is None:
            distances = sorted(
                (abs(float(np.mean(own)) - place * STEP), person) for person, own in owners.items()
            )
            near = [each for each in distances if each[0] <= RADIUS - 1e-6]
            found = insert(asked, f"{number}-{place}", place)
            if near and (len(near) == 1 or near[1][0] - near[0][0] > 1e-6):
                assert found == near[0][1]
            elif not near and (not distances or distances[0][0] > RADIUS + 1e-6):
                assert found not in owners
        elif what == "delete":
            asked.delete([some.record_id])
        elif what == "split":
            asked.people.split(some.person, [some.number])
        elif len(owners) > 1:
            into, gone, *_ = owners
            asked.people.merge(into, [gone])
