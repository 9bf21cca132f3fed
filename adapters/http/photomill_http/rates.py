"""How often a key, or an address, may call."""

import math
import threading
import time
from collections import OrderedDict

_REMEMBERED = 10_000
"""Callers; whoever called longest ago is forgotten first."""


class RateLimit:
    """A token bucket for each caller: so many calls a minute, and bursts of a tenth of that. Thread-safe."""

    def __init__(self, per_minute: int, *, remembered: int = _REMEMBERED) -> None:
        """
        :param per_minute: 0 for no limit.
        :param remembered: callers.
        """
        self._per_second = per_minute / 60
        self._burst = max(1.0, per_minute / 10)
        self._remembered = remembered
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many callers are remembered."""
        return len(self._buckets)

    def seconds_to_wait(self, caller: str) -> int:
        """Count a call; 0 if it may go on, else how long until the next may."""
        if not self._per_second:
            return 0
        now = time.monotonic()
        with self._lock:
            level, since = self._buckets.pop(caller, (self._burst, now))
            level = min(self._burst, level + (now - since) * self._per_second)
            allowed = level >= 1.0
            self._buckets[caller] = (level - 1.0 if allowed else level, now)
            if len(self._buckets) > self._remembered:
                self._buckets.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1.0 - level) / self._per_second))
