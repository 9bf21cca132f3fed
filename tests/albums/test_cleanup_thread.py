"""Sweeping goes on where a sweep fails, and without filling the log."""

import logging
import threading

import pytest

from photomill.albums.cleanup import CleanupReport
from photomill.cleanup import CleanupThread
from photomill.errors import StorageError


def test_sweeps_that_fail_are_tried_again_and_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: list[int] = []
    swept = threading.Event()

    def sweep() -> CleanupReport:
        tries.append(1)
        if len(tries) <= 4:
            raise StorageError("the disk is full")
        swept.set()
        return CleanupReport(0, 0, 0, 0, 0, 0)

    upkeep = CleanupThread(sweep, 0.001, logging.getLogger(__name__), "albums")
    with caplog.at_level(logging.ERROR):
        upkeep.start()
        assert swept.wait(60)
        upkeep.stop()
    assert len(caplog.records) == 1
    assert "albums cannot be cleaned up" in caplog.text
