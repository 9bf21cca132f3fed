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

    def repeat(
        self, do_one: Callable[[], bool], next_due: Callable[[], float | None], failure: str
    ) -> None:
        """Do one thing after the other until it is time to stop; where there is none, wait until there may be.

        :param do_one: whether there was one.
        :param next_due: when there is one at the latest, in seconds since the epoch.
        :param failure: what to log where the catalog fails.
        """
        while not self.signals.stopping:
            seen = self.signals.seen()
            try:
                found = do_one()
            except PhotomillError as error:
                self.errors.log(failure, error)
                self.signals.sleep(_PAUSE_SECONDS)
                continue
            if not found:
                self.signals.wait(seen, next_due)

    def retry_due(self, attempts: int) -> float:
        """When to try again what failed so often, in seconds since the epoch: after twice as long each time."""
        return time.time() + self.settings.retry_delay * 2.0 ** (attempts - 1)
