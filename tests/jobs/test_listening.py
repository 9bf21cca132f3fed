"""PostgreSQL tells idle workers of other processes that there may be work."""

import threading
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from photomill.catalog import Catalog
from photomill.jobs.jobs import Jobs
from photomill.jobs.listening import Listener
from photomill.jobs.model import JobState

from .conftest import OpenEngine

WaitUntil = Callable[[Callable[[], object]], None]


@pytest.fixture
def jobs(empty_postgresql_url: str, open_engine: OpenEngine) -> Jobs:
    """Nobody works on them."""
    return open_engine(url=empty_postgresql_url).jobs


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def catalog(empty_postgresql_url: str, tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog.open(empty_postgresql_url, tmp_path / "listening")
    yield catalog
    catalog.close()


@pytest.fixture
def listener(catalog: Catalog, calls: list[str], wait_until: WaitUntil) -> Iterator[Listener]:
    listener = Listener.of(catalog, lambda: calls.append("notified"))
    assert listener is not None
    thread = threading.Thread(target=listener.run)
    thread.start()
    wait_until(lambda: calls)
    calls.clear()
    yield listener
    listener.stop()
    thread.join()


def test_a_file_notifies_nobody(tmp_path: Path) -> None:
    catalog = Catalog.open("", tmp_path)
    assert Listener.of(catalog, lambda: None) is None
    catalog.close()


@pytest.mark.usefixtures("listener")
def test_work_of_another_process_is_heard_of(
    jobs: Jobs, calls: list[str], wait_until: WaitUntil
) -> None:
    job = jobs.submit("counting", {"count": 3})
    wait_until(lambda: calls)
    calls.clear()
    jobs.cancel(job.number)
    wait_until(lambda: calls)


@pytest.mark.usefixtures("listener")
def test_items_that_are_given_back_are_heard_of(
    jobs: Jobs, catalog: Catalog, calls: list[str], wait_until: WaitUntil
) -> None:
    job = jobs.submit("counting", {"count": 1})
    values = {"job": job.number, "state": "processing"}
    columns = "position, name, due, worker, attempts, input, error"
    with catalog.write() as connection:
        connection.execute(
            sa.text(
                f"INSERT INTO job_items (job, state, {columns})"
                " VALUES (:job, :state, 0, '', 0, 'w', 0, '{}', '')"
            ),
            values,
        )
    wait_until(lambda: calls)
    calls.clear()
    update = sa.text("UPDATE job_items SET state = 'waiting' WHERE job = :job")
    with catalog.write() as connection:
        connection.execute(update, values)
    wait_until(lambda: calls)


@pytest.mark.parametrize(
    ("change", "is_told"),
    [
        ("done = 1", False),
        ("found = 9", False),
        ("steward = 'another worker', steward_begun = 1", False),
        ("done = 3, failed = 1", True),
        ("state = 'paused'", True),
        ("listed = 0", True),
        ("steward = ''", True),
        ("steward_due = 7", True),
    ],
)
def test_a_job_that_gets_on_tells_only_what_makes_work(
    change: str, is_told: bool, jobs: Jobs, catalog: Catalog
) -> None:
    number = jobs.submit("counting", {"count": 4}).number

    def do(sql: str) -> None:
        with catalog.write() as connection:
            connection.execute(sa.text(sql))

    do(f"UPDATE jobs SET listed = 1, found = 4, steward = 'a worker' WHERE number = {number}")
    url = catalog.engine.url.set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("LISTEN photomill_jobs")
        do(f"UPDATE jobs SET {change} WHERE number = {number}")
        do("SELECT pg_notify('photomill_jobs', 'the end')")
        told = list(takewhile(lambda each: each.payload != "the end", connection.notifies()))
    assert len(told) == is_told


def test_a_broken_connection_is_opened_again(
    listener: Listener, jobs: Jobs, catalog: Catalog, calls: list[str], wait_until: WaitUntil
) -> None:
    cut = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    )
    with catalog.write() as connection:
        connection.execute(cut)
    # What came meanwhile was not heard of, so everybody looks again.
    wait_until(lambda: calls)
    assert listener.connected
    calls.clear()
    jobs.submit("counting", {"count": 3})
    wait_until(lambda: calls)


def test_a_listener_outlives_a_catalog_that_is_another_one_for_a_while(
    listener: Listener,
    empty_postgresql_url: str,
    jobs: Jobs,
    calls: list[str],
    wait_until: WaitUntil,
) -> None:
    database = sa.create_engine(empty_postgresql_url, poolclass=sa.NullPool)

    def do(sql: str) -> None:
        with database.begin() as connection:
            connection.execute(sa.text(sql))

    do("UPDATE catalog_identity SET id = reverse(id)")
    do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    wait_until(lambda: not listener.connected)
    do("UPDATE catalog_identity SET id = reverse(id)")
    wait_until(lambda: listener.connected)
    calls.clear()
    jobs.submit("counting", {"count": 3})
    wait_until(lambda: calls)


def test_an_idle_worker_begins_what_another_process_asks_for(
    empty_postgresql_url: str, open_engine: OpenEngine, jobs: Jobs
) -> None:
    worker = open_engine(url=empty_postgresql_url).jobs
    worker.start()
    assert worker.wait(worker.submit("counting", {"count": 1}).number, 120).state is JobState.DONE
    job = jobs.submit("counting", {"count": 40})
    ended = jobs.wait(job.number, 120)
    assert (ended.state, ended.progress.done) == (JobState.DONE, 40)
