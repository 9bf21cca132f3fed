"""Doing one item."""

import logging
import time
from collections.abc import Mapping
from typing import Any

from photomill.errors import (
    CapacityExceeded,
    CatalogError,
    PhotomillError,
    SourceUnreachable,
    StorageError,
    StorageFull,
)
from photomill.jobs.kind import JobKind
from photomill.jobs.model import ItemState, Job, JobItem, SkipItem
from photomill.jobs.store.claims import Ending

logger = logging.getLogger(__name__)

Kinds = Mapping[str, JobKind]

FULL_RESTS = 5
"""How many times ``retry_delay`` a job rests that met a full disk."""

_PASSING = (CapacityExceeded, CatalogError, SourceUnreachable, StorageError)
"""Errors that may be gone the next time."""


def run_item(kind: JobKind, job: Job, item: JobItem, retry_delay: float) -> Ending:
    """Do an item, and tell how it ended. Never raises.

    :param retry_delay: seconds before the second attempt; each further one waits twice as long.
    """
    try:
        result = kind.run(job, item)
    except SkipItem as skipped:
        return Ending(
            job.number,
            item.position,
            ItemState.SKIPPED,
            error=str(skipped),
            error_detail=skipped.detail,
        )
    except Exception as error:
        return _ending(error, kind, job, item, retry_delay)
    return Ending(job.number, item.position, ItemState.DONE, result=result)


def given_up(job: Job, item: JobItem) -> Ending:
    """The end of an item that ends its process again and again."""
    return Ending(
        job.number,
        item.position,
        ItemState.FAILED,
        error=f"given up: the process ended {item.deaths} times while it worked on nothing else",
        error_detail={"type": "GivenUp"},
        lost=True,
    )


def may_pass(error: Exception) -> bool:
    """Whether another try may help."""
    return isinstance(error, _PASSING) or not isinstance(error, PhotomillError)


def described(error: Exception) -> tuple[str, dict[str, Any]]:
    """An error's text, its type, its path, and the picture that it concerns."""
    expected = isinstance(error, PhotomillError)
    text = str(error) if expected else f"{type(error).__name__}: {error}"
    known = {"path": getattr(error, "path", ""), "picture": getattr(error, "picture", None)}
    detail = {name: value for name, value in known.items() if value}
    return text, {"type": type(error).__name__, **detail}


def _ending(error: Exception, kind: JobKind, job: Job, item: JobItem, retry_delay: float) -> Ending:
    if not isinstance(error, PhotomillError):
        logger.error("item %d of job %d failed", item.position, job.number, exc_info=error)
    text, detail = described(error)
    if isinstance(error, StorageFull):
        due = time.time() + FULL_RESTS * retry_delay
        return Ending(
            job.number, item.position, ItemState.WAITING, error=text, due=due, counts=False
        )
    if may_pass(error) and item.attempts < kind.max_attempts:
        due = time.time() + retry_delay * 2 ** (item.attempts - 1)
        return Ending(job.number, item.position, ItemState.WAITING, error=text, due=due)
    return Ending(job.number, item.position, ItemState.FAILED, error=text, error_detail=detail)
