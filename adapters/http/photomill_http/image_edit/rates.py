"""How often a key may call, as its answers tell it."""

import math
import threading
import time
from collections.abc import Callable, Mapping

from attrs import define, frozen

_WINDOW = 60.0


@frozen
class Allowance:
    """What is left to a key.

    :ivar remaining: calls; -1 once there were too many.
    :ivar reset: whole seconds until the count begins anew.
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


@define
class _Window:
    began: float
    calls: int = 0


class WindowedRate:
    """Counts calls in windows of one minute, which begin with a key's first call. Thread-safe."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """
        :param per_minute: 0 for no limit.
        """
        self._limit = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, _Window] = {}

    def count(self, key_id: str) -> Allowance | None:
        """Count a call; None where there is no limit."""
        if not self._limit:
            return None
        with self._lock:
            now = self._clock()
            window = self._windows.get(key_id)
            if window is None or now - window.began >= _WINDOW:
                window = self._windows[key_id] = _Window(now)
            window.calls += 1
            reset = max(1, math.ceil(window.began + _WINDOW - now))
            return Allowance(self._limit, max(-1, self._limit - window.calls), reset)
