"""Imports as jobs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from photomill.collections.collection import Collection
from photomill.collections.model import DuplicateKind, InsertReport
from photomill.engine import Engine
from photomill.errors import InvalidInput, NotFound, PhotomillError, ResourcesMissing
from photomill.importing import ImportOptions, find_images
from photomill.importing.job import ImportImages, ImportPlan
from photomill.jobs.model import ItemState, JobItem, JobState

from .conftest import draw


def test_an_import_is_a_job_of_units(engine: Engine, collection: Collection, folder: Path) -> None:
    (folder / "1" / "words.jpg").write_text("words")
    seen = []
    report = engine.importing.run(
        collection.info.id,
        [folder],
        ImportOptions(attributes={"year": 2024}, prefix="p/"),
        unit=3,
        progress=lambda so_far: seen.append(so_far.seen),
    )
    assert (report.inserted, report.seen, report.stopped, seen[-1]) == (10, 11, False, 11)
    (failure,) = report.failures
    assert failure.path == folder / "1" / "words.jpg"
    assert collection.count({"year": 2024}) == 10
    assert "p/0/0.png" in collection.ids()

    (job,) = engine.jobs.list_jobs(kind="import")
    assert (job.state, job.progress.total, job.progress.done) == (JobState.DONE, 4, 4)
    assert job.result == {
        "inserted": 10,
        "present": 0,
        "dropped": 0,
        "near_duplicates": 0,
        "failed": 1,
    }
    names = [item.name for item in engine.jobs.items(job.number)]
    assert names[0] == "0/0.png … 0/4.png"
    again = engine.importing.run(collection.info.id, [folder], ImportOptions(prefix="p/"))
    assert (again.inserted, again.present) == (0, 10)


def test_units_that_begin_together_need_no_second_attempt(
    engine: Engine, collection: Collection, folder: Path
) -> None:
    assert engine.importing.run(collection.info.id, [folder], unit=1).inserted == 10
    (job,) = engine.jobs.list_jobs(kind="import")
    assert [item.attempts for item in engine.jobs.items(job.number)] == [1] * 10


@pytest.mark.parametrize("at_once", [1, 4])
def test_an_import_waits_for_memory_of_a_card(
    engine: Engine,
    collection: Collection,
    folder: Path,
    tmp_path: Path,
    at_once: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    embedder = engine.components.embedder("main")
    embed, runs = embedder._embed, []

    def _embed(images: Any) -> Any:
        runs.append(len(images))
        if len(runs) in {2, 3}:
            raise ResourcesMissing("cuda has no memory left")
        return embed(images)

    monkeypatch.setattr(type(embedder), "at_once", at_once)
    monkeypatch.setattr(embedder, "_embed", _embed)
    report = engine.importing.run(collection.info.id, [folder])
    assert (report.inserted, report.present, report.failures) == (10, 0, [])
    assert collection.count() == 10
    # Those made for the tries before are gone.
    assert len(list((tmp_path / "data" / "thumbnails").rglob("*.webp"))) == 10


def test_others_do_what_was_submitted(engine: Engine, collection: Collection, folder: Path) -> None:
    job = engine.importing.submit(collection.info.id, [folder], unit=2)
    engine.jobs.pause(job.number)
    with Engine.open(engine.settings) as other:
        other.jobs.start()
        assert other.jobs.wait(job.number, 0.3).state is JobState.PAUSED
        other.jobs.resume(job.number)
        assert other.jobs.wait(job.number, 120).state is JobState.DONE
    assert engine.importing.report(job.number).inserted == 10
    assert collection.count() == 10


def test_it_works_on_its_own_job_alone(
    engine: Engine, collection: Collection, folder: Path
) -> None:
    other = engine.importing.submit(collection.info.id, [folder], ImportOptions(prefix="other/"))
    assert engine.importing.run(collection.info.id, [folder]).inserted == 10
    assert engine.jobs.get(other.number).state is JobState.ACCEPTED
    # Nor does it go on to work afterwards.
    engine.jobs.start()
    assert engine.jobs.wait(other.number, 120).state is JobState.DONE
    assert collection.count() == 20


def test_a_cancelled_import_keeps_what_it_did(
    engine: Engine,
    collection: Collection,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    wait_until: Callable[[Callable[[], object]], None],
) -> None:
    insert = Collection.insert

    def insert_and_wait(*given: Any, **named: Any) -> InsertReport:
        report = insert(*given, **named)
        (job,) = engine.jobs.list_jobs()
        wait_until(lambda: engine.jobs.get(job.number).state.ended)
        return report

    monkeypatch.setattr(Collection, "insert", insert_and_wait)
    report = engine.importing.run(
        collection.info.id,
        [folder],
        ImportOptions(batch=2),
        unit=10,
        stop=lambda: collection.count() > 0,
    )
    assert (report.inserted, report.stopped) == (2, True)
    monkeypatch.undo()
    left = engine.importing.run(collection.info.id, [folder])
    assert (left.inserted, left.present, left.stopped) == (8, 2, False)


def test_a_listing_goes_on_where_it_broke_off(
    engine: Engine, collection: Collection, folder: Path, tmp_path: Path
) -> None:
    draw(folder / "0.png", 70)
    draw(folder / "1" / "3.png.d" / "deep.png", 71)
    draw(folder / "1-" / "9.png", 72)
    single = draw(tmp_path / "single.png", 73)
    plan = ImportPlan(collection.info.id, [str(folder), str(single)], ImportOptions(), 1)
    job = engine.jobs.submit("import", plan.document())
    kind = ImportImages(engine.collections, engine.jobs, engine.storages)
    whole = list(kind.items(job, None))
    found = [str(file.name) for file in find_images([folder, single])]
    assert [item.input["files"][0][1] for item in whole] == found
    for position, item in enumerate(whole):
        after = JobItem(position, item.name, ItemState.WAITING, item.input)
        assert list(kind.items(job, after)) == whole[position + 1 :]
    # Also where the last file is gone.
    (folder / "1" / "3.png").unlink()
    (position,) = (n for n, item in enumerate(whole) if item.name == "1/3.png")
    after = JobItem(position, "1/3.png", ItemState.WAITING, whole[position].input)
    assert list(kind.items(job, after)) == whole[position + 1 :]


def test_objects_of_storages_are_listed_and_imported(
    engine: Engine, collection: Collection, folder: Path, tmp_path: Path
) -> None:
    engine.storages.operator.create("archive", "local", {"path": str(folder)})
    (folder / "words.txt").write_text("words")
    draw(folder / "2" / "ä b#?.png", 70)
    single = draw(tmp_path / "single.png", 71)
    places = [str(tmp_path / "single.png"), "storage://archive/0/", "storage://archive/2/"]
    places += ["storage://archive/1/1.png", str(single.parent / "more")]
    draw(tmp_path / "more" / "last.png", 72)
    plan = ImportPlan(collection.info.id, places, ImportOptions(), 1)
    job = engine.jobs.submit("import", plan.document())
    kind = ImportImages(engine.collections, engine.jobs, engine.storages)
    whole = list(kind.items(job, None))
    assert [item.input["files"][0][0] for item in whole] == [0, 1, 1, 1, 1, 1, 2, 3, 4]
    for position, item in enumerate(whole):
        after = JobItem(position, item.name, ItemState.WAITING, item.input)
        assert list(kind.items(job, after)) == whole[position + 1 :]
    report = engine.importing.run(collection.info.id, places, unit=2)
    assert (report.inserted, report.failures) == (9, [])
    (record,) = collection.get(["ä b#?.png"])
    assert record is not None
    assert record.attributes["_url"] == "storage://archive/2/%C3%A4%20b%23%3F.png"
    assert {"bytes", "modified"} <= set(record.attributes)
    assert collection.original("ä b#?.png") == (folder / "2" / "ä b#?.png").read_bytes()
    again = engine.importing.run(collection.info.id, places)
    assert (again.inserted, again.present) == (0, 9)


def test_a_unit_that_is_done_twice_adds_nothing(
    engine: Engine, collection: Collection, folder: Path
) -> None:
    job = engine.importing.submit(collection.info.id, [folder])
    kind = ImportImages(engine.collections, engine.jobs, engine.storages)
    (new,) = kind.items(job, None)
    item = JobItem(0, new.name, ItemState.PROCESSING, new.input)
    assert kind.run(job, item)["inserted"] == 10
    assert (kind.run(job, item)["inserted"], kind.run(job, item)["present"]) == (0, 10)
    assert collection.count() == 10


def test_a_folder_that_is_not_here_is_tried_again(
    engine: Engine, collection: Collection, folder: Path
) -> None:
    """As another machine may have it."""
    job = engine.importing.submit(collection.info.id, [folder])
    (new,) = ImportImages(engine.collections, engine.jobs, engine.storages).items(job, None)
    folder.rename(folder.with_name("moved"))
    with pytest.raises(PhotomillError, match="photos"):
        ImportImages(engine.collections, engine.jobs, engine.storages).run(
            job, JobItem(0, new.name, ItemState.PROCESSING, new.input)
        )


def test_a_place_that_is_not_there_fails_the_import(
    engine: Engine, collection: Collection, tmp_path: Path
) -> None:
    with pytest.raises(PhotomillError, match="nowhere"):
        engine.importing.run(collection.info.id, [tmp_path / "nowhere"])


def test_a_file_does_not_take_the_place_of_that_of_another_unit(
    engine: Engine, collection: Collection, tmp_path: Path
) -> None:
    for place in ("here", "there"):
        for number in range(8):
            draw(tmp_path / place / f"{number}.png", number + len(place))
    places = [tmp_path / "here", tmp_path / "there"]
    report = engine.importing.run(collection.info.id, places, unit=1)
    assert (report.inserted, report.present, len(report.failures)) == (8, 0, 8)
    assert all("belongs to" in str(failure.error) for failure in report.failures)


def test_near_duplicates_are_left_out(engine: Engine, collection: Collection, folder: Path) -> None:
    (folder / "twin.png").write_bytes((folder / "0" / "0.png").read_bytes())
    report = engine.importing.run(
        collection.info.id, [folder], ImportOptions(near_radius=0.01), unit=2
    )
    assert (report.inserted, report.near_duplicates) == (10, 1)
    (left_out,) = report.left_out
    assert {Path(left_out.path).name, Path(left_out.duplicate_of.id).name} == {"twin.png", "0.png"}
    assert (left_out.duplicate_of.distance, left_out.duplicate_of.kind) == (
        0.0,
        DuplicateKind.EXACT,
    )


def test_notes_are_counted(engine: Engine, collection: Collection, folder: Path) -> None:
    for number in range(3):
        path = draw(folder / f"cut {number}.jpg", 80 + number, size=(900, 700))
        path.write_bytes(path.read_bytes()[:-40])
    report = engine.importing.run(collection.info.id, [folder], unit=2)
    assert report.inserted == 13
    assert list(report.notes.values()) == [3]


@pytest.mark.parametrize("unit", [0, 257])
def test_a_unit_has_a_size(engine: Engine, collection: Collection, folder: Path, unit: int) -> None:
    with pytest.raises(InvalidInput, match="unit"):
        engine.importing.submit(collection.info.id, [folder], unit=unit)


def test_a_job_of_another_kind_is_no_import(engine: Engine) -> None:
    with pytest.raises(NotFound):
        engine.importing.report(7)
