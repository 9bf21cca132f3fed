"""Edits of records: their originals, and nothing else."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from attrs import evolve

from photomill.collections.collection import Collection
from photomill.collections.model import NewRecord
from photomill.components.output import Jpeg, Output, Png
from photomill.editing.request import EditRequest, Pixels, Resizing
from photomill.engine import Engine
from photomill.errors import InvalidInput, NotFound
from photomill.jobs.model import ItemState, Job, JobState
from photomill.sources import PathSource

from .conftest import Write

SMALL = EditRequest(resizing=Resizing(Pixels(12), "auto"), output=Output(Jpeg()))
Names = Callable[[], list[str]]


@pytest.fixture
def collection(engine: Engine, write: Write) -> Collection:
    """Records of images in two folders; the original of ``gone`` is not there any more, that of ``other`` another."""
    files = {
        "in/a": write("in/a.png", 1),
        "out/a": write("out/a.png", 2),
        "storage://originals/": write("b.png", 3),
        "gone": write("gone.png", 4),
        "other": write("other.png", 5),
    }
    collection = engine.collections.open(engine.collections.create("photos").id)
    records = [
        NewRecord(name, PathSource(str(path), trusted=True), {"_file": str(path)})
        for name, path in files.items()
    ]
    assert not collection.insert(records).skipped
    files["gone"].unlink()
    write("other.png", 6)
    return collection


def edit(
    engine: Engine,
    collection: Collection,
    ids: Sequence[str],
    request: EditRequest = SMALL,
    destination: str | None = "storage://results/",
) -> Job:
    job = engine.editing.submit_records(collection.info.id, ids, request, destination)
    return engine.jobs.wait(job.number, 120)


def test_originals_of_records_are_edited(
    engine: Engine, collection: Collection, results: Names
) -> None:
    # An id that reads like a folder is one record.
    job = edit(engine, collection, ["in/a", "out/a", "storage://originals/", "in/a"])
    assert (job.kind, job.state, job.progress.done) == ("edit_batch", JobState.DONE, 3)
    names = results()
    assert len(names) == 3
    assert "originals.jpeg" in names
    assert "a.jpeg" in names


def test_a_record_without_its_original_fails_alone(engine: Engine, collection: Collection) -> None:
    job = edit(engine, collection, ["in/a", "gone", "other", "nowhere"], destination=None)
    assert (job.progress.done, job.progress.failed) == (1, 3)
    errors = [item.error for item in engine.jobs.items(job.number, state=ItemState.FAILED)]
    expected = ["cannot be read", "another image", "no record"]
    assert [part in error for part, error in zip(expected, errors, strict=True)] == [True] * 3


def test_an_original_is_not_replaced_wherever_it_lies(
    engine: Engine, collection: Collection, folders: Path
) -> None:
    collection.insert(
        [
            NewRecord(
                "in/a.png",
                PathSource(str(folders / "originals" / "in" / "a.png"), trusted=True),
                {"_file": str(folders / "originals" / "in" / "a.png")},
            )
        ]
    )
    before = (folders / "originals" / "in" / "a.png").read_bytes()
    png = evolve(SMALL, output=Output(Png()))
    job = edit(engine, collection, ["in/a.png"], png, "storage://originals/in/")
    (item,) = engine.jobs.items(job.number)
    assert item.error.startswith("the result would replace its original")
    assert (folders / "originals" / "in" / "a.png").read_bytes() == before
    # Into another folder it goes, and again over what the first run made.
    for _ in range(2):
        job = edit(engine, collection, ["in/a.png"], png, "storage://originals/small/")
        assert job.state is JobState.DONE


def test_what_cannot_work_is_refused_at_once(engine: Engine, collection: Collection) -> None:
    submit = engine.editing.submit_records
    with pytest.raises(InvalidInput, match="at least one"):
        submit(collection.info.id, [], SMALL)
    with pytest.raises(InvalidInput, match="expected storage"):
        submit(collection.info.id, ["in/a"], SMALL, "/tmp")
    with pytest.raises(NotFound):
        submit(collection.info.id, ["in/a"], SMALL, "storage://nowhere/")


def test_an_address_names_no_record(engine: Engine, collection: Collection) -> None:
    job = engine.editing.submit([f"record:{collection.info.id}/in/a"], SMALL)
    assert engine.jobs.wait(job.number, 120).progress.done == 0
