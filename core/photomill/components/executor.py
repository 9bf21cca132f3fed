"""Executors: where units of work run."""

import pickle
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Future

from attrs import frozen

from photomill.components.base import Component
from photomill.errors import PluginError


@frozen
class Unit:
    """One unit of work, as data: it may be pickled, and done on another machine.

    Doing it twice does no harm, and where its process is killed it is done again.

    :ivar kind: the kind of its job.
    :ivar job: the job's number.
    :ivar item: the item's position in the job.
    :ivar claimed_by: the worker that holds the item until it starts.
    """

    kind: str
    job: int
    item: int
    claimed_by: str


_thread = threading.local()


class Work(ABC):
    """Does units, and stores what comes of them.

    May be pickled: in another process it opens an engine for itself, once.
    """

    def run(self, unit: Unit) -> None:
        """Do a unit. Raises only where it could not start."""
        outer, _thread.is_inside = getattr(_thread, "is_inside", False), True
        try:
            self._run(unit)
        finally:
            _thread.is_inside = outer

    @abstractmethod
    def _run(self, unit: Unit) -> None: ...

    def close(self) -> None:
        """Finish, in a process that does no more units: for an executor that unpickled the work there."""


class Executor(Component):
    """Decides where units of work run, several at a time."""

    family = "executors"

    @property
    @abstractmethod
    def parallelism(self) -> int:
        """How many units run at once, ≥ 1. May change."""

    def submit(self, work: Work, unit: Unit) -> "Future[None]":
        """Have a unit done by ``work.run(unit)``, here or elsewhere, and return at once.

        A unit that is submitted by another one is done in the thread of that one: a pool that waits for itself would
        wait for ever.

        :returns: ends once the unit is done. Its exception is what ``run`` raised; or, where the process was lost
            before the unit was done, a ``concurrent.futures.BrokenExecutor``; or, where no machine has what the unit
            takes, ``ResourcesMissing``: then the job rests and the unit is submitted again.
        """
        if not getattr(_thread, "is_inside", False):
            return self._submit(work, unit)
        future: Future[None] = Future()
        try:
            work.run(unit)
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(None)
        return future

    @abstractmethod
    def _submit(self, work: Work, unit: Unit) -> "Future[None]":
        """Do as :meth:`submit` says, for units that no other one submits."""


def portable_error(error: Exception) -> Exception:
    """The error, or one that says the same where it cannot be pickled: for an executor that sends it to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return PluginError(f"{type(error).__name__}: {error}")
    return error
