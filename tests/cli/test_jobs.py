"""``photomill jobs``."""

import logging
from pathlib import Path
from typing import Any

import pytest

from photomill.config.load import load_settings
from photomill.editing.request import EditRequest, Pixels, Resizing
from photomill.engine import Engine
from photomill.jobs.jobs import Jobs
from photomill_cli.jobs import list_all

SMALL = EditRequest(resizing=Resizing(Pixels(10), Pixels(10)))


@pytest.fixture
def submitted(program: Any, photos: Path, tmp_path: Path) -> Any:
    """The program with one batch waiting."""
    settings = load_settings(
        program.config, environ={}, overrides={"photomill.data_dir": str(program.data_dir)}
    )
    with Engine.open(settings) as engine:
        for name, folder in (("in", photos), ("out", tmp_path / "results")):
            folder.mkdir(exist_ok=True)
            engine.storages.operator.create(name, "local", {"path": str(folder)})
        (photos / "bad.jpg").write_bytes(b"no image")
        engine.editing.submit(["storage://in/"], SMALL, "storage://out/", owner="ann")
    return program


def test_a_worker_does_what_waits(submitted: Any, tmp_path: Path) -> None:
    assert submitted.output("jobs", "list", "--quiet") == "1\n"
    assert submitted.output("jobs", "show", "1", "--quiet") == "accepted\n"
    submitted.output("jobs", "work", "--until-idle")
    shown = submitted.json("jobs", "show", "1")
    assert (shown["state"], shown["progress"]["done"]) == ("done", 3)
    assert [error["name"] for error in shown["errors"]] == ["bad"]
    assert len(list((tmp_path / "results").iterdir())) == 3
    assert "3/4" not in submitted.output("jobs", "show", "1")
    assert "4/4, 1 failed" in submitted.output("jobs", "show", "1")


def test_what_failed_is_tried_again(submitted: Any, photos: Path) -> None:
    assert submitted.run("jobs", "retry", "1").exit_code == 5
    submitted.output("jobs", "work", "--until-idle")
    (photos / "bad.jpg").write_bytes(next(photos.glob("[!b]*.jpg")).read_bytes())
    assert submitted.output("jobs", "retry", "1") == "job 1 is processing\n"
    submitted.output("jobs", "work", "--until-idle")
    assert submitted.json("jobs", "show", "1")["progress"]["done"] == 4


def test_jobs_are_steered(submitted: Any) -> None:
    assert submitted.output("jobs", "pause", "1") == "job 1 is paused\n"
    submitted.output("jobs", "work", "--until-idle")
    assert submitted.output("jobs", "resume", "1") == "job 1 is processing\n"
    assert submitted.output("jobs", "cancel", "1", "-q") == "cancelled\n"
    assert submitted.output("jobs", "cancel", "1", "-q") == "cancelled\n"
    assert "ended already" in submitted.run("jobs", "cancel", "1").stderr
    assert submitted.run("jobs", "cancel", "99").exit_code == 3
    assert submitted.output("jobs", "list", "--state", "cancelled", "-q") == "1\n"
    submitted.output("jobs", "delete", "1")
    assert submitted.json("jobs", "list") == []


def test_what_cannot_be_done_is_explained(submitted: Any) -> None:
    assert submitted.run("jobs", "show", "9").exit_code == 3
    result = submitted.run("jobs", "delete", "1")
    assert result.exit_code == 5
    assert "has not ended" in result.output


def test_a_kind_that_is_none_is_refused(submitted: Any) -> None:
    result = submitted.run("jobs", "list", "--kind", "nope")
    assert result.exit_code == 2
    assert "--kind: expected one of copy_to_groups, " in result.stderr
    assert submitted.output("jobs", "list", "--kind", "zip", "-q") == ""


def test_the_help_names_every_kind_of_job(submitted: Any) -> None:
    settings = load_settings(
        submitted.config, environ={}, overrides={"photomill.data_dir": str(submitted.data_dir)}
    )
    with Engine.open(settings) as engine:
        kinds = engine.jobs.kinds
    for kind in kinds:
        assert submitted.run("jobs", "list", "--kind", kind).exit_code == 0
    (told,) = [each.help for each in list_all.params if each.name == "kind"]
    assert told == f"Only those: {', '.join(kinds)}."


def test_a_worker_does_not_fill_the_log(submitted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    start = Jobs.start

    def started(jobs: Jobs, **given: Any) -> None:
        for number in range(100):
            logging.getLogger("photomill.tests").error("the disk is full: %d", number)
        start(jobs, **given)

    monkeypatch.setattr(Jobs, "start", started)
    result = submitted.run("jobs", "work", "--until-idle")
    assert 1 <= result.stderr.count("the disk is full") < 20


@pytest.mark.parametrize("number", ["99", str(2**63), "9" * 400])
@pytest.mark.parametrize("method", ["show", "cancel", "pause", "resume", "retry", "delete"])
def test_no_number_is_too_large_to_be_missing(program: Any, method: str, number: str) -> None:
    result = program.run("jobs", method, number)
    assert result.exit_code == 3
    assert "no job" in result.stderr


def test_as_many_are_listed_as_there_are_whatever_the_limit(submitted: Any) -> None:
    for limit in (2**63, 10**400):
        assert submitted.output("jobs", "list", "--quiet", "--limit", limit) == "1\n"
