"""Snapshots are caches: whatever happens to them, the catalog's answers stand."""

import logging
import os
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from photomill.collections import planner
from photomill.collections.contents import Contents, SavedRows
from photomill.collections.model import ById, NewRecord, SearchOptions
from photomill.collections.snapshot import SnapshotFolder
from photomill.collections.store.records import AddedRow
from photomill.components import OpenContext, VectorIndex, Vectors
from photomill.config.settings import FetchSettings
from photomill.engine import Engine
from photomill.errors import PluginError
from photomill_faiss import RabitqIndex
from photomill_nmslib import NmslibIndex

Reopen = Callable[[], Engine]

COUNT = 6000


def insert(engine: Engine, collection_id: str, first: int, count: int) -> None:
    vectors = np.random.default_rng(first).normal(size=(count, 32)).astype(np.float32)
    records = [NewRecord(f"r{first + row:05}", vector=vector) for row, vector in enumerate(vectors)]
    assert len(engine.collections.open(collection_id).insert(records).inserted) == count


def answer(engine: Engine, collection_id: str) -> list[tuple[str, float]]:
    result = engine.collections.open(collection_id).search(
        ById("r00005"), SearchOptions(limit=20, exact=True)
    )
    return [(hit.id, hit.distance) for hit in result.hits]


@pytest.fixture(params=["large", "graph"])
def saved(request: pytest.FixtureRequest, reopen: Reopen) -> tuple[str, list[tuple[str, float]]]:
    """A collection's id, and its answer before it was closed with a snapshot."""
    with reopen() as engine:
        collection_id = engine.collections.create(
            "test", embedder="vectors32", index=request.param
        ).id
        insert(engine, collection_id, 0, COUNT)
        engine.collections.open(collection_id).settle()
        return collection_id, answer(engine, collection_id)


def folder(tmp_path: Path, collection_id: str) -> Path:
    return tmp_path / "data" / "indexes" / collection_id


def test_a_restart_reads_the_snapshot_and_what_came_after(
    saved: tuple[str, list[tuple[str, float]]], reopen: Reopen, caplog: pytest.LogCaptureFixture
) -> None:
    collection_id, expected = saved
    with reopen() as engine:
        collection = engine.collections.open(collection_id)
        assert collection.statistics().indexed == COUNT
        assert answer(engine, collection_id) == expected
        insert(engine, collection_id, COUNT, 10)
        collection.delete(["r00100"])
    with reopen() as engine:
        collection = engine.collections.open(collection_id)
        assert collection.count() == COUNT + 9
        assert collection.get(["r00100"]) == [None]
        assert (
            collection.search(ById(f"r{COUNT + 3:05}"), SearchOptions(limit=1)).hits[0].distance
            == 0.0
        )
    assert not caplog.records


