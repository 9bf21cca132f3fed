"""Who works on jobs, and who of them is still there."""

import math
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from attrs import frozen
from filelock import FileLock, Timeout

from photomill.catalog.catalog import Catalog
from photomill.folders import make_private_folder
from photomill.jobs.store.tables import workers

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@frozen
class ExpiredWorker:
    """A worker that is gone.

    :ivar killed: its process ended while its machine went on, so that what it did may be the reason. A machine that
        stopped, or one that nobody hears of, says nothing about that.
    """

    id: str
    killed: bool


class WorkerTable:
    """The workers of one catalog.

    One is there as long as it says so often enough; among processes that share a data folder, a lock that it holds
    tells at once when it is gone.

    Silence is measured by the clock of the process that listens: the clocks of two machines may differ by more than a
    lease. Time in which that process heard nothing at all, since it was suspended or the catalog was away, is no
    silence of others.
    """

    def __init__(self, catalog: Catalog, data_dir: Path, lease: float) -> None:
        """
        :param lease: seconds for which a sign of life counts.
        """
        self._catalog = catalog
        self._folder = data_dir / "workers"
        self._lease = lease
        self._locks: dict[str, FileLock] = {}
        # By worker: its last sign of life, and when this process first saw that.
        self._heard: dict[str, tuple[float, float]] = {}
        self._listened = -math.inf

    def join(self) -> str:
        """Become a worker; returns its id."""
        worker = str(uuid.uuid4())
        make_private_folder(self._folder)
        lock = FileLock(self._path(worker), thread_local=False)
        lock.acquire()
        self._locks[worker] = lock
        self._insert(worker)
        return worker

    def heartbeat(self, worker: str) -> None:
        """Say that a worker lives; one that was thought expired is back."""
        statement = sa.update(workers).where(workers.c.id == worker)
        with self._catalog.write() as connection:
            known = connection.execute(statement.values(seen=time.time())).rowcount
        if not known:
            self._insert(worker)

    def leave(self, worker: str) -> None:
        """Be a worker no more; what it held was put back before."""
        self.remove([worker])
        lock = self._locks.pop(worker, None)
        if lock is not None:
            lock.release()

    def expired(self) -> list[ExpiredWorker]:
        """Workers that are gone; to be asked several times in each lease."""
        with self._catalog.read() as connection:
            found = connection.execute(sa.select(workers)).all()
        now, boot = time.monotonic(), _boot()
        before = self._heard if now - self._listened < self._lease / 2 else {}
        self._listened, self._heard = now, {}
        expired = []
        for row in found:
            if row.id in self._locks:
                continue
            seen, since = before.get(row.id, (row.seen, now))
            self._heard[row.id] = (row.seen, since if seen == row.seen else now)
            ended = self._is_unlocked(row.id)
            if ended or now - self._heard[row.id][1] > self._lease:
                expired.append(ExpiredWorker(row.id, killed=ended and row.boot == boot != ""))
        return expired

    def remove(self, expired: Sequence[str]) -> None:
        """Remove workers; what they held was put back before."""
        with self._catalog.write() as connection:
            connection.execute(sa.delete(workers).where(workers.c.id.in_(expired)))
        for worker in expired:
            self._path(worker).unlink(missing_ok=True)

    def _insert(self, worker: str) -> None:
        row = {"id": worker, "seen": time.time(), "boot": _boot()}
        with self._catalog.write() as connection:
            connection.execute(sa.insert(workers).values(row))

    def _is_unlocked(self, worker: str) -> bool:
        path = self._path(worker)
        if not path.exists():
            # Of another machine.
            return False
        try:
            with FileLock(path, timeout=0):
                return True
        except Timeout:
            return False

    def _path(self, worker: str) -> Path:
        return self._folder / f"{worker}.lock"


def _boot() -> str:
    """Which start of this machine this is; empty where the system does not tell."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
