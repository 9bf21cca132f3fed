"""What runs on the machines of the cluster."""

import pickle
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from photomill.plugin import Unit, Work, portable_error


class UnitActor:
    """A process that does units with an engine that it keeps open."""

    def __init__(self, work: bytes) -> None:
        self._packed = work
        self._work: Work | None = None
        self._lock = threading.Lock()

    def ready(self) -> None:
        """Answer, which it can once it has a machine."""

    def run(self, units: Sequence[Unit]) -> list[Exception | None]:
        """Do units at once; gives what each raised."""
        try:
            with self._lock:
                self._work = self._work or cast(Work, pickle.loads(self._packed))
        except Exception as error:
            return [portable_error(error)] * len(units)
        with ThreadPoolExecutor(len(units), "photomill-ray") as pool:
            return list(pool.map(self._run_one, units))

    def close(self) -> None:
        """Close the engine."""
        work, self._work = self._work, None
        if work is not None:
            work.close()

    def _run_one(self, unit: Unit) -> Exception | None:
        assert self._work is not None
        try:
            self._work.run(unit)
        except Exception as error:
            return portable_error(error)
        return None
