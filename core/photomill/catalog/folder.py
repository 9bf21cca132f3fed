"""The data folder: that it exists, can be written and locked, and whose catalog it has."""

import logging
from pathlib import Path

from filelock import FileLock

from photomill.errors import DataFolderRefused
from photomill.folders import FILE_MODE, make_private_file, make_private_folder, open_to_others

logger = logging.getLogger(__name__)

_IDENTITY = "catalog.id"
_ADOPT = "`photomill catalog adopt`"

_KEPT = ("secret.key", "albums", "indexes")
"""What only a catalog gives a meaning to."""


def check_locks(data_dir: Path) -> None:
    """Make the data folder, and refuse one where two holders of one lock do not notice each other.

    :raises DataFolderRefused: the folder cannot be made, written or locked.
    """
    try:
        make_private_folder(data_dir)
        probe = data_dir / ".lock-probe"
        with FileLock(probe, timeout=30, mode=FILE_MODE):
            if _locks_twice(probe):
                raise DataFolderRefused(
                    f"{data_dir}: this file system has no working locks, so two processes would damage each "
                    "other's data; choose a local folder with --data-dir"
                )
    except OSError as error:
        raise DataFolderRefused(f"{data_dir}: the data folder cannot be used: {error}") from error


def warn_of_rights(data_dir: Path, catalog: Path | None) -> None:
    """Log what of the data folder every user of the machine may read, if they may enter it."""
    if not open_to_others(data_dir):
        return
    private = [data_dir / name for name in _KEPT]
    if catalog is not None:
        private.append(catalog)
    for path in filter(open_to_others, private):
        logger.warning(
            "%s can be read by every user of this machine; `chmod -R o-rwx %s` ends that",
            path,
            data_dir,
        )


def refuse_empty(data_dir: Path) -> None:
    """Refuse a data folder that had a catalog, where the one that was found is empty or has just been made.

    :raises DataFolderRefused: there is something that only a catalog gives a meaning to.
    """
    traces = [name for name in (_IDENTITY, *_KEPT) if _is_something(data_dir / name)]
    if traces:
        raise DataFolderRefused(
            f"{data_dir}: the catalog is missing or empty, but {' and '.join(traces)} of an earlier one "
            f"{'is' if len(traces) == 1 else 'are'} there; put the catalog back, or a backup of it "
            f"(and see [catalog] url). {_ADOPT} begins anew with an empty one"
        )


def check_identity(data_dir: Path, identity: str) -> None:
    """Refuse a catalog that is not the one that this data folder had; remember it where it had none.

    :raises DataFolderRefused: it had another.
    """
    path = data_dir / _IDENTITY
    known = path.read_text(encoding="ascii").strip() if path.exists() else ""
    if not known:
        remember_identity(data_dir, identity)
    elif known != identity:
        raise DataFolderRefused(
            f"{data_dir}: the data folder belongs to another catalog than the one that was found; check "
            f"[catalog] url, or bring that catalog back. {_ADOPT} takes this one for the folder's own"
        )


def remember_identity(data_dir: Path, identity: str) -> None:
    """Take a catalog for the data folder's own; empty forgets the one it had."""
    path = data_dir / _IDENTITY
    make_private_file(path)
    path.write_text(f"{identity}\n", encoding="ascii")


def _is_something(path: Path) -> bool:
    if path.is_dir():
        return any(path.iterdir())
    return path.is_file() and path.stat().st_size > 1


def _locks_twice(path: Path) -> bool:
    second = FileLock(path, is_singleton=False)
    try:
        second.acquire(timeout=0)
    except TimeoutError:
        return False
    second.release()
    return True
