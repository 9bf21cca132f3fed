"""Models kept in the data folder, so that they are made once."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

logger = logging.getLogger(__name__)

DIGEST_BYTES = 32


def cached(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what the file holds, or make and keep it.

    The contents stand behind their SHA-256, so that a damaged file is noticed and made again. Several processes may do
    this at once: each sees a whole file or none. A folder that cannot be written costs time, nothing else.

    :param path: of the cache file; its name must change when ``make`` would give something else.
    """
    kept = _read(path)
    if kept is not None:
        return kept
    made = make()
    try:
        _write(path, made)
    except OSError as error:
        logger.warning("cannot keep %s: %s", path, error)
    return made


def _read(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        logger.warning("cannot read %s, so it is made again: %s", path, error)
        return None
    digest, content = data[:DIGEST_BYTES], data[DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        logger.warning("%s is damaged, so it is made again", path)
        return None
    return content


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).digest())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
