"""Working on one job, and hearing of its items as they end."""

from collections.abc import Callable
from contextlib import suppress

from attrs import define, field

from photomill.errors import Conflict
from photomill.jobs.jobs import Jobs
from photomill.jobs.model import ItemState, Job, JobItem

_SECONDS = 0.5
_LOOK_AHEAD = 200
"""Items behind the first that has not ended, among which others may have."""


def work_on(
    jobs: Jobs,
    job: Job,
    *,
    progress: Callable[[list[JobItem]], None],
    stop: Callable[[], bool],
) -> Job:
    """Work on a job until it has ended, and return it. Other processes may help.

    :param progress: told now and then of the items that were done or failed since.
    :param stop: asked now and then; True cancels the job, and waits for what is under way.
    """
    items = _Items(jobs, job.number)
    with jobs.working_on(job.number):
        while not job.state.ended:
            # Before the wait too: what is stopped at once may be done by then.
            if stop():
                with suppress(Conflict):
                    jobs.cancel(job.number)
            job = jobs.wait(job.number, _SECONDS)
            progress(items.ended())
    return job


@define
class _Items:
    """The items of a job, without reading again those that have ended."""

    jobs: Jobs
    number: int
    seen: set[int] = field(factory=set)
    first: int = 0

    def ended(self) -> list[JobItem]:
        """Those that were done or failed since this was asked."""
        found = [
            item
            for item in self.jobs.items(self.number, after=self.first - 1, limit=_LOOK_AHEAD)
            if item.position not in self.seen and item.state in (ItemState.DONE, ItemState.FAILED)
        ]
        self.seen.update(item.position for item in found)
        while self.first in self.seen:
            self.seen.remove(self.first)
            self.first += 1
        return found
