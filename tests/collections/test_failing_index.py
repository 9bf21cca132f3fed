"""An index that cannot be built: searches go on without it, and it is tried again, but not at every change."""

import logging
import threading
from collections.abc import Callable

import numpy as np
import pytest

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
