"""How often a key, or an address, may call, whichever process answers."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

import sqlalchemy as sa
from attrs import define, frozen
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog, insert_new
from photomill.keys.tables import rates

_REMEMBERED = 10_000
"""Callers; whoever called longest ago is forgotten first."""
_WINDOW = 60.0
_LEASED = 5
"""The part of a full bucket that a process takes at once: one of so many."""


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


@define
class _Lease:
    """What this process may give to a caller without asking the catalog.

    :ivar left: tokens in the bucket when some of it was taken.
    :ivar taken: when that was.
    """

    tokens: float = 0.0
    left: float = 0.0
    taken: float = float("-inf")


class RateLimit:
    """A token bucket for each caller: so many calls a minute, by all processes together. Thread-safe.

    The buckets are in the catalog. A process takes a part of a bucket at a time, and asks again when that is spent.
    """

    def __init__(
        self,
        catalog: Catalog,
        name: str,
        per_minute: int,
        *,
        burst: float | None = None,
        remembered: int = _REMEMBERED,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """
        :param name: of what is limited, the same in every process.
        :param per_minute: 0 for no limit.
        :param burst: calls at once; a tenth of those of a minute by default.
        :param remembered: callers.
        """
        self._catalog = catalog
        self._name = name
        self._limit = per_minute
        self._per_second = per_minute / _WINDOW
        self._burst = max(1.0, per_minute / 10 if burst is None else burst)
        self._remembered = remembered
        self._clock = clock
        self._lock = threading.Lock()
        self._leases: OrderedDict[str, _Lease] = OrderedDict()

    def __len__(self) -> int:
        """How many callers this process remembers."""
        return len(self._leases)

    def count(self, caller: str) -> Allowance | None:
        """Count a call; None where there is no limit.

        :raises CatalogError: the catalog cannot be asked.
        """
        if not self._limit:
            return None
        now = self._clock()
        lease = self._lease(caller)
        if lease.tokens < 1.0 and self._level(lease, now) >= 1.0:
            wanted = max(1.0, self._burst // _LEASED)
            granted, left = self._take(caller, wanted, now)
            with self._lock:
                lease.tokens += granted
                lease.left, lease.taken = left, now
        with self._lock:
            allowed = lease.tokens >= 1.0
            lease.tokens -= allowed
            level = lease.tokens + self._level(lease, now)
        missing = (self._burst if allowed else 1.0) - level
        reset = max(1, math.ceil(missing / self._per_second))
        return Allowance(self._limit, int(level) if allowed else -1, reset)

    def seconds_to_wait(self, caller: str) -> int:
        """Count a call; 0 if it may go on, else how long until the next may.

        :raises CatalogError: the catalog cannot be asked.
        """
        allowance = self.count(caller)
        return allowance.reset if allowance is not None and allowance.exceeded else 0

    def _lease(self, caller: str) -> _Lease:
        with self._lock:
            lease = self._leases.pop(caller, None) or _Lease()
            self._leases[caller] = lease
            if len(self._leases) > self._remembered:
                self._leases.popitem(last=False)
        return lease

    def _level(self, lease: _Lease, now: float) -> float:
        """What the bucket holds by now, unless others took of it."""
        return min(self._burst - lease.tokens, lease.left + (now - lease.taken) * self._per_second)

    def _take(self, caller: str, wanted: float, now: float) -> tuple[float, float]:
        """Take whole tokens out of the bucket, at most as many as wanted.

        :returns: how many, and what is left.
        """
        bucket = (rates.c.name == self._name) & (rates.c.caller == caller)
        with self._catalog.write() as connection:
            # Writing first, so that no other process reads the level before this one has taken.
            while not connection.execute(self._fill(bucket, now)).rowcount:
                self._add(connection, caller, now)
            level = connection.execute(sa.select(rates.c.level).where(bucket)).scalar_one()
            granted = float(min(wanted, math.floor(level)))
            if granted:
                connection.execute(sa.update(rates).where(bucket).values(level=level - granted))
        return granted, level - granted

    def _fill(self, bucket: sa.ColumnElement[bool], now: float) -> sa.Update:
        gained = sa.case((rates.c.since < now, now - rates.c.since), else_=0.0)
        level = rates.c.level + gained * self._per_second
        filled = sa.case((level > self._burst, self._burst), else_=level)
        return sa.update(rates).where(bucket).values(level=filled, since=now)

    def _add(self, connection: Connection, caller: str, now: float) -> None:
        """Add a full bucket, and remove those that are full again for having been left alone."""
        full = (rates.c.name == self._name) & (rates.c.since < now - _WINDOW)
        connection.execute(sa.delete(rates).where(full))
        values = {"name": self._name, "caller": caller, "level": self._burst, "since": now}
        insert_new(connection, sa.insert(rates).values(values))
