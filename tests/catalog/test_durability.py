"""What was acknowledged is there, whatever happens to the process."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photomill.collections.model import NewRecord
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import DataFolderRefused, StorageFull

INSERT_FOR_EVER = """
import json, sys
import numpy as np
from photomill.collections.model import NewRecord
from photomill.config.load import load_settings
from photomill.engine import Engine

overrides, collection_id, prefix = sys.argv[1:]
engine = Engine.open(load_settings(environ={}, overrides=json.loads(overrides)))
collection = engine.collections.open(collection_id)
random = np.random.default_rng(7)
for number in range(1000):
    record_id = f"{prefix}{number:04}"
    vector = random.normal(size=collection.info.dimension).astype(np.float32)
    report = collection.insert([NewRecord(record_id, attributes={"number": number}, vector=vector)])
    assert report.inserted == [record_id]
    print(record_id, flush=True)
"""


def overrides(data_dir: Path) -> dict[str, Any]:
    return {
        "photomill.data_dir": str(data_dir),
        "embedders.given": {"use": "vectors", "options": {"dimension": 64}},
    }


def open_engine(data_dir: Path) -> Engine:
    return Engine.open(load_settings(environ={}, overrides=overrides(data_dir)))


def new_collection(data_dir: Path) -> str:
    with open_engine(data_dir) as engine:
        return engine.collections.create("test", embedder="given").id


def insert_in_background(
    data_dir: Path, collection_id: str, prefix: str
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            INSERT_FOR_EVER,
            json.dumps(overrides(data_dir)),
            collection_id,
            prefix,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_kill_in_the_middle_of_inserts_loses_no_acknowledged_record(tmp_path: Path) -> None:
    collection_id = new_collection(tmp_path)
    acknowledged: list[str] = []
    for attempt, lines in enumerate((3, 60, 150)):
        process = insert_in_background(tmp_path, collection_id, f"{attempt}-")
        assert process.stdout is not None
        acknowledged += [process.stdout.readline().strip() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        acknowledged += process.stdout.read().split("\n")[:-1]
        process.wait()
        process.stdout.close()
    with open_engine(tmp_path) as engine:
        collection = engine.collections.open(collection_id)
        records = collection.get(acknowledged)
        assert len(acknowledged) >= 213
        assert all(
            record is not None and record.attributes["number"] == int(record.id[-4:])
            for record in records
        )
        # At most the one that was being acknowledged is there beyond those, and it is whole.
        assert len(acknowledged) <= collection.count() <= len(acknowledged) + 3
        assert len(collection.find(limit=None)) == collection.count()


def test_two_processes_share_a_data_folder(tmp_path: Path) -> None:
    collection_id = new_collection(tmp_path)
    with open_engine(tmp_path) as engine:
        collection = engine.collections.open(collection_id)
        process = insert_in_background(tmp_path, collection_id, "other-")
        assert process.stdout is not None
        for number in range(30):
            seen = process.stdout.readline().strip()
            # Up to date before it answers: what another process acknowledged is found at once.
            assert collection.get([seen])[0] is not None
            assert seen in collection.ids()
            vector = (
                np.random.default_rng(number)
                .normal(size=collection.info.dimension)
                .astype(np.float32)
            )
            assert collection.insert([NewRecord(f"mine-{number}", vector=vector)]).inserted
        process.kill()
        process.wait()
        process.stdout.close()
        assert collection.count() == len(set(collection.ids())) >= 60


def test_a_key_revoked_beside_a_running_engine_is_useless_at_once(tmp_path: Path) -> None:
    with open_engine(tmp_path) as server, open_engine(tmp_path) as shell:
        made = shell.keys.create("test")
        assert server.keys.verify(made.secret) == made.key
        shell.keys.revoke(made.key.id)
        assert server.keys.verify(made.secret) is None


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: SQLite meets both as a write that fails."""
    collection_id = new_collection(tmp_path)
    script = f"""
import resource, signal, sys
import numpy as np
from photomill.collections.model import NewRecord
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import PhotomillError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
engine = Engine.open(load_settings(environ={{}}, overrides={overrides(tmp_path)!r}))
collection = engine.collections.open({collection_id!r})
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
vector = np.ones(collection.info.dimension, np.float32)
for number in range(10_000):
    try:
        collection.insert([NewRecord(f"r{{number}}", attributes={{"text": "x" * 10_000}}, vector=vector)])
    except PhotomillError as error:
        print(f"{{type(error).__name__}}: {{error}}")
        break
    print(number, flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(collection.insert([NewRecord("after", vector=vector)]).inserted)
"""
    output = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    *acknowledged, failure, after, _ = output
    assert failure.startswith("StorageFull: the disk that holds the catalog is full")
    assert after == "['after']"
    with open_engine(tmp_path) as engine:
        collection = engine.collections.open(collection_id)
        assert collection.ids() == [f"r{number}" for number in acknowledged] + ["after"]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_full_file_system_is_a_capacity_error(tmp_path: Path) -> None:
    mount = tmp_path / "small"
    mount.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(mount)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        # A container without the right to mount; the limit on file sizes above stands for it there.
        return
    try:
        collection_id = new_collection(mount)
        with open_engine(mount) as engine:
            collection = engine.collections.open(collection_id)
            vector = np.ones(collection.info.dimension, np.float32)
            inserted: list[str] = []

            def insert_until_full() -> None:
                for number in range(1000):
                    attributes = {"text": "x" * 20_000}
                    record = NewRecord(f"r{number}", attributes=attributes, vector=vector)
                    inserted.extend(collection.insert([record]).inserted)

            with pytest.raises(StorageFull, match="disk"):
                insert_until_full()
            assert inserted
            assert collection.ids() == inserted
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def test_a_folder_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    new_collection(tmp_path)
    with sqlite3.connect(tmp_path / "catalog.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(DataFolderRefused, match="newer version"):
        open_engine(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataFolderRefused, match="cannot be used"):
        open_engine(tmp_path / "file" / "data")


def test_a_folder_without_locks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    with pytest.raises(DataFolderRefused, match="no working locks"):
        open_engine(tmp_path)
