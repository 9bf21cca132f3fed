"""What units do in these tests, in other processes too."""

import os
import threading

from attrs import frozen

from photomill.components import Unit
from photomill.testing.executor import Leaving, Waiting


@frozen
class Closing(Waiting):
    """Leaves a file where a unit starts, and one where the work is closed."""

    def _run(self, unit: Unit) -> None:
        (self.folder / f"{os.getpid()}.started").touch()
        super()._run(unit)
        self._leave(unit)

    def close(self) -> None:
        (self.folder / f"{os.getpid()}.closed").touch()


class Unpicklable(Leaving):
    """Raises what no pickle takes."""

    def _run(self, unit: Unit) -> None:
        raise ValueError(threading.Lock())
