"""How often a key, or an address, may call."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from attrs import frozen

_REMEMBERED = 10_000
"""Callers; whoever called longest ago is forgotten first."""
_WINDOW = 60.0


@frozen
class Allowance:
    """What is left to a caller.

    :ivar limit: calls a minute.
    :ivar remaining: calls; -1 once there were too many.
    :ivar reset: whole seconds until everything is left again; or until the next call, of one that was too many.
    """

    limit: int
    remaining: int
    reset: int

    @property
    def exceeded(self) -> bool:
        return self.remaining < 0

    def headers(self) -> Mapping[str, str]:
        headers = {
            "RateLimit-Limit": f"{self.limit}, {self.limit};w={_WINDOW:.0f}",
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }
        return {**headers, "Retry-After": str(self.reset)} if self.exceeded else headers


class RateLimit:
    """A token bucket for each caller: so many calls a minute. Thread-safe."""

    def __init__(
        self,
        per_minute: int,
        *,
        burst: float | None = None,
        remembered: int = _REMEMBERED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        :param per_minute: 0 for no limit.
        :param burst: calls at once; a tenth of those of a minute by default.
        :param remembered: callers.
        """
        self._limit = per_minute
        self._per_second = per_minute / _WINDOW
        self._burst = max(1.0, per_minute / 10 if burst is None else burst)
        self._remembered = remembered
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many callers are remembered."""
        return len(self._buckets)

    def count(self, caller: str) -> Allowance | None:
        """Count a call; None where there is no limit."""
        if not self._limit:
            return None
        now = self._clock()
        with self._lock:
            level, since = self._buckets.pop(caller, (self._burst, now))
            level = min(self._burst, level + (now - since) * self._per_second)
            allowed = level >= 1.0
            level = level - 1.0 if allowed else level
            self._buckets[caller] = (level, now)
            if len(self._buckets) > self._remembered:
                self._buckets.popitem(last=False)
        missing = (self._burst if allowed else 1.0) - level
        reset = max(1, math.ceil(missing / self._per_second))
        return Allowance(self._limit, int(level) if allowed else -1, reset)

    def seconds_to_wait(self, caller: str) -> int:
        """Count a call; 0 if it may go on, else how long until the next may."""
        allowance = self.count(caller)
        return allowance.reset if allowance is not None and allowance.exceeded else 0
