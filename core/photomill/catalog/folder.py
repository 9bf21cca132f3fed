"""The data folder: that it exists, can be written, and can be locked."""

from pathlib import Path

from filelock import FileLock

from photomill.errors import DataFolderRefused


def check_locks(data_dir: Path) -> None:
    """Make the data folder, and refuse one where two holders of one lock do not notice each other.

    :raises DataFolderRefused: the folder cannot be made, written or locked.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        probe = data_dir / ".lock-probe"
        with FileLock(probe, timeout=30):
            if _locks_twice(probe):
                raise DataFolderRefused(
                    f"{data_dir}: this file system has no working locks, so two processes would damage each "
                    "other's data; choose a local folder with --data-dir"
                )
    except OSError as error:
        raise DataFolderRefused(f"{data_dir}: the data folder cannot be used: {error}") from error


def _locks_twice(path: Path) -> bool:
    second = FileLock(path, is_singleton=False)
    try:
        second.acquire(timeout=0)
    except TimeoutError:
        return False
    second.release()
    return True
