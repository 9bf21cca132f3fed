"""Ids of rows: packed in a snapshot or fresh, they say the same as a plain list of them."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomill.collections.contents import Contents, SavedRows, View
from photomill.collections.ids import Ids, PackedIds
from photomill.collections.snapshot import SnapshotFolder
from photomill.collections.store.records import AddedRow

NAMES = ["a", "b", "ab", "ä/ö 1.jpg", "日本", "\U0001f986", "half \ud83e", "x" * 300]
VECTOR = np.zeros(4, "<f4").tobytes()


class Model:
    """Records by the number of their insertion, beside the contents that hold them."""

    def __init__(self, folder: Path) -> None:
        self.folder = SnapshotFolder(folder, "made by hand", 4)
        self.contents = Contents(4, SavedRows.none(4, 0), 0)
        self.ids: dict[int, str] = {}
        self.alive: set[int] = set()
        self.last = 0

    def insert(self, name: str) -> None:
        if name not in {self.ids[serial] for serial in self.alive}:
            self.last += 1
            self.ids[self.last] = name
            self.alive.add(self.last)
            assert self.contents.take([AddedRow(self.last, name, VECTOR)])

    def delete(self, name: str) -> None:
        doomed = {serial for serial in self.alive if self.ids[serial] == name}
        self.alive -= doomed
        self.contents.mark_dead(doomed)

    def restore(self, name: str) -> None:
        """Bring the record that first had this id back."""
        if name in {self.ids[serial] for serial in self.alive}:
            return
        first = next((serial for serial, each in self.ids.items() if each == name), None)
        if first is not None:
            self.alive.add(first)
            assert self.contents.take([AddedRow(first, name, VECTOR)])

    def save(self, _: str) -> None:
        saved = self.folder.save(self.contents.view())
        assert saved is not None
        assert self.contents.rebase(saved)

    def reopen(self, name: str) -> None:
        self.save(name)
        self.open_again()

    def compact(self, _: str) -> None:
        assert self.folder.save(self.contents.view(), compact=True) is not None
        self.ids = {serial: each for serial, each in self.ids.items() if serial in self.alive}
        self.open_again()

    def open_again(self) -> None:
        snapshot = self.folder.load()
        assert snapshot is not None
        self.contents = Contents(4, snapshot.rows, self.contents.generation + 1)

    def check(self, view: View) -> None:
        serials = sorted(self.ids)
        assert view.serials.tolist() == serials
        assert view.ids_of(range(view.size)) == [self.ids[serial] for serial in serials]
        assert view.live == len(self.alive)
        rows = {self.ids[serial]: row for row, serial in enumerate(serials) if serial in self.alive}
        assert {name: view.row_of(name) for name in NAMES} == {
            name: rows.get(name) for name in NAMES
        }
        assert view.taken(NAMES) == set(rows)
        assert [view.id_of(row) for row in rows.values()] == list(rows)


ACTIONS = [
    Model.insert,
    Model.insert,
    Model.delete,
    Model.restore,
    Model.save,
    Model.reopen,
    Model.compact,
]


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(ACTIONS), st.sampled_from(NAMES)), min_size=1, max_size=25
    )
)
def test_ids_are_found_wherever_they_are_kept(steps: list[tuple[object, str]]) -> None:
    with TemporaryDirectory() as folder:
        model = Model(Path(folder))
        for action, name in steps:
            action(model, name)  # type: ignore[operator]
            model.check(model.contents.view())


def test_an_older_view_keeps_its_rows_while_ids_come_and_go(tmp_path: Path) -> None:
    model = Model(tmp_path)
    for name in ("a", "b"):
        model.insert(name)
    before = model.contents.view()
    model.save("")
    model.delete("a")
    model.insert("ab")
    model.insert("a")
    assert [before.row_of(name) for name in ("a", "b", "ab")] == [0, 1, None]
    assert [model.contents.view().row_of(name) for name in ("a", "b", "ab")] == [3, 1, 2]


def test_a_snapshot_that_numbers_rows_in_another_way_is_not_read_from(tmp_path: Path) -> None:
    model, other = Model(tmp_path / "one"), Model(tmp_path / "two")
    for each in (model, other):
        for name in ("a", "b", "ab"):
            each.insert(name)
    other.delete("a")
    saved = other.folder.save(other.contents.view(), compact=True)
    assert saved is not None
    assert not model.contents.rebase(saved)
    model.check(model.contents.view())


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_packed_ids_take_few_bytes(count: int) -> None:
    names = [f"photos/{row:07}.jpg" for row in range(count)]
    packed = Ids.of(names).packed(count)
    arrays = (packed.text, packed.ends, packed.hashes, packed.rows)
    assert sum(each.nbytes for each in arrays) == count * (18 + 8 + 8 + 4) + 8
    assert list(packed.ids_of(np.arange(count))) == names


def test_ids_whose_hashes_are_equal_are_told_apart() -> None:
    found = PackedIds.of(["a", "b"])
    same = PackedIds(
        found.text, found.ends, np.repeat(found.hashes[:1], 2), np.arange(2, dtype="i4")
    )
    one = "a" if PackedIds.of(["a"]).hashes[0] == found.hashes[0] else "b"
    alive = np.ones(2, np.bool_)
    assert same.row_of(one, alive) == ["a", "b"].index(one)
    assert same.taken([one], alive) == {one}
    assert same.row_of(one, alive & (np.arange(2) != ["a", "b"].index(one))) is None
