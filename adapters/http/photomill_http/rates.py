"""How often a key may call."""

import math
import threading
import time


class RateLimit:
    """A token bucket for each key: so many calls a minute, and bursts of a tenth of that."""

    def __init__(self, per_minute: int) -> None:
        """
        :param per_minute: 0 for no limit.
        """
        self._per_second = per_minute / 60
        self._burst = max(1.0, per_minute / 10)
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def seconds_to_wait(self, key_id: str) -> int:
        """Count a call; 0 if it may go on, else how long until the next may."""
        if not self._per_second:
            return 0
        now = time.monotonic()
        with self._lock:
            level, since = self._buckets.get(key_id, (self._burst, now))
            level = min(self._burst, level + (now - since) * self._per_second)
            allowed = level >= 1.0
            self._buckets[key_id] = (level - 1.0 if allowed else level, now)
        return 0 if allowed else max(1, math.ceil((1.0 - level) / self._per_second))
