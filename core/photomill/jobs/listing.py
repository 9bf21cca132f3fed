"""Listing what a job is to do, and finishing it."""

import logging
import time
from collections.abc import Callable
from itertools import islice

from photomill.config.settings import JobSettings
from photomill.errors import PhotomillError, StorageFull
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobState
from photomill.jobs.store.listers import JobStewards, Stewardship
from photomill.jobs.units import FULL_RESTS, described, may_pass

logger = logging.getLogger(__name__)

_CHUNK = 200
"""Items stored in one transaction."""


class Stewarding:
    """Lists and finishes jobs for one worker. Nothing here raises but what the catalog does."""

    def __init__(
        self,
        stewards: JobStewards,
        worker: str,
        settings: JobSettings,
        find: Callable[[int], Job],
    ) -> None:
        """
        :param find: a job as it is now, by its number.
        """
        self._stewards = stewards
        self._worker = worker
        self._retry_delay = settings.retry_delay
        self._keep_seconds = settings.keep_seconds
        self._max_deaths = settings.max_deaths
        self._find = find

    def list_items(
        self, kind: JobKind, job: Job, held: Stewardship, listed_some: Callable[[], None]
    ) -> None:
        """Store a job's items, from where an earlier listing broke off.

        They are worked on meanwhile. Where the listing fails for good, so does the job; what was done stays done.
        """
        if held.deaths >= self._max_deaths:
            self._give_up(kind, job, "its items were listed")
            return
        try:
            whole = self._listed(kind, job, listed_some)
        except Exception as error:
            self._failed(kind, job, held, error)
            return
        if whole:
            self._stewards.end_listing(job.number, self._worker)
        else:
            self._stewards.give_back(job.number, self._worker)

    def finish(self, kind: JobKind, job: Job, held: Stewardship) -> None:
        """End a job all of whose items have ended; one that lost some has failed, whatever its kind says."""
        if held.deaths >= self._max_deaths:
            self._give_up(kind, job, "it was finished")
            return
        try:
            result = kind.finish(job)
        except Exception as error:
            self._failed(kind, job, held, error)
            return
        lost = self._find(job.number).progress.lost
        self._stewards.conclude(
            job.number,
            self._worker,
            JobState.FAILED if lost else JobState.DONE,
            self._expires(kind),
            result=result,
            error=f"{lost} of its items were given up" if lost else "",
        )

    def _listed(self, kind: JobKind, job: Job, listed_some: Callable[[], None]) -> bool:
        """List; False where the job was paused, cancelled or taken over meanwhile."""
        last = self._stewards.last_item(job.number)
        position = 0 if last is None else last.position + 1
        listed = iter(kind.items(job, last))
        while chunk := list(islice(listed, _CHUNK)):
            if not self._stewards.add_items(job.number, self._worker, position, chunk):
                return False
            position += len(chunk)
            listed_some()
        return True

    def _failed(self, kind: JobKind, job: Job, held: Stewardship, error: Exception) -> None:
        if not isinstance(error, PhotomillError):
            logger.error("job %d failed", job.number, exc_info=error)
        if isinstance(error, StorageFull):
            due = time.time() + FULL_RESTS * self._retry_delay
            self._stewards.give_back(job.number, self._worker, due, attempts=held.attempt - 1)
            return
        if may_pass(error) and held.attempt < kind.max_attempts:
            due = time.time() + self._retry_delay * 2 ** (held.attempt - 1)
            self._stewards.give_back(job.number, self._worker, due)
            return
        text, detail = described(error)
        self._fail(kind, job, text, detail)

    def _give_up(self, kind: JobKind, job: Job, doing: str) -> None:
        error = f"given up: the process ended {self._max_deaths} times while {doing}"
        self._fail(kind, job, error, None)

    def _fail(self, kind: JobKind, job: Job, error: str, detail: dict[str, str] | None) -> None:
        self._stewards.conclude(
            job.number,
            self._worker,
            JobState.FAILED,
            self._expires(kind),
            error=error,
            error_detail=detail,
        )

    def _expires(self, kind: JobKind) -> float:
        return expires_at(kind, self._keep_seconds)


def expires_at(kind: JobKind, keep_seconds: float) -> float:
    """When a job that ends now may be forgotten, in seconds since the epoch.

    :param keep_seconds: for kinds that do not say so themselves.
    """
    return time.time() + (keep_seconds if kind.keep_seconds is None else kind.keep_seconds)
