"""A catalog that is gone, replaced or damaged: nothing is acknowledged, and everybody is told."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from photomill.collections.collection import Collection
from photomill.collections.model import NewRecord
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import CatalogError, DataFolderRefused

VECTOR = np.array([1, 0, 0, 0], np.float32)


def open_engine(folder: Path) -> Engine:
    overrides = {
        "photomill.data_dir": str(folder),
        "embedders.given": {"use": "vectors", "options": {"dimension": 4}},
    }
    return Engine.open(load_settings(environ={}, overrides=overrides))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def engine(folder: Path) -> Iterator[Engine]:
    with open_engine(folder) as engine:
        yield engine


@pytest.fixture
def collection(engine: Engine) -> Collection:
    made = engine.collections.create("c", embedder="given")
    collection = engine.collections.open(made.id)
    insert(collection, "first")
    return collection


def insert(collection: Collection, name: str) -> None:
    collection.insert([NewRecord(name, vector=VECTOR)])


def moved(path: Path) -> None:
    path.rename(path.with_name("moved"))


def removed(path: Path) -> None:
    path.unlink()


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def replaced(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def replaced_by_an_empty_one(path: Path) -> None:
    path.unlink()
    sqlite3.connect(path).executescript("CREATE TABLE a (b)")


@pytest.mark.parametrize("harm", [moved, removed, emptied, replaced, replaced_by_an_empty_one])
def test_nothing_is_acknowledged_into_a_file_that_is_gone(
    engine: Engine, collection: Collection, folder: Path, harm: Callable[[Path], None]
) -> None:
    assert engine.health()["catalog"].ok
    harm(folder / "catalog.sqlite")
    for number in range(3):
        with pytest.raises(CatalogError, match=r"catalog\.sqlite"):
            insert(collection, f"lost {number}")
    with pytest.raises(CatalogError, match=r"catalog\.sqlite"):
        engine.keys.create("lost")
    health = engine.health()["catalog"]
    assert not health.ok
    assert "catalog.sqlite" in health.detail


def test_its_log_counts_too(engine: Engine, collection: Collection, folder: Path) -> None:
    (folder / "catalog.sqlite-wal").unlink()
    with pytest.raises(CatalogError, match="-wal was removed"):
        insert(collection, "lost")
    assert not engine.health()["catalog"].ok


def test_a_moved_data_folder_is_noticed(
    engine: Engine, collection: Collection, folder: Path
) -> None:
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(CatalogError, match="not in its place"):
        insert(collection, "lost")
    assert not folder.exists()
    health = engine.health()
    assert not health["catalog"].ok
    assert not health["data folder"].ok
    folder.with_name("elsewhere").rename(folder)


def test_a_file_that_is_put_back_serves_again(
    engine: Engine, collection: Collection, folder: Path
) -> None:
    moved(folder / "catalog.sqlite")
    with pytest.raises(CatalogError):
        insert(collection, "lost")
    (folder / "moved").rename(folder / "catalog.sqlite")
    insert(collection, "second")
    assert engine.health()["catalog"].ok


def damage(path: Path, first: int) -> None:
    """Overwrite pages of a file, as a failing disk does: from this one to the last but one."""
    pages = path.stat().st_size // 4096
    with open(path, "r+b") as file:
        file.seek(first * 4096)
        file.write(b"\xff" * 4096 * (pages - first - 1))


def filled(folder: Path) -> int:
    """Make a catalog whose last pages are full of keys; returns how many pages it has."""
    with open_engine(folder) as engine:
        for number in range(500):
            engine.keys.create(f"key {number} {'x' * 280}")
    return (folder / "catalog.sqlite").stat().st_size // 4096


def test_damaged_pages_make_the_catalog_unready(folder: Path) -> None:
    pages = filled(folder)
    damage(folder / "catalog.sqlite", pages - 10)
    with open_engine(folder) as engine:
        health = engine.health()["catalog"]
        assert not health.ok
        for words in ("catalog.sqlite is damaged", "backup", ".recover"):
            assert words in health.detail


def test_who_meets_damage_is_told(folder: Path) -> None:
    pages = filled(folder)
    damage(folder / "catalog.sqlite", pages - 10)
    with (
        open_engine(folder) as engine,
        pytest.raises(CatalogError, match=r"catalog\.sqlite is damaged.*backup"),
    ):
        engine.keys.list_all()


def test_a_catalog_that_cannot_be_opened_says_why(folder: Path) -> None:
    filled(folder)
    damage(folder / "catalog.sqlite", 1)
    with pytest.raises(CatalogError, match=r"catalog\.sqlite is damaged.*backup"):
        open_engine(folder)


def test_a_folder_that_had_a_catalog_does_not_begin_anew(folder: Path) -> None:
    open_engine(folder).close()
    for path in folder.glob("catalog.sqlite*"):
        path.unlink()
    with pytest.raises(DataFolderRefused, match="photomill catalog adopt"):
        open_engine(folder)
    (folder / "catalog.sqlite").touch()
    with pytest.raises(DataFolderRefused, match="missing or empty"):
        open_engine(folder)


@pytest.mark.parametrize("trace", ["secret.key", "albums/a.jpg", "indexes/a"])
def test_what_needs_a_catalog_is_not_left_without_one(folder: Path, trace: str) -> None:
    (folder / trace).parent.mkdir(parents=True)
    (folder / trace).write_text("something")
    with pytest.raises(DataFolderRefused, match=trace.partition("/")[0]):
        open_engine(folder)


def test_another_catalog_is_not_taken_for_the_folders_own(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for each in (folder, other):
        open_engine(each).close()
    shutil.copy(other / "catalog.sqlite", folder / "catalog.sqlite")
    with pytest.raises(DataFolderRefused, match="another catalog"):
        open_engine(folder)


def test_a_backup_is_the_same_catalog(folder: Path, tmp_path: Path) -> None:
    open_engine(folder).close()
    shutil.copy(folder / "catalog.sqlite", tmp_path / "backup")
    with open_engine(folder) as engine:
        engine.keys.create("later")
    for path in folder.glob("catalog.sqlite*"):
        path.unlink()
    shutil.copy(tmp_path / "backup", folder / "catalog.sqlite")
    with open_engine(folder) as engine:
        assert engine.keys.list_all() == []


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_nobody_else_reads_what_is_made(folder: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with open_engine(folder) as engine:
            engine.storages.internal("albums")
            engine.keys.create("a")
            modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]}
    finally:
        os.umask(before)
    assert modes["data"] == modes["albums"] == 0o700
    for name in ("catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm", "catalog.id"):
        assert modes[name] == 0o600


def test_what_others_may_read_already_is_said(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    open_engine(folder).close()
    assert not caplog.records
    folder.chmod(0o755)
    open_engine(folder).close()
    assert not caplog.records
    (folder / "catalog.sqlite").chmod(0o644)
    open_engine(folder).close()
    assert "chmod -R o-rwx" in caplog.text
