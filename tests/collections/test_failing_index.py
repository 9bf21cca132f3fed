"""An index that cannot be built: searches go on without it, and it is tried again, but not at every change."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from photomill.collections.indexing import Indexing
from photomill.collections.model import ById, NewRecord, SearchOptions
from photomill.engine import Engine
from photomill_exact import ExactIndex

CHANGES = 200


def test_builds_that_fail_pause(
    reopen: Callable[[], Engine],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: list[int] = []
    mended, built = threading.Event(), threading.Event()
    build = ExactIndex.build

    def failing(self: ExactIndex, vectors: np.ndarray) -> None:
        tries.append(1)
        if not mended.is_set():
            raise OSError("the disk is full")
        build(self, vectors)
        built.set()

    monkeypatch.setattr(ExactIndex, "build", failing)
    with reopen() as engine, caplog.at_level(logging.ERROR):
        collection = engine.collections.open(
            engine.collections.create("test", embedder="vectors8").id
        )
        for number in range(CHANGES):
            vector = np.random.default_rng(number).normal(size=8).astype(np.float32)
            collection.insert([NewRecord(str(number), vector=vector)])
        assert collection.search(ById("7"), SearchOptions(limit=1)).hits[0].id == "7"
        # Pauses double: even hours of changes are a few tries.
        assert len(tries) < CHANGES // 4
        mended.set()
        # No change comes any more.
        assert built.wait(60)
    assert len(caplog.records) == 1
    assert "the index could not be brought up to date" in caplog.text


def test_no_pause_outlives_the_collection(reopen: Callable[[], Engine], tmp_path: Path) -> None:
    pauses: set[threading.Timer] = set()
    vectors = np.random.default_rng(0).normal(size=(6000, 8)).astype(np.float32)
    with reopen() as engine:
        collection = engine.collections.open(
            engine.collections.create("test", embedder="vectors8").id
        )
        folder = tmp_path / "data" / "indexes" / collection.info.id
        folder.mkdir(parents=True)
        # Another process saves a snapshot all the time.
        with FileLock(folder / "lock"):
            collection.insert(
                [NewRecord(f"{row}", vector=vector) for row, vector in enumerate(vectors)]
            )
            for _ in range(3):
                collection.settle()
                pauses.update(
                    thread
                    for thread in threading.enumerate()
                    if isinstance(thread, threading.Timer)
                    and isinstance(getattr(thread.function, "__self__", None), Indexing)
                )
    assert pauses
    assert all(pause.finished.is_set() for pause in pauses)
