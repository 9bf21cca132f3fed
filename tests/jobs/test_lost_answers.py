"""A catalog that fails at any moment of a job costs no job: neither before it does something, nor once it has."""

import time

import pytest

from photomill.jobs.jobs import Jobs
from photomill.jobs.model import JobState
from photomill.jobs.store.claims import JobClaims
from photomill.jobs.store.jobs import JobTable
from photomill.jobs.store.plans import PlanTable

from .failures import fails_once


@pytest.mark.parametrize(
    ("table", "name"),
    [(PlanTable, "claim"), (PlanTable, "add_items"), (PlanTable, "conclude"), (JobClaims, "claim")],
)
@pytest.mark.parametrize("answer_is_lost", [False, True])
def test_a_job_is_done_all_the_same(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, table: type, name: str, answer_is_lost: bool
) -> None:
    method = fails_once(getattr(table, name), answer_is_lost=answer_is_lost)
    monkeypatch.setattr(table, name, method)
    job = jobs.wait(jobs.submit("counting", {"count": 3}).number, 20)
    assert (job.state, job.progress.done) == (JobState.DONE, 3)


@pytest.mark.parametrize("name", ["end_listing", "last_item"])
def test_so_it_is_where_the_end_of_its_list_is_not_stored(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    method = fails_once(getattr(PlanTable, name), answer_is_lost=False)
    monkeypatch.setattr(PlanTable, name, method)
    job = jobs.wait(jobs.submit("counting", {"count": 3}).number, 20)
    assert (job.state, job.progress.done) == (JobState.DONE, 3)


@pytest.mark.parametrize("before", [0, 1, 2])
def test_so_it_is_where_what_is_to_be_done_cannot_be_read(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    """It is read when the job is listed, when its first items are claimed, and when it is finished."""
    method = fails_once(JobTable.get, answer_is_lost=False, before=before)
    monkeypatch.setattr(JobTable, "get", method)
    number = jobs.submit("counting", {"count": 3}).number
    while not jobs.has_ended(number):
        time.sleep(0.02)
    assert jobs.get(number).progress.done == 3
