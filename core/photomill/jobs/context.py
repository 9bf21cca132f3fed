"""What the parts of one worker share."""

import time
from collections.abc import Callable

from attrs import frozen

from photomill.config.settings import JobSettings
from photomill.errors import PhotomillError
from photomill.jobs.gate import Gate
from photomill.jobs.kind import Kinds
from photomill.jobs.repeated_errors import RepeatedErrors
from photomill.jobs.signals import Signals
from photomill.jobs.store.claims import JobClaims
from photomill.jobs.store.jobs import JobTable

_PAUSE_SECONDS = 1.0
"""Before a catalog that gives no work is asked again."""

AT_ONCE = 0.0
"""When there may be something to do again after something was done."""


@frozen
class WorkerContext:
    """One worker of the catalog, as its parts see it.

    :ivar worker: its id.
    :ivar only: the one job that it works on; None for all.
    :ivar shared: whether other machines may work on the same jobs.
    :ivar gate: what each unit passes before it runs in this process.
    """

    worker: str
    kinds: Kinds
    settings: JobSettings
    claims: JobClaims
    table: JobTable
    signals: Signals
    gate: Gate
    errors: RepeatedErrors
    only: int | None = None
    shared: bool = False

    def repeat(self, do_one: Callable[[], float | None], failure: str) -> None:
        """Do one thing after the other until it is time to stop; where there is none, wait until there may be.

        :param do_one: does one, and returns :data:`AT_ONCE`; where there is none, when there is one at the latest, in
            seconds since the epoch, or None.
        :param failure: what to log where the catalog fails.
        """
        while not self.signals.stopping:
            seen = self.signals.seen()
            try:
                due = do_one()
            except PhotomillError as error:
                self.errors.log(failure, error)
                self.signals.sleep(_PAUSE_SECONDS)
                continue
            self.signals.wait(seen, due)

    def retry_due(self, attempts: int) -> float:
        """When to try again what failed so often, in seconds since the epoch: after twice as long each time."""
        return time.time() + self.settings.retry_delay * 2.0 ** (attempts - 1)
