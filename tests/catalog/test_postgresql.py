"""The same catalog on a real PostgreSQL server."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import psycopg
import pytest
from PIL import Image

from photomill.collections.model import ById, NewRecord, SearchOptions
from photomill.config.load import load_settings
from photomill.editing.request import EditRequest
from photomill.engine import Engine
from photomill.errors import CatalogError
from photomill.jobs.model import JobState


@pytest.fixture
def server_url(postgresql_url: str) -> str:
    return postgresql_url


def open_engine(url: str, data_dir: Path) -> Engine:
    overrides = {
        "photomill.data_dir": str(data_dir),
        "catalog.url": url,
        "embedders.given": {"use": "vectors", "options": {"dimension": 16}},
    }
    return Engine.open(load_settings(environ={}, overrides=overrides))


def records(first: int, count: int) -> list[NewRecord]:
    vectors = np.random.default_rng(first).normal(size=(count, 16)).astype(np.float32)
    return [
        NewRecord(f"r{first + row}", attributes={"n": first + row}, vector=vectors[row])
        for row in range(count)
    ]


def test_two_engines_follow_each_other(server_url: str, tmp_path: Path) -> None:
    with (
        open_engine(server_url, tmp_path / "a") as one,
        open_engine(server_url, tmp_path / "b") as two,
    ):
        collection_id = one.collections.create("shared", embedder="given").id
        mine, theirs = one.collections.open(collection_id), two.collections.open(collection_id)
        mine.insert(records(0, 50))
        assert theirs.count() == 50
        theirs.insert([*records(50, 5), *records(3, 1)])
        assert mine.ids() == [f"r{row}" for row in range(55)]
        mine.update([("r7", {"n": -1})])
        assert theirs.ids({"n": {"$lt": 0}}) == ["r7"]
        mine.delete(["r1"])
        assert theirs.search(ById("r0"), SearchOptions(limit=100)).total == 54
        assert two.collections.clear(collection_id) == 54
        assert mine.count() == 0


def test_keys_and_duplicates(server_url: str, tmp_path: Path) -> None:
    with open_engine(server_url, tmp_path) as engine:
        made = engine.keys.create("test", scopes=["read"])
        assert engine.keys.verify(made.secret) == made.key
        engine.keys.revoke(made.key.id)
        assert engine.keys.verify(made.secret) is None
        collection = engine.collections.open(engine.collections.create("c", embedder="given").id)
        report = collection.insert([*records(0, 2), *records(0, 2)])
        assert (list(report.inserted), [skipped.id for skipped in report.skipped]) == (
            ["r0", "r1"],
            ["r0", "r1"],
        )


def test_jobs_are_shared_by_machines(server_url: str, tmp_path: Path) -> None:
    """Two engines that share the catalog, and no folder."""
    with (
        open_engine(server_url, tmp_path / "a") as one,
        open_engine(server_url, tmp_path / "b") as two,
    ):
        for name in ("originals", "results"):
            (tmp_path / name).mkdir()
            one.storages.operator.create(name, "local", {"path": str(tmp_path / name)})
        for number in range(40):
            Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / "originals" / f"{number}.png")
        for engine in (one, two):
            engine.jobs.start()
        sources = ["storage://originals/"]
        job = one.editing.submit(sources, EditRequest(), "storage://results/", idempotency_key="k")
        again = two.editing.submit(
            sources, EditRequest(), "storage://results/", idempotency_key="k"
        )
        assert again.id == job.id
        ended = two.jobs.wait(job.number, 120)
        assert (ended.state, ended.progress.done) == (JobState.DONE, 40)
        assert len(list((tmp_path / "results").iterdir())) == 40
        one.jobs.delete(job.number)
        assert two.jobs.list_jobs() == []


def test_owners_and_groups(server_url: str, tmp_path: Path) -> None:
    with open_engine(server_url, tmp_path) as engine:
        albums = engine.albums
        ann = albums.owners.create("Ann", timezone="Europe/Berlin").owner
        brand = albums.brands.create(ann, "Tours", "tours")
        group = albums.groups.create(ann, brand_id=brand.id, name="Rafting")
        assert albums.groups.find(group.token).id == group.id


def test_another_database_behind_the_address_is_refused(server_url: str, tmp_path: Path) -> None:
    with open_engine(server_url, tmp_path) as engine, psycopg.connect(_plain(server_url)) as other:
        row = other.execute("SELECT id FROM catalog_identity").fetchone()
        assert row is not None
        try:
            other.execute("UPDATE catalog_identity SET id = 'another'")
            other.commit()
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
            with pytest.raises(CatalogError, match="another"):
                _retried(lambda: engine.keys.create("test"))
        finally:
            other.execute("UPDATE catalog_identity SET id = %s", row)
            other.commit()


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _retried(call: Callable[[], object]) -> None:
    """Once for the connection that was cut, once for a new one."""
    with suppress(CatalogError):
        call()
    call()


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="the catalog failed"):
        open_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", tmp_path)


OPEN_AND_WAIT = """
import sys
from pathlib import Path
from photomill import Engine, load_settings

url, data_dir = sys.argv[1:]
settings = load_settings(
    environ={}, overrides={"photomill.data_dir": data_dir, "catalog.url": url}
)
sys.stdin.readline()
with Engine.open(settings) as engine:
    print(len(engine.collections.list_all()))
"""


def test_servers_that_start_together_on_an_empty_database_all_come_up(
    server_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(
        server_url.replace("postgresql+psycopg", "postgresql"), autocommit=True
    ) as admin:
        admin.execute("CREATE DATABASE together")
    url = server_url.replace("/postgres?", "/together?")
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_AND_WAIT, url, str(tmp_path / str(number))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for server in servers:
        assert server.stdin is not None
        server.stdin.write("go\n")
        server.stdin.flush()
    ended = [server.communicate() for server in servers]
    assert [(out, err) for out, err in ended] == [("0\n", "")] * 4


def test_a_server_says_what_is_not_shared(server_url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "photomill_cli", "--data-dir", str(tmp_path), "serve"]
    ended = subprocess.run(
        command,
        env={**os.environ, "PHOTOMILL_CATALOG__URL": server_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "editing.temporary" in ended.stderr
    assert "albums.storage" in ended.stderr
    assert "PHOTOMILL_SECRET_KEY" in ended.stderr


def test_rate_limits_hold_for_all_machines(server_url: str, tmp_path: Path) -> None:
    with (
        open_engine(server_url, tmp_path / "a") as one,
        open_engine(server_url, tmp_path / "b") as two,
    ):
        # So slow that nothing comes back while this runs.
        limits = [each.keys.limit_rate("test", 1, burst=20) for each in (one, two)]
        calls = [limits[turn % 2].seconds_to_wait("key") for turn in range(60)]
        assert sum(seconds == 0 for seconds in calls) == 20
