"""Jobs from their submission to their end."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from photomill.components import Unit, Work
from photomill.errors import Conflict, InvalidInput, NotFound
from photomill.jobs.jobs import Jobs
from photomill.jobs.model import ItemState, Job, JobItem, JobState, Progress
from photomill_local.storage import LocalStorage
from photomill_workers.threads import Threads

from .conftest import OpenEngine
from .kinds import Calling, Failing


def ended(jobs: Jobs, job: Job) -> Job:
    job = jobs.wait(job.number, 120)
    assert job.state.ended
    return job


def test_every_item_is_done_once(jobs: Jobs, tmp_path: Path) -> None:
    log = tmp_path / "log"
    job = ended(jobs, jobs.submit("counting", {"count": 450, "log": str(log)}))
    assert job.state is JobState.DONE
    assert job.progress == Progress(450, 450, 0, 0, 450)
    assert job.result == {"counted": 450}
    assert job.started is not None
    assert job.finished is not None
    assert job.created <= job.started <= job.finished
    assert sorted(map(int, log.read_text().split())) == list(range(450))


def test_items_tell_their_results_in_order(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit("counting", {"count": 600}))
    items = list(jobs.items(job.number))
    assert [item.position for item in items] == list(range(600))
    assert [item.result for item in items[:3]] == [{"square": 0}, {"square": 1}, {"square": 4}]
    assert [item.position for item in jobs.items(job.number, after=597)] == [598, 599]
    assert [item.position for item in jobs.items(job.number, limit=2)] == [0, 1]


def test_a_job_without_items_is_done(jobs: Jobs) -> None:
    assert ended(jobs, jobs.submit("counting", {"count": 0})).state is JobState.DONE


def test_an_item_is_tried_again_before_its_executor_tells_of_the_first_time(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = Threads._submit
    told: list[Future[None]] = []

    def submit_and_tell_late(executor: Threads, work: Work, unit: Unit) -> "Future[None]":
        if told:
            if not told[0].done():
                told[0].set_result(None)
            return submit(executor, work, unit)
        told.append(Future())
        submit(executor, work, unit)
        return told[0]

    monkeypatch.setattr(Threads, "_submit", submit_and_tell_late)
    job = ended(jobs, jobs.submit("failing", {"names": ["second time"]}))
    (item,) = jobs.items(job.number)
    assert (item.state, item.result) == (ItemState.DONE, {"attempts": 2})


def test_errors_stand_beside_results(jobs: Jobs) -> None:
    names = ["fine", "final", "skip", "passing", "second time", "bug"]
    job = ended(jobs, jobs.submit("failing", {"names": names}))
    assert job.state is JobState.DONE
    assert job.progress == Progress(6, 2, 3, 1, 6)
    items = {item.name: item for item in jobs.items(job.number)}
    assert items["final"].error == "a.b: expected something else"
    assert items["final"].error_detail == {"type": "InvalidInput", "path": "a.b"}
    assert items["final"].attempts == 1
    assert items["passing"].error == "the bucket is away"
    assert items["passing"].attempts == 3
    assert items["second time"].result == {"attempts": 2}
    assert items["second time"].error == ""
    assert items["bug"].error == "RuntimeError: a bug"
    assert items["skip"].state is ItemState.SKIPPED
    failed = jobs.items(job.number, state=ItemState.FAILED)
    assert [item.name for item in failed] == ["final", "passing", "bug"]


def test_a_full_disk_is_no_items_fault(jobs: Jobs) -> None:
    Failing.runs.clear()
    job = jobs.submit("failing", {"names": ["full", "full", "fine"]})
    other = ended(jobs, jobs.submit("failing", {"names": ["fine"]}))
    assert other.state is JobState.DONE
    assert ended(jobs, job).progress == Progress(3, 3, 0, 0, 3)
    assert Failing.runs.count("full") > 5
    assert [item.attempts for item in jobs.items(job.number)] == [1, 1, 1]


def test_an_index_that_is_behind_is_no_items_fault(jobs: Jobs) -> None:
    Failing.waits.clear()
    job = ended(jobs, jobs.submit("failing", {"names": ["behind", "unlisted behind"]}))
    assert job.progress == Progress(2, 2, 0, 0, 2)
    assert Failing.waits.count("behind") > 5
    assert Failing.waits.count("unlisted behind") > 5
    assert [item.attempts for item in jobs.items(job.number)] == [1, 1]


def test_a_machine_without_the_files_uses_up_no_attempts(
    empty_postgresql_url: str, open_engine: OpenEngine
) -> None:
    Failing.runs.clear()
    shared = open_engine(empty_postgresql_url).jobs
    shared.start()
    job = ended(shared, shared.submit("failing", {"names": ["elsewhere"]}))
    assert job.progress == Progress(1, 1, 0, 0, 1)
    assert [item.attempts for item in shared.items(job.number)] == [1]


def test_what_no_other_machine_can_do_fails(jobs: Jobs) -> None:
    Failing.runs.clear()
    job = ended(jobs, jobs.submit("failing", {"names": ["elsewhere"]}))
    assert (job.progress.failed, Failing.runs.count("elsewhere")) == (1, 3)


def test_a_listing_that_fails_fails_the_job(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit("failing", {"names": ["unlisted"]}))
    assert (job.state, job.error) == (JobState.FAILED, "the listing fails")


def test_a_finish_that_fails_fails_the_job(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit("failing", {"names": ["fine"], "fail": True}))
    assert (job.state, job.error) == (JobState.FAILED, "the finish fails")
    assert job.progress.done == 1


def test_small_jobs_do_not_wait_for_large_ones(jobs: Jobs) -> None:
    large = jobs.submit("counting", {"count": 2000, "seconds": 0.01})
    small = jobs.submit("counting", {"count": 5})
    ended(jobs, small)
    assert not jobs.get(large.number).state.ended
    jobs.cancel(large.number)


def test_a_paused_job_rests_until_it_is_resumed(jobs: Jobs) -> None:
    job = jobs.submit("counting", {"count": 300, "seconds": 0.005})
    assert jobs.pause(job.number).state is JobState.PAUSED
    jobs.stop()
    before = jobs.get(job.number).progress
    jobs.start()
    ended(jobs, jobs.submit("counting", {"count": 30}))
    resting = jobs.get(job.number)
    assert resting.state is JobState.PAUSED
    assert resting.progress.done == before.done < 300
    jobs.resume(job.number)
    assert ended(jobs, job).progress.done == 300


def test_a_cancelled_job_does_nothing_more(jobs: Jobs) -> None:
    job = jobs.submit("counting", {"count": 500, "seconds": 0.005})
    assert jobs.cancel(job.number).state is JobState.CANCELLED
    jobs.stop()
    done = jobs.get(job.number).progress.done
    jobs.start()
    ended(jobs, jobs.submit("counting", {"count": 30}))
    job = jobs.get(job.number)
    assert job.progress.done == done < 500
    for steer in (jobs.cancel, jobs.pause, jobs.resume):
        with pytest.raises(Conflict, match="cancelled"):
            steer(job.number)


def test_what_runs_when_a_job_is_cancelled_is_finished(open_engine: OpenEngine) -> None:
    jobs = open_engine().jobs
    begun, may_end = threading.Event(), threading.Event()

    def wait(_: object) -> dict[str, bool]:
        begun.set()
        return {"waited": may_end.wait(120)}

    jobs.register(Calling(wait))
    jobs.start()
    job = jobs.submit("calling", {"count": 1})
    assert begun.wait(120)
    jobs.cancel(job.number)
    may_end.set()
    jobs.stop()
    assert [item.result for item in jobs.items(job.number)] == [{"waited": True}]


def test_what_failed_is_tried_again_and_nothing_else(jobs: Jobs) -> None:
    runs: list[str] = []
    away = {"1", "2"}

    def run(item: JobItem) -> dict[str, str]:
        runs.append(item.name)
        if item.name in away:
            raise InvalidInput("the bucket is away")
        return {"name": item.name}

    jobs.register(Calling(run))
    job = ended(jobs, jobs.submit("calling", {"count": 4}))
    assert job.progress == Progress(4, 2, 2, 0, 4)
    away.clear()
    again = jobs.retry(job.number)
    assert (again.state, again.finished, again.progress.failed) == (JobState.PROCESSING, None, 0)
    now = ended(jobs, job)
    assert (now.state, now.progress) == (JobState.DONE, Progress(4, 4, 0, 0, 4))
    assert [item.result for item in jobs.items(job.number)] == [{"name": f"{n}"} for n in range(4)]
    assert sorted(runs) == ["0", "1", "1", "2", "2", "3"]


def test_what_fails_again_has_failed_again(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit("failing", {"names": ["fine", "final", "passing"]}))
    jobs.retry(job.number)
    now = ended(jobs, job)
    assert now.progress == job.progress == Progress(3, 1, 2, 0, 3)
    (_, final, passing) = jobs.items(job.number)
    assert (final.attempts, passing.attempts) == (1, 3)


def test_a_failed_job_goes_on_where_it_broke_off(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit("failing", {"names": ["fine", "final"], "fail": True}))
    assert (job.state, job.error) == (JobState.FAILED, "the finish fails")
    again = jobs.retry(job.number)
    assert (again.error, again.error_detail) == ("", None)
    assert ended(jobs, job).error == "the finish fails"


def test_only_what_failed_is_tried_again(jobs: Jobs) -> None:
    done = ended(jobs, jobs.submit("counting", {"count": 1}))
    cancelled = jobs.cancel(jobs.submit("counting", {"count": 9, "seconds": 1}).number)
    running = jobs.submit("counting", {"count": 9, "seconds": 0.2})
    for job in (done, cancelled, running):
        with pytest.raises(Conflict):
            jobs.retry(job.number)
    with pytest.raises(NotFound):
        jobs.retry(99)


def test_an_idempotency_key_leads_to_the_same_job(jobs: Jobs) -> None:
    first = jobs.submit("counting", {"count": 1}, owner="a", idempotency_key="k")
    assert jobs.submit("counting", {"count": 1}, owner="a", idempotency_key="k").id == first.id
    assert jobs.submit("counting", {"count": 1}, owner="b", idempotency_key="k").id != first.id
    with pytest.raises(Conflict, match="'k'"):
        jobs.submit("counting", {"count": 2}, owner="a", idempotency_key="k")


def test_an_idempotency_key_is_forgotten(open_engine: OpenEngine) -> None:
    jobs = open_engine(keep_keys=0.05).jobs
    first = jobs.submit("counting", {"count": 1}, idempotency_key="k")
    time.sleep(0.1)
    assert jobs.submit("counting", {"count": 2}, idempotency_key="k").id != first.id


def test_jobs_are_listed_newest_first(jobs: Jobs) -> None:
    numbers = [jobs.submit("counting", {"count": 0}, owner="me").number for _ in range(3)]
    other = jobs.submit("counting", {"count": 0}, owner="you")
    assert [job.number for job in jobs.list_jobs(owner="me")] == numbers[::-1]
    assert [job.number for job in jobs.list_jobs(limit=1)] == [other.number]
    assert [job.number for job in jobs.list_jobs(before=numbers[1])] == numbers[:1]
    assert jobs.find(other.id).number == other.number


def test_kinds_can_be_left_out_once_they_are_done(jobs: Jobs) -> None:
    done = jobs.submit("counting", {"count": 0}).number
    with jobs.working_on(done):
        assert jobs.wait(done, 60).state == "done"
    waiting = jobs.submit("counting", {"count": 1}).number
    assert [job.number for job in jobs.list_jobs()] == [waiting, done]
    assert [job.number for job in jobs.list_jobs(unless_done=["counting"])] == [waiting]
    assert [job.number for job in jobs.list_jobs(unless_done=["other"])] == [waiting, done]


def test_jobs_that_do_not_exist_are_not_found(jobs: Jobs) -> None:
    with pytest.raises(NotFound, match="77"):
        jobs.get(77)
    with pytest.raises(NotFound, match="'x'"):
        jobs.find("x")
    with pytest.raises(NotFound, match="'painting'"):
        jobs.submit("painting", {})
    job = jobs.submit("counting", {"count": 0})
    with pytest.raises(NotFound):
        jobs.get(job.number, kind="failing")


def test_an_ended_job_can_be_deleted(jobs: Jobs) -> None:
    job = jobs.submit("counting", {"count": 3000, "seconds": 0.01})
    with pytest.raises(Conflict, match="not ended"):
        jobs.delete(job.number)
    jobs.cancel(job.number)
    jobs.delete(job.number)
    with pytest.raises(NotFound):
        jobs.get(job.number)
    assert list(jobs.items(job.number)) == []


def test_ended_jobs_are_forgotten_in_time(
    open_engine: OpenEngine, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    jobs = open_engine(keep_seconds=0.1).jobs
    jobs.start()
    job = jobs.submit("counting", {"count": 1})

    def is_forgotten() -> bool:
        try:
            jobs.get(job.number)
        except NotFound:
            return True
        return False

    wait_until(is_forgotten)


def test_no_thread_outlives_the_engine(
    open_engine: OpenEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = set(threading.enumerate())
    cleaning, running, go_on = threading.Event(), threading.Event(), threading.Event()
    cleaned = []

    def clean(storage: LocalStorage, prefix: str, before: float) -> None:
        cleaning.set()
        assert go_on.wait(60)
        cleaned.append(storage)

    def work(item: JobItem) -> dict[str, int]:
        running.set()
        assert go_on.wait(60)
        return {}

    monkeypatch.setattr(LocalStorage, "tidy", clean)
    # Whoever closes waits for no item before it gives them back.
    engine = open_engine(stop_seconds=0.0)
    engine.jobs.register(Calling(work))
    engine.jobs.start()
    job = engine.jobs.submit("calling", {"count": 50})
    engine.jobs.submit("counting", {"count": 100_000})
    assert cleaning.wait(60)
    assert running.wait(60)
    threading.Timer(0.2, go_on.set).start()
    engine.close()
    assert go_on.is_set()
    # The cleanup goes on to no further storage.
    assert len(cleaned) == 1
    assert [thread.name for thread in set(threading.enumerate()) - before] == []
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
    # What ran is done again.
    items = list(open_engine().jobs.items(job.number))
    assert {item.state for item in items} == {ItemState.WAITING}
