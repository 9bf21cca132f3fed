"""Edits of files of this machine, as jobs."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from PIL import Image

from photomill.editing.batch.file_kind import EDIT_FILES, EditFiles
from photomill.editing.batch.files import FileEdit
from photomill.editing.batch.plan import FileEditPlan
from photomill.editing.request import EditRequest, Pixels, Resizing
from photomill.engine import Engine
from photomill.errors import InvalidInput, NotFound, SourceUnreachable
from photomill.jobs.model import Job, JobItem, JobState, NewItem
from photomill.jobs.store.plans import PlanTable

from .conftest import Write, picture

SMALL = EditRequest(resizing=Resizing(Pixels(12), "auto"))
SMALLER = EditRequest(resizing=Resizing(Pixels(6), "auto"))
COUNT = 30


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    for index in range(COUNT):
        path = folder / f"{index % 3}" / f"{index:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(index))
    return folder


def store(engine: Engine, job: Job, position: int, item: NewItem) -> JobItem:
    """Store an item as a worker does that lists a job and breaks off."""
    plans = PlanTable(engine._catalog)
    if not position:
        plans.claim("a worker", [EDIT_FILES], job.number)
    assert plans.add_items(job.number, "a worker", position, [item])
    stored = plans.last_item(job.number)
    assert stored is not None
    return stored


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_run_is_a_job_of_units(
    open_engine: Callable[[], Engine], files: Path, tmp_path: Path
) -> None:
    engine, seen = open_engine(), []
    (files / "0" / "broken.jpg").write_bytes(b"none")
    edit = engine.file_editing.find([files], SMALL, f"{tmp_path}/out/")
    report = engine.file_editing.run(edit, progress=lambda so_far: seen.append(so_far.seen))
    assert (report.edited, report.seen, report.stopped, seen[-1]) == (COUNT, 31, False, 31)
    (failure,) = report.failures
    assert failure.shown == str(files / "0" / "broken.jpg")
    (job,) = engine.jobs.list_jobs(kind=EDIT_FILES)
    assert (job.state, job.progress.done) == (JobState.DONE, job.progress.total)
    assert 1 < job.progress.done < COUNT
    assert job.result == {
        "edited": COUNT,
        "present": 0,
        "left_alone": 0,
        "left_out": 0,
        "failed": 1,
    }
    assert engine.file_editing.report(job.number) == report


def test_a_killed_run_goes_on_elsewhere_and_makes_nothing_twice(
    open_engine: Callable[[], Engine],
    files: Path,
    tmp_path: Path,
    wait_until: Callable[[Callable[[], object]], None],
) -> None:
    out, engine = tmp_path / "out", open_engine()
    program = (
        "import sys; from photomill import *\n"
        "overrides = {'photomill.data_dir': sys.argv[1]}\n"
        "engine = Engine.open(load_settings(overrides=overrides))\n"
        "edits = engine.file_editing\n"
        "request = EditRequest(resizing=Resizing(Pixels(12), 'auto'))\n"
        "edits.run(edits.find([sys.argv[2]], request, sys.argv[3]))\n"
    )
    words = [str(engine.settings.data_dir), str(files), f"{out}/"]
    killed = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        wait_until(lambda: len(names(out)) > 3 or killed.poll() is not None)
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    (job,) = engine.jobs.list_jobs(kind=EDIT_FILES)
    engine.jobs.start()
    assert engine.jobs.wait(job.number, 120).state is JobState.DONE
    report = engine.file_editing.report(job.number)
    assert (report.edited + report.present, report.failures, report.foreign) == (COUNT, [], [])
    assert len([name for name in names(out) if name.endswith(".jpeg")]) == COUNT


def test_a_listing_that_broke_off_goes_on_with_the_same_names(
    open_engine: Callable[[], Engine], files: Path, tmp_path: Path
) -> None:
    engine = open_engine()
    for name in ("a.bmp", "a.png", "b.png"):
        (files / name).write_bytes(picture(1))
    edit = engine.file_editing.find([files, files / "b.png"], SMALL, f"{tmp_path}/out/")
    job = engine.file_editing.submit(edit)
    kind = EditFiles(engine.editing, engine.jobs, engine.storages)
    whole = list(kind.items(job, None))
    for position, item in enumerate(whole):
        stored = store(engine, job, position, item)
        assert list(kind.items(job, stored)) == whole[position + 1 :]


def test_a_listing_that_broke_off_leaves_out_no_image_where_another_was_removed(
    open_engine: Callable[[], Engine], tmp_path: Path
) -> None:
    engine, folder = open_engine(), tmp_path / "files"
    folder.mkdir()
    for name in ("a.bmp", "a.png", "b.png"):
        (folder / name).write_bytes(picture(1))
    job = engine.file_editing.submit(engine.file_editing.find([folder], SMALL, f"{tmp_path}/out/"))
    kind = EditFiles(engine.editing, engine.jobs, engine.storages)
    first, *others = kind.items(job, None)
    stored = store(engine, job, 0, first)
    Path(stored.input["images"][0][0]).unlink()
    rest = list(kind.items(job, stored))
    assert [item.name for item in rest] == [item.name for item in others]
    results = [image[1] for item in (first, *rest) for image in item.input["images"]]
    assert len(set(results)) == 3


def test_a_machine_without_the_folder_lists_nothing(
    open_engine: Callable[[], Engine], files: Path, tmp_path: Path
) -> None:
    engine = open_engine()
    job = engine.file_editing.submit(engine.file_editing.find([files], SMALL, f"{tmp_path}/out/"))
    files.rename(tmp_path / "elsewhere")
    with pytest.raises(SourceUnreachable, match="files"):
        list(EditFiles(engine.editing, engine.jobs, engine.storages).items(job, None))


def test_a_cancelled_run_keeps_what_it_did(
    open_engine: Callable[[], Engine], files: Path, tmp_path: Path
) -> None:
    engine = open_engine()
    edit = engine.file_editing.find([files], SMALL, f"{tmp_path}/out/")
    report = engine.file_editing.run(edit, stop=lambda: True)
    assert report.stopped
    again = engine.file_editing.run(edit)
    assert (again.edited, again.present) == (COUNT - report.edited, report.edited)


def test_a_new_run_takes_the_place_of_one_that_has_not_ended(
    open_engine: Callable[[], Engine], files: Path, tmp_path: Path
) -> None:
    engine, out = open_engine(), tmp_path / "out"
    before = engine.file_editing.submit(engine.file_editing.find([files], SMALL, f"{out}/"))
    other = engine.file_editing.submit(engine.file_editing.find([files / "0"], SMALL, f"{out}/"))
    engine.file_editing.run(engine.file_editing.find([files], SMALLER, f"{out}/"))
    assert engine.jobs.get(before.number).state is JobState.CANCELLED
    assert engine.jobs.get(other.number).state is JobState.ACCEPTED
    with Image.open(out / "0" / "000.jpeg") as image:
        assert image.width == 6


def test_no_unit_is_done_where_the_destination_is_another(
    open_engine: Callable[[], Engine], files: Path, tmp_path: Path
) -> None:
    engine, out = open_engine(), tmp_path / "out"
    job = engine.file_editing.submit(engine.file_editing.find([files], SMALL, f"{out}/"))
    # As on a machine with a folder of its own under the same path.
    (tmp_path / ".out.photomill-edits").unlink()
    out.mkdir()
    engine.jobs.start()
    assert engine.jobs.wait(job.number, 120).progress.failed > 0
    assert "is another folder here" in engine.file_editing.report(job.number).failures[0].error
    assert names(out) == []


def test_names_that_are_no_unicode_are_kept_and_recognised(
    open_engine: Callable[[], Engine], tmp_path: Path
) -> None:
    engine = open_engine()
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    (folder / os.fsdecode(b"\xe9t\xe9")).mkdir(parents=True)
    (folder / os.fsdecode(b"\xe9t\xe9") / "a.png").write_bytes(picture(1))
    for expected in ((1, 0), (0, 1)):
        report = engine.file_editing.run(
            engine.file_editing.find([folder], SMALL, f"{tmp_path}/out/")
        )
        assert (report.edited, report.present, report.failures) == (*expected, [])
    assert (tmp_path / "out" / os.fsdecode(b"\xe9t\xe9") / "a.jpeg").is_file()


def test_paths_are_read_for_whoever_runs_the_engine_alone(engine: Engine, files: Path) -> None:
    """What comes over a network is an edit, or a batch: it names no file, whatever it says."""
    for path in (str(files), f"{files}/", str(files / "0" / "000.png")):
        job = engine.editing.submit([path], SMALL)
        job = engine.jobs.wait(job.number, 120)
        assert (job.state, job.progress.failed) == (JobState.FAILED, 1)
        (item,) = engine.jobs.items(job.number)
        assert "is not served" in item.error
    with pytest.raises(InvalidInput):
        engine.editing.submit(["storage://originals/"], SMALL, str(files))


@pytest.mark.parametrize(
    ("inputs", "destination", "message"),
    [
        (["https://ann:secret@photos.example/a.jpg"], "{out}/", "would be stored"),
        (["{files}/0/000.png"], None, "say where the results go"),
    ],
)
def test_what_cannot_be_a_job_is_refused(
    open_engine: Callable[[], Engine],
    files: Path,
    tmp_path: Path,
    inputs: list[str],
    destination: str | None,
    message: str,
) -> None:
    engine, places = open_engine(), {"files": files, "out": tmp_path / "out"}
    given = [each.format(**places) for each in inputs]
    where = None if destination is None else destination.format(**places)
    edit = engine.file_editing.find(given, SMALL, where)
    with pytest.raises(InvalidInput, match=message):
        engine.file_editing.submit(edit)
    assert engine.jobs.list_jobs() == []


@pytest.mark.parametrize("destination", ["{files}/", "{files}/0/", "{above}/"])
def test_results_do_not_come_among_their_originals(
    open_engine: Callable[[], Engine], files: Path, tmp_path: Path, destination: str
) -> None:
    engine = open_engine()
    (files / "files").mkdir()
    where = destination.format(files=files, above=tmp_path)
    if destination == "{files}/0/":
        # A folder below holds results, and none of its images is an original.
        edit: FileEdit = engine.file_editing.find([files], SMALL, where)
        assert len(edit.originals) == COUNT - COUNT // 3
        return
    with pytest.raises(InvalidInput, match="among the originals"):
        engine.file_editing.find([files], SMALL, where)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("given", "destination", "message"),
    [
        ("{originals}", "storage://originals/", "among the originals"),
        ("storage://originals/", "{originals}/", "among the originals"),
        ("storage://originals/", "storage://twin/", "among the originals"),
        ("{originals}/a.jpg", "storage://originals/", "would replace the original"),
        ("{originals}/a.jpg", "storage://originals/a.jpg", "would replace the original"),
        ("storage://originals/a.jpg", "{originals}/", "would replace the original"),
        ("storage://originals/a.jpg", "storage://twin/", "would replace the original"),
    ],
)
def test_no_original_is_replaced_under_another_name_of_its_folder(
    open_engine: Callable[[], Engine],
    folders: Path,
    write: Write,
    given: str,
    destination: str,
    message: str,
    overwrite: bool,
) -> None:
    engine, original = open_engine(), write("a.jpg", picture(1, "JPEG"))
    (folders / "linked").symlink_to(folders / "originals")
    twin = {"path": str(folders / "linked")}
    engine.storages.operator.create("twin", "local", twin)
    places = {"originals": original.parent}
    with pytest.raises(InvalidInput, match=message):
        engine.file_editing.find(
            [given.format(**places)], SMALL, destination.format(**places), overwrite=overwrite
        )


@pytest.mark.parametrize(
    ("given", "destination"),
    [
        ("{originals}", "storage://originals/small/"),
        ("storage://originals/", "{originals}/small/"),
    ],
)
def test_results_below_their_originals_are_known_under_another_name(
    open_engine: Callable[[], Engine], write: Write, given: str, destination: str
) -> None:
    engine, original = open_engine(), write("a.jpg", picture(1, "JPEG"))
    places = {"originals": original.parent}
    for expected in ((1, 0), (0, 1)):
        edit = engine.file_editing.find(
            [given.format(**places)], SMALL, destination.format(**places)
        )
        report = engine.file_editing.run(edit)
        assert (report.edited, report.present, report.failures) == (*expected, [])
    assert (original.parent / "small" / "a.jpg").is_file()


def test_an_original_is_known_by_its_bytes(
    open_engine: Callable[[], Engine], tmp_path: Path, write: Write
) -> None:
    """As where a folder is seen through two network file systems."""
    engine, original, out = open_engine(), write("a.jpg", picture(1, "JPEG")), tmp_path / "out"
    out.mkdir()
    for there, failures in ((original.read_bytes(), 1), (picture(2, "JPEG"), 0)):
        (out / "a.jpg").write_bytes(there)
        edit = engine.file_editing.find([original], SMALL, f"{out}/", overwrite=True)
        report = engine.file_editing.run(edit)
        assert len(report.failures) == failures
        assert ((out / "a.jpg").read_bytes() == there) is bool(failures)
        assert all("would replace its original" in each.error for each in report.failures)


def test_what_is_not_there_is_named_as_it_was_given(open_engine: Callable[[], Engine]) -> None:
    with pytest.raises(NotFound, match="'nowhere'"):
        open_engine().file_editing.find(["nowhere"], SMALL)


def test_a_plan_is_stored_as_it_was(open_engine: Callable[[], Engine], files: Path) -> None:
    found = open_engine().file_editing.find([files], SMALL, f"{files}/small/", overwrite=True)
    plan = evolve(found.plan, unit=3, mark="m")
    assert FileEditPlan.of(plan.json()) == plan
