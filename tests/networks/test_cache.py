import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from photomill_networks.cache import cached


class Maker:
    """Counts how often it makes."""

    def __init__(self) -> None:
        self.made = 0
        self._lock = threading.Lock()

    def __call__(self) -> bytes:
        with self._lock:
            self.made += 1
        return b"model" * 1000


def test_it_is_made_once(tmp_path: Path) -> None:
    make = Maker()
    path = tmp_path / "folder" / "model.cache"
    assert [cached(path, make) for _ in range(3)] == [b"model" * 1000] * 3
    assert make.made == 1


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 5032])
def test_a_damaged_file_is_made_again(
    tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    make = Maker()
    path = tmp_path / "model.cache"
    path.write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        assert cached(path, make) == cached(path, make) == b"model" * 1000
    assert make.made == 1
    assert "damaged" in caplog.text


def test_a_folder_that_cannot_be_made_costs_only_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    make = Maker()
    with caplog.at_level(logging.WARNING):
        assert cached(tmp_path / "file" / "model.cache", make) == b"model" * 1000
    assert make.made == 1
    assert "cannot keep" in caplog.text


def test_many_may_make_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / "model.cache"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: cached(path, Maker()), range(40)))
    assert found == {b"model" * 1000}
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_to_make_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> bytes:
        raise ValueError("no weights")

    with pytest.raises(ValueError, match="no weights"):
        cached(tmp_path / "model.cache", fail)
    assert list(tmp_path.iterdir()) == []