def test_an_index_built_after_its_rows_were_saved_is_saved_too(
    saved: tuple[str, list[tuple[str, float]]],
    reopen: Reopen,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    collection_id, _ = saved
    with reopen() as engine:
        insert(engine, collection_id, COUNT, COUNT)
        engine.collections.open(collection_id).settle()
        expected = answer(engine, collection_id)
    names = sorted(
        path.name.partition("-")[0] for path in folder(tmp_path, collection_id).iterdir()
    )
    assert names == ["index", "lock", "manifest.json", "rows", "vectors"]
    for kind in (NmslibIndex, RabitqIndex):
        monkeypatch.setattr(kind, "_build", _must_not_build)
    with reopen() as engine:
        collection = engine.collections.open(collection_id)
        assert collection.statistics().indexed == 2 * COUNT
        collection.settle()
        assert answer(engine, collection_id) == expected


def test_no_index_is_added_to_the_snapshot_of_another_process(tmp_path: Path) -> None:
    ours, theirs = (SnapshotFolder(tmp_path, "fingerprint", 32) for _ in range(2))
    vectors = np.random.default_rng(0).normal(size=(50, 32)).astype(np.float32)
    contents = Contents(32, SavedRows.none(32, 0), 0)
    contents.append([AddedRow(row, f"r{row}", b"") for row in range(50)], vectors)
    view = contents.view()
    index = NmslibIndex(NmslibIndex.Options())
    index.open(OpenContext("graph", tmp_path / "cache", FetchSettings()))
    index.build(vectors)
    saved = ours.save(view)
    assert saved is not None
    assert theirs.save(view) is not None
    assert ours.add_index(saved.position, 50, index, 50, "nmslib")
    assert theirs.add_index(saved.position, 49, index, 49, "nmslib")
    assert theirs.add_index(saved.position, 50, index, 51, "nmslib")
    snapshot = theirs.load()
    assert snapshot is not None
    assert snapshot.index is None
    assert theirs.add_index(saved.position, 50, index, 50, "nmslib")
    snapshot = ours.load()
    assert snapshot is not None
    assert snapshot.index is not None
    index.close()


def _must_not_build(index: VectorIndex, vectors: Vectors) -> None:
    raise AssertionError("it was saved")


@pytest.mark.parametrize("part", ["index", "rows", "vectors", "manifest"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove", "garbage"])
def test_a_damaged_snapshot_is_rebuilt_and_said(
    saved: tuple[str, list[tuple[str, float]]],
    reopen: Reopen,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    part: str,
    damage: str,
) -> None:
    collection_id, expected = saved
    path = next(folder(tmp_path, collection_id).glob(f"{part}*"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    changed = {
        "flip": bytes(data),
        "truncate": bytes(data[: len(data) // 3]),
        "garbage": b"\x00\xff" * 50,
    }
    if damage == "remove":
        path.unlink()
    else:
        path.write_bytes(changed[damage])
    with caplog.at_level(logging.WARNING), reopen() as engine:
        assert answer(engine, collection_id) == expected
        engine.collections.open(collection_id).settle()
        assert engine.collections.open(collection_id).statistics().indexed == COUNT
    silent = part == "manifest" and damage == "remove"
    assert silent or "rebuilding" in caplog.text


@pytest.mark.parametrize("part", ["index", "rows", "vectors"])
@pytest.mark.parametrize("change", [-1, 1, -4096])
def test_a_file_of_another_length_is_refused_before_it_is_read(
    saved: tuple[str, list[tuple[str, float]]],
    reopen: Reopen,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    part: str,
    change: int,
) -> None:
    """Its time tells nothing: it is as old as when it was saved."""
    collection_id, expected = saved
    path = next(folder(tmp_path, collection_id).glob(f"{part}*"))
    before = path.stat()
    length = max(0, before.st_size + change)
    os.truncate(path, length)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with caplog.at_level(logging.WARNING), reopen() as engine:
        assert answer(engine, collection_id) == expected
    said = f"{path.name} has {length:,} bytes, and was saved with {before.st_size:,}"
    assert said in caplog.text


def test_an_index_built_in_the_place_of_one_that_cannot_be_read_is_saved(
    saved: tuple[str, list[tuple[str, float]]],
    reopen: Reopen,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    collection_id, expected = saved

    def refuse(index: VectorIndex, path: Path, vectors: Vectors) -> None:
        raise PluginError(f"{path}: of another version")

    with monkeypatch.context() as patch, reopen() as engine:
        for kind in (RabitqIndex, NmslibIndex):
            patch.setattr(kind, "_load", refuse)
        engine.collections.open(collection_id).settle()
    assert "of another version" in caplog.text
    caplog.clear()
    with reopen() as engine:
        assert answer(engine, collection_id) == expected
        assert engine.collections.open(collection_id).statistics().indexed == COUNT
    assert not caplog.records


def test_a_snapshot_of_other_vectors_is_left_aside(
    saved: tuple[str, list[tuple[str, float]]], reopen: Reopen, tmp_path: Path
) -> None:
    collection_id, expected = saved
    manifest = folder(tmp_path, collection_id) / "manifest.json"
    manifest.write_text(manifest.read_text().replace("vectors-32", "vectors-33"))
    with reopen() as engine:
        assert answer(engine, collection_id) == expected


def test_clearing_is_noticed_by_who_has_a_snapshot(
    saved: tuple[str, list[tuple[str, float]]], reopen: Reopen
) -> None:
    collection_id, _ = saved
    with reopen() as server, reopen() as shell:
        assert server.collections.open(collection_id).count() == COUNT
        assert shell.collections.clear(collection_id) == COUNT
        assert server.collections.open(collection_id).count() == 0
        insert(server, collection_id, 0, 3)
        assert shell.collections.open(collection_id).count() == 3
    with reopen() as engine:
        assert engine.collections.open(collection_id).count() == 3


def test_deleting_most_records_numbers_rows_anew(
    saved: tuple[str, list[tuple[str, float]]], reopen: Reopen
) -> None:
    collection_id, _ = saved
    with reopen() as engine:
        collection = engine.collections.open(collection_id)
        collection.delete([f"r{row:05}" for row in range(1000, 5000)])
        collection.settle()
        statistics = collection.statistics()
        assert (statistics.records, statistics.deleted) == (2000, 0)
        hits = collection.search(ById("r05500"), SearchOptions(limit=2000)).hits
        assert hits[0].id == "r05500"
        assert {hit.id for hit in hits} == {
            f"r{row:05}" for row in (*range(1000), *range(5000, 6000))
        }
        insert(engine, collection_id, 7000, 5)
        assert collection.ids()[-1] == "r07004"


def test_a_deleted_collection_leaves_no_files(
    saved: tuple[str, list[tuple[str, float]]], reopen: Reopen, tmp_path: Path
) -> None:
    collection_id, _ = saved
    assert folder(tmp_path, collection_id).exists()
    with reopen() as engine:
        engine.collections.open(collection_id)
        engine.collections.delete(collection_id)
    assert not folder(tmp_path, collection_id).exists()


def files(folder: Path) -> set[str]:
    """What lies in a snapshot's folder beside the lock."""
    return {path.name for path in folder.iterdir()} - {"lock"}


def test_a_second_process_reads_what_the_first_saved(
    saved: tuple[str, list[tuple[str, float]]], reopen: Reopen, tmp_path: Path
) -> None:
    collection_id, _ = saved
    with reopen() as first, reopen() as second:
        mine, others = (each.collections.open(collection_id) for each in (first, second))
        insert(first, collection_id, COUNT, COUNT)
        mine.settle()
        written = files(folder(tmp_path, collection_id))
        # Only from here on does the second know of them, and looks after its index in the background.
        assert others.count() == 2 * COUNT
        assert answer(second, collection_id) == answer(first, collection_id)
        others.settle()
        assert files(folder(tmp_path, collection_id)) == written
        assert answer(second, collection_id) == answer(first, collection_id)
        assert others.ids() == mine.ids()


def test_a_snapshot_may_be_replaced_or_removed_while_it_is_open(
    saved: tuple[str, list[tuple[str, float]]], reopen: Reopen, tmp_path: Path
) -> None:
    collection_id, expected = saved
    with reopen() as engine:
        assert answer(engine, collection_id) == expected
        with reopen() as other:
            insert(other, collection_id, COUNT, COUNT)
            other.collections.open(collection_id).settle()
        shutil.rmtree(folder(tmp_path, collection_id))
        collection = engine.collections.open(collection_id)
        assert collection.count() == 2 * COUNT
        everything = collection.ids()
        assert collection.vectors(everything)[0] == everything
        found = answer(engine, collection_id)
    with reopen() as engine:
        assert answer(engine, collection_id) == found
        assert engine.collections.open(collection_id).ids() == everything


@contextmanager
def no_large_files(limit: int) -> Iterator[None]:
    """Have writing beyond this many bytes of a file fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_last_snapshot_and_no_halves(tmp_path: Path) -> None:
    contents = Contents(8, SavedRows.none(8, 0), 0)
    kept = SnapshotFolder(tmp_path / "kept", "made by hand", 8)
    for first in (0, 500):
        rows = [AddedRow(row, f"r{row:05}", b"") for row in range(first, first + 500)]
        contents.append(rows, np.full((500, 8), first, np.float32))
        if first == 0:
            assert kept.save(contents.view()) is not None
    before = files(kept_path := tmp_path / "kept")
    # The vectors take 32,000 bytes, and what is kept of the ids 35,008.
    for limit in (10_000, 33_000):
        with no_large_files(limit), pytest.raises(OSError, match="large"):
            kept.save(contents.view())
        assert files(kept_path) == before
    snapshot = kept.load()
    assert snapshot is not None
    assert len(snapshot.rows.ids) == 500


def test_a_collection_closes_where_no_snapshot_can_be_written(
    saved: tuple[str, list[tuple[str, float]]],
    reopen: Reopen,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    collection_id, _ = saved
    with reopen() as engine:
        insert(engine, collection_id, COUNT, 600)
        engine.collections.open(collection_id).settle()
        shutil.rmtree(folder(tmp_path, collection_id))
        folder(tmp_path, collection_id).write_text("no folder")
    assert "built anew after the next start" in caplog.text
    folder(tmp_path, collection_id).unlink()
    with reopen() as engine:
        assert engine.collections.open(collection_id).count() == COUNT + 600


def test_an_id_that_came_again_is_found_after_a_restart(
    saved: tuple[str, list[tuple[str, float]]], reopen: Reopen
) -> None:
    collection_id, _ = saved
    with reopen() as engine:
        collection = engine.collections.open(collection_id)
        collection.delete(["r00007"])
        collection.drop(["r00008"])
        vector = np.eye(32, dtype=np.float32)[0]
        again = [NewRecord("r00007", vector=vector), NewRecord("r00006", vector=vector)]
        report = collection.insert(again)
        assert (list(report.inserted), [each.id for each in report.skipped]) == (
            ["r00007"],
            ["r00006"],
        )
    with reopen() as engine:
        collection = engine.collections.open(collection_id)
        assert not collection.has("r00008")
        assert collection.restore(["r00008"]).inserted == ["r00008"]
        assert collection.vectors(["r00007", "r00008"])[0] == ["r00007", "r00008"]
        assert np.allclose(collection.vectors(["r00007"])[1], vector)


def random_vectors(count: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 32)).astype(np.float32)


def nearest_to_themselves(engine: Engine, collection_id: str, ids: list[str]) -> list[str]:
    """The nearest record of each of some records, as the collection's index finds it."""
    collection = engine.collections.open(collection_id)
    return [collection.search(ById(each), SearchOptions(limit=1)).hits[0].id for each in ids]


@pytest.fixture
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphs are built by one thread: with two, nmslib leaves up to three of 8,000 nodes out of reach."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})


@pytest.mark.usefixtures("one_core")
@pytest.mark.parametrize("index", ["large", "graph"])
def test_a_snapshot_from_before_clearing_answers_nothing(
    index: str, reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Scans seem dear, so that the index is asked.
    monkeypatch.setattr(planner, "SCAN_PER_FLOAT", 1.0)
    vectors = random_vectors(COUNT)
    records = [NewRecord(f"r{row:05}", vector=vector) for row, vector in enumerate(vectors)]
    asked = [f"r{row:05}" for row in range(0, COUNT, 600)]
    with reopen() as engine:
        collection_id = engine.collections.create("test", embedder="vectors32", index=index).id
        engine.collections.open(collection_id).insert(records)
        engine.collections.open(collection_id).settle()
    with reopen() as engine:
        assert engine.collections.clear(collection_id) == COUNT
        engine.collections.open(collection_id).insert(records[::-1])
        engine.collections.open(collection_id).settle()
    with reopen() as engine:
        assert nearest_to_themselves(engine, collection_id, asked) == asked
        engine.collections.open(collection_id).settle()
        assert nearest_to_themselves(engine, collection_id, asked) == asked


@pytest.mark.usefixtures("one_core")
@pytest.mark.parametrize("index", ["large", "graph"])
def test_a_snapshot_without_a_row_that_came_back_answers_nothing(
    index: str, reopen: Reopen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(planner, "SCAN_PER_FLOAT", 1.0)
    vectors = random_vectors(10800)
    records = [NewRecord(f"r{row:05}", vector=vector) for row, vector in enumerate(vectors)]
    asked = [f"r{row:05}" for row in range(3100, 10800, 700)]
    with reopen() as engine:
        collection_id = engine.collections.create("test", embedder="vectors32", index=index).id
        collection = engine.collections.open(collection_id)
        collection.insert(records[:9000])
        collection.drop([record.id for record in records[:3000]])
        collection.settle()
        collection.insert(records[9000:])
        collection.settle()
    saved = folder(tmp_path, collection_id)
    shutil.copytree(saved, tmp_path / "earlier")
    earlier = files(saved)
    with reopen() as engine:
        collection = engine.collections.open(collection_id)
        back = ["r00000", "r00001", "r00002"]
        assert collection.restore(back).inserted == back
        collection.settle()
        # However few rows came back, the last snapshot is of no use any more.
        assert files(saved) & earlier == {"manifest.json"}
        assert nearest_to_themselves(engine, collection_id, asked) == asked
    shutil.rmtree(saved)
    shutil.copytree(tmp_path / "earlier", saved)
    with reopen() as engine:
        assert nearest_to_themselves(engine, collection_id, asked) == asked


def test_what_cannot_be_removed_costs_no_snapshot(
    saved: tuple[str, list[tuple[str, float]]],
    reopen: Reopen,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    collection_id, _ = saved
    earlier = files(folder(tmp_path, collection_id))
    (folder(tmp_path, collection_id) / "a folder").mkdir()
    with reopen() as engine:
        insert(engine, collection_id, COUNT, COUNT)
        engine.collections.open(collection_id).settle()
    assert "cannot be removed" in caplog.text
    written = files(folder(tmp_path, collection_id))
    assert written & earlier == {"manifest.json"}
    assert {name.split("-")[0] for name in written} >= {"vectors", "rows", "index"}
    with reopen() as engine:
        collection = engine.collections.open(collection_id)
        assert collection.count() == 2 * COUNT
        assert collection.statistics().indexed >= COUNT
