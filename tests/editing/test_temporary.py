"""Results that are kept for a while."""

import logging
import os
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from photomill.editing.temporary import TemporaryResults
from photomill.errors import StorageError
from photomill.testing import open_component
from photomill_local import LocalStorage

KEPT = 3600.0


class Stubborn(LocalStorage):
    """Keeps what is called ``stuck``."""

    def delete(self, key: str) -> None:
        if "stuck" in key:
            raise StorageError(f"{key} cannot be removed")
        super().delete(key)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Stubborn]:
    with open_component(Stubborn, {"root": str(tmp_path)}, cache_dir=tmp_path) as opened:
        yield opened


def test_what_cannot_be_removed_keeps_nothing_else(storage: Stubborn, tmp_path: Path) -> None:
    results = TemporaryResults(storage, "temporary", KEPT)
    names = ["a.png", "stuck.png", "z.png"]
    for name in names:
        storage.put(f"old/{name}", BytesIO(b"picture"))
        os.utime(tmp_path / "old" / name, (0, time.time() - 2 * KEPT))
    storage.put("new/b.png", BytesIO(b"picture"))
    with pytest.raises(StorageError, match="stuck"):
        results.sweep()
    assert sorted(found.key for found in storage.list_objects()) == [
        "new/b.png",
        "old/stuck.png",
    ]


def test_a_sweep_that_fails_is_told_of_once(
    storage: Stubborn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    results = TemporaryResults(storage, "temporary", KEPT)
    storage.put("old/stuck.png", BytesIO(b"picture"))
    os.utime(tmp_path / "old" / "stuck.png", (0, time.time() - 2 * KEPT))
    with caplog.at_level(logging.ERROR):
        for number in range(20):
            results.put(f"{number}.png", b"picture")
        while not caplog.records:
            time.sleep(0.01)
    assert [record.getMessage() for record in caplog.records] == [
        "temporary results cannot be removed"
    ]
