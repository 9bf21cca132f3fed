"""Edits of folders and lists."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from PIL import Image

from photomill.components.output import Output, Png
from photomill.editing.request import EditRequest, Pixels, Resizing
from photomill.engine import Engine
from photomill.errors import InvalidInput, NotFound, Unsupported
from photomill.jobs.model import ItemState, Job, JobState

from .conftest import Write, picture

SMALL = EditRequest(resizing=Resizing(Pixels(12), "auto"))
PNG = evolve(SMALL, output=Output(Png()))
Names = Callable[[], list[str]]


def batch(
    engine: Engine, inputs: str | list[str], request: EditRequest = SMALL, **options: Any
) -> Job:
    given = [inputs] if isinstance(inputs, str) else inputs
    options.setdefault("destination", "storage://results/")
    job = engine.editing.submit(given, request, **options)
    job = engine.jobs.wait(job.number, 120)
    assert job.state.ended
    return job


def test_every_picture_of_a_folder_is_edited(
    engine: Engine, write: Write, results: Names, folders: Path
) -> None:
    for name in ("a.png", "b.jpg", "c.webp", "below/d.png"):
        write(name)
    job = batch(engine, "storage://originals/")
    assert (job.state, job.error) == (JobState.DONE, "")
    assert results() == ["a.jpeg", "b.jpg", "c.jpeg"]
    with Image.open(folders / "results" / "a.jpeg") as edited:
        assert (edited.format, edited.size) == ("JPEG", (12, 8))


def test_folders_below_are_kept(engine: Engine, write: Write, results: Names) -> None:
    for name in ("in/a.png", "in/x/a.png", "in/x/y/a.png", "other/a.png"):
        write(name)
    destination = "storage://results/done"
    batch(engine, "storage://originals/in/", PNG, recursive=True, destination=destination)
    assert results() == ["done/a.png", "done/x/a.png", "done/x/y/a.png"]


def test_results_of_one_stem_tell_what_they_are_made_of(
    engine: Engine, write: Write, results: Names
) -> None:
    for name in ("a-2.png", "a.jpg", "a.png", "a.webp", "x/A.png"):
        write(name)
    job = batch(engine, ["storage://originals/", "storage://originals/x/"])
    assert job.progress.done == 5
    *known, other = sorted(results(), key=lambda name: name[0] == "A")
    assert known == ["a-2.jpeg", "a.jpeg", "a.jpg", "a.webp.jpeg"]
    # Some storages do not tell capital letters from small ones.
    assert other.startswith("A-")


def results_by_input(engine: Engine, job: Job) -> dict[str, str]:
    items = engine.jobs.items(job.number)
    return {item.input["uri"]: item.result["stored"]["key"] for item in items if item.result}


@pytest.mark.parametrize("third", ["b.bmp", "b.gif", "b.webp", "b.tif"])
def test_a_third_picture_of_one_stem_takes_nobodys_result(
    engine: Engine, write: Write, folders: Path, results: Names, third: str
) -> None:
    for index, name in enumerate(("b.jpg", "b.png")):
        write(name, index)
    before = results_by_input(engine, batch(engine, "storage://originals/"))
    write(third, 7)
    after = results_by_input(engine, batch(engine, "storage://originals/"))
    assert before.items() <= after.items()
    assert len(results()) == len(set(after.values())) == 3


def test_pictures_of_one_name_from_many_places_have_results_of_their_own(
    engine: Engine, write: Write, results: Names
) -> None:
    for folder in ("x", "y", "z"):
        write(f"{folder}/a.jpg")
    uris = [f"storage://originals/{folder}/a.jpg" for folder in ("x", "y", "z")]
    batch(engine, uris)
    first = results()
    batch(engine, uris)
    assert len(first) == 3
    assert results() == first


def test_what_is_no_picture_is_left_out(engine: Engine, write: Write, results: Names) -> None:
    write("a.png")
    write("notes.txt", b"text")
    write("film.mp4", b"film")
    write("no ending", b"neither")
    write("image without ending", picture(1))
    job = batch(engine, "storage://originals/")
    assert results() == ["a.jpeg", "image without ending.jpeg"]
    assert (job.progress.done, job.progress.skipped, job.progress.failed) == (2, 1, 0)


def test_errors_stand_beside_results(engine: Engine, write: Write, results: Names) -> None:
    write("a.png")
    write("broken.png", picture(1)[:60])
    uris = ["storage://originals/", "storage://originals/gone.png", "http://127.0.0.1/x.png"]
    job = batch(engine, uris)
    assert job.state is JobState.DONE
    failed = {
        item.name: item.error_detail
        for item in engine.jobs.items(job.number, state=ItemState.FAILED)
    }
    assert {name: detail and detail["type"] for name, detail in failed.items()} == {
        "broken": "ImageUnreadable",
        "gone": "SourceUnreachable",
        "x": "SourceForbidden",
    }
    assert results() == ["a.jpeg"]


def test_a_batch_without_any_result_has_failed(engine: Engine, write: Write) -> None:
    write("a.png", b"nothing")
    job = batch(engine, "storage://originals/")
    assert (job.state, job.error) == (JobState.FAILED, "none of 1 images could be edited")


def test_an_empty_folder_is_done(engine: Engine) -> None:
    assert batch(engine, "storage://originals/").state is JobState.DONE


def test_results_without_a_place_are_kept_for_a_while(engine: Engine, write: Write) -> None:
    write("a.png")
    job = batch(engine, "storage://originals/a.png", destination=None)
    (item,) = engine.jobs.items(job.number)
    assert item.result is not None
    assert item.result["stored"]["temporary"]
    with engine.editing.open_result(item.result["stored"]["key"]) as file:
        assert file.read(2) == b"\xff\xd8"


def test_results_are_no_inputs_in_this_run_or_the_next(
    engine: Engine, write: Write, folders: Path
) -> None:
    for index in range(30):
        write(f"{index:02}.png")
    for _ in range(2):
        output = "storage://originals/done/"
        job = batch(engine, "storage://originals/", recursive=True, destination=output)
        assert (job.progress.total, job.progress.done) == (30, 30)
        assert len(list((folders / "originals").rglob("*.jpeg"))) == 30


@pytest.mark.parametrize(
    ("source", "recursive", "output"),
    [
        ("storage://originals/", False, "storage://originals/"),
        ("storage://originals/", True, "storage://originals"),
        ("storage://originals/in/", False, "storage://originals/in/"),
        ("storage://originals/in/", True, "storage://originals/"),
    ],
)
def test_results_do_not_lie_among_their_originals(
    engine: Engine, write: Write, source: str, recursive: bool, output: str
) -> None:
    for name in ("a.png", "in/b.png", "in/in/c.png"):
        write(name)
    with pytest.raises(InvalidInput, match="among the originals") as refused:
        engine.editing.submit([source], SMALL, f"{output.rstrip('/')}/", recursive=recursive)
    assert refused.value.path == "destination"


def test_results_may_lie_above_their_originals(engine: Engine, write: Write, folders: Path) -> None:
    write("in/b.png")
    for _ in range(2):
        job = batch(engine, "storage://originals/in/", destination="storage://originals/")
        assert (job.progress.total, job.progress.done) == (1, 1)
    assert (folders / "originals" / "b.jpeg").exists()


def test_originals_are_never_replaced(engine: Engine, write: Write) -> None:
    before = write("a.png").read_bytes()
    job = batch(engine, ["storage://originals/a.png"], PNG, destination="storage://originals/")
    (item,) = engine.jobs.items(job.number)
    assert item.error.startswith("the result would replace its original")
    assert write("a.png").read_bytes() == before


def test_one_picture_may_be_a_job(engine: Engine, write: Write, results: Names) -> None:
    write("a.png")
    output = "storage://results/here/it%20is.jpg"
    job = batch(engine, "storage://originals/a.png", single=True, destination=output)
    assert (job.kind, job.state) == ("edit", JobState.DONE)
    assert results() == ["here/it is.jpg"]


def test_a_job_of_one_picture_fails_with_it(engine: Engine) -> None:
    job = batch(engine, "storage://originals/gone.png", single=True)
    assert job.state is JobState.FAILED
    assert "gone.png" in job.error


@pytest.mark.parametrize(
    ("inputs", "output", "expected"),
    [
        ([], "storage://results/", InvalidInput),
        (["storage://nowhere/a/"], "storage://results/", NotFound),
        (["storage://originals/"], "storage://nowhere/", NotFound),
        (["storage://originals/"], "results/", InvalidInput),
        (["storage://site/a/"], "storage://results/", Unsupported),
        (["storage://originals/"], "storage://site/", Unsupported),
    ],
)
def test_what_cannot_work_is_refused_at_once(
    engine: Engine, inputs: list[str], output: str, expected: type[Exception]
) -> None:
    engine.storages.operator.create("site", "web_folder", {"base_url": "https://photos.example"})
    with pytest.raises(expected):
        engine.editing.submit(inputs, SMALL, output)
    assert engine.jobs.list_jobs() == []


def test_a_job_that_another_version_stored_is_refused_clearly(engine: Engine) -> None:
    plan: dict[str, Any] = {
        "inputs": ["storage://originals/a.png"],
        "operations": {},
        "output": None,
    }
    job = engine.jobs.submit("edit_batch", plan)
    job = engine.jobs.wait(job.number, 60)
    assert job.state is JobState.FAILED
    assert job.error == "another version of Photomill stored this edit: submit it again"


def test_the_submitter_is_reminded(engine: Engine, write: Write) -> None:
    write("a.png")
    job = batch(engine, "storage://originals/", remember={"body": 1})
    assert job.plan["remember"] == {"body": 1}
