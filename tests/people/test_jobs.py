"""Looking for people in the background: a job of a collection's records."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from photomill import (
    FIND_PEOPLE,
    Collection,
    Conflict,
    Engine,
    ItemState,
    Job,
    JobState,
    NotFound,
    PeopleReport,
)
from photomill import People as CollectionPeople
from photomill.components import RecognisedFace
from photomill.images.image import Image
from photomill.jobs.jobs import Jobs
from photomill_people import People

from .conftest import Insert
from .drawing import portrait, saved


@pytest.fixture
def waiting(engine: Engine, insert: Insert) -> Collection:
    """Three records from before people were wanted."""
    return before_people_were_wanted(engine, insert)


def before_people_were_wanted(engine: Engine, insert: Insert) -> Collection:
    collection = engine.collections.open(engine.collections.create("shop").id)
    insert(collection, beach=["Anna"], hills=["Anna", "Ben"], sea=[])
    engine.collections.set_people(collection.info.id, True)
    return collection


def test_a_job_finds_who_is_on_records_from_before(engine: Engine, waiting: Collection) -> None:
    job = engine.recognition.submit(waiting.info.id, owner="ann")
    assert (job.kind, job.owner) == (FIND_PEOPLE, "ann")
    engine.jobs.start()
    job = engine.jobs.wait(job.number, 250)
    assert job.state is JobState.DONE
    assert job.result == {"looked": 3, "faces": 3, "unreadable": 0}
    assert [each.records for each in waiting.people.list_all()] == [2, 1]
    assert waiting.people.count_unsearched() == 0


def test_what_is_done_again_finds_nothing(engine: Engine, waiting: Collection) -> None:
    engine.jobs.start()
    for looked in (3, 0):
        job = engine.jobs.wait(engine.recognition.submit(waiting.info.id).number, 250)
        assert job.result == {"looked": looked, "faces": looked, "unreadable": 0}


def test_faces_count_once_where_a_worker_ends_before_its_report_is_stored(
    engine: Engine, waiting: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = CollectionPeople.find
    ended: list[PeopleReport] = []

    def end_once(people: CollectionPeople, **asked: Any) -> PeopleReport:
        report = find(people, **asked)
        if not ended:
            ended.append(report)
            raise RuntimeError("the worker ends")
        return report

    monkeypatch.setattr(CollectionPeople, "find", end_once)
    engine.jobs.start()
    job = engine.jobs.wait(engine.recognition.submit(waiting.info.id).number, 250)
    assert ended[0].looked == 3
    assert job.result == {"looked": 3, "faces": 3, "unreadable": 0}
    assert len(waiting.people.faces()) == 3


def test_what_cannot_be_read_is_told(engine: Engine, waiting: Collection, tmp_path: Path) -> None:
    saved(portrait("Cleo"), tmp_path / "hills.jpg")
    (tmp_path / "sea.jpg").unlink()
    engine.jobs.start()
    job = engine.jobs.wait(engine.recognition.submit(waiting.info.id).number, 250)
    assert job.result == {"looked": 1, "faces": 1, "unreadable": 2}
    (item,) = engine.jobs.items(job.number)
    assert item.result is not None
    reasons = dict(item.result["unreadable"])
    assert reasons["hills"] == "its original is another image by now"
    assert reasons.keys() == {"hills", "sea"}


def test_nobody_is_looked_for_where_people_are_forgotten_meanwhile(
    engine: Engine, waiting: Collection
) -> None:
    job = engine.recognition.submit(waiting.info.id)
    engine.collections.set_people(waiting.info.id, False)
    engine.jobs.start()
    job = engine.jobs.wait(job.number, 250)
    (item,) = engine.jobs.items(job.number)
    assert item.state is ItemState.FAILED
    assert "does not know people" in item.error
    assert waiting.people.list_all() == []


@pytest.mark.parametrize("recogniser", ["", "the same", "another"])
def test_nothing_is_stored_that_was_found_before_people_were_forgotten(
    engine: Engine, waiting: Collection, monkeypatch: pytest.MonkeyPatch, recogniser: str
) -> None:
    recognise = People._recognise

    def forgotten_meanwhile(people: People, image: Image) -> Sequence[RecognisedFace]:
        found = recognise(people, image)
        with monkeypatch.context() as patch:
            engine.collections.set_people(waiting.info.id, False)
            if recogniser == "another":
                patch.setattr(People, "fingerprint", property(lambda self: recogniser))
            if recogniser:
                engine.collections.set_people(waiting.info.id, True)
        return found

    monkeypatch.setattr(People, "_recognise", forgotten_meanwhile)
    with pytest.raises(Conflict, match="forgotten meanwhile"):
        waiting.people.find(ids=["beach"])
    assert waiting.people.list_all() == []
    assert waiting.people.count_unsearched() == 3


def refused_once_people_were_forgotten(engine: Engine, waiting: Collection) -> None:
    """Have a job wait while people are forgotten and wanted again; only what is asked for afterwards is done."""
    before = engine.recognition.submit(waiting.info.id)
    for wanted in (False, True):
        engine.collections.set_people(waiting.info.id, wanted)
    after = engine.recognition.submit(waiting.info.id)
    assert after.number != before.number
    with engine.jobs.working_on(before.number):
        engine.jobs.wait(before.number, 250)
    (item,) = engine.jobs.items(before.number)
    assert item.state is ItemState.FAILED
    assert "forgotten meanwhile" in item.error
    assert waiting.people.list_all() == []
    with engine.jobs.working_on(after.number):
        assert engine.jobs.wait(after.number, 250).result == {
            "looked": 3,
            "faces": 3,
            "unreadable": 0,
        }


def test_a_job_from_before_stores_nothing_where_people_are_wanted_again(
    engine: Engine, waiting: Collection
) -> None:
    refused_once_people_were_forgotten(engine, waiting)


def test_a_job_from_before_stores_nothing_on_postgresql_either(
    open_engine: Callable[..., Engine], empty_postgresql_url: str, insert: Insert
) -> None:
    with open_engine(catalog__url=empty_postgresql_url) as engine:
        refused_once_people_were_forgotten(engine, before_people_were_wanted(engine, insert))


def test_forgetting_cancels_the_jobs_that_look(
    engine: Engine, waiting: Collection, collection: Collection
) -> None:
    paused = engine.recognition.submit(waiting.info.id)
    engine.jobs.pause(paused.number)
    queued = engine.recognition.submit(waiting.info.id)
    others = engine.recognition.submit(collection.info.id)
    assert engine.recognition.job_of(waiting.info.id) == engine.jobs.get(queued.number)
    waiting.people.find()
    assert engine.recognition.forget(waiting.info.id) == 3
    assert not waiting.info.people
    assert engine.recognition.job_of(waiting.info.id) is None
    states = [engine.jobs.get(job.number).state for job in (paused, queued, others)]
    assert states[:2] == [JobState.CANCELLED] * 2
    assert states[2] is not JobState.CANCELLED


def test_people_are_forgotten_where_a_job_ends_just_then(
    engine: Engine, waiting: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = engine.recognition.submit(waiting.info.id)
    cancel = Jobs.cancel

    def end_before(jobs: Jobs, number: int) -> Job:
        cancel(jobs, number)
        return cancel(jobs, number)

    monkeypatch.setattr(Jobs, "cancel", end_before)
    waiting.people.find()
    assert engine.recognition.forget(waiting.info.id) == 3
    assert engine.jobs.get(job.number).state is JobState.CANCELLED


def test_one_job_at_a_time_looks(engine: Engine, waiting: Collection) -> None:
    job = engine.recognition.submit(waiting.info.id)
    assert engine.recognition.submit(waiting.info.id).number == job.number


def test_a_job_is_refused_where_nobody_is_wanted(engine: Engine) -> None:
    info = engine.collections.create("shop")
    with pytest.raises(Conflict, match="does not know people"):
        engine.recognition.submit(info.id)
    with pytest.raises(NotFound):
        engine.recognition.submit("none")


def test_a_job_is_refused_where_the_recogniser_is_another(
    engine: Engine, waiting: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(People, "fingerprint", property(lambda self: "another"))
    with pytest.raises(Conflict, match="holds faces of"):
        engine.recognition.submit(waiting.info.id)


def test_only_those_records_are_looked_at_that_are_named(waiting: Collection) -> None:
    report = waiting.people.find(ids=["beach", "sea", "none"])
    assert (report.looked, report.faces) == (2, 1)
    assert [each.id for each in waiting.people.unsearched()] == ["hills"]
