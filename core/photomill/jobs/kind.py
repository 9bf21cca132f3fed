"""What a kind of job does: listing its items, working on one, finishing."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from photomill.jobs.model import Job, JobItem, NewItem


class JobKind(ABC):
    """Makes a plan into many small units, and does one unit at a time.

    Methods come from many threads. Everything here may run again after a crash, so a unit writes its output
    atomically under a name that follows from its item alone.

    Errors: a ``PhotomillError`` is final, but for ``StorageError``, ``SourceUnreachable``, ``CatalogError``,
    ``CollectionOutdated`` and ``UnitIncomplete``, which like any foreign exception are met by another try, a little later, up to ``max_attempts``.
    ``StorageFull`` and ``IndexUnavailable`` are met by further tries for as long as the disk is full or the index away, and
    count against nothing. So is ``SourceUnreachable`` with ``elsewhere``, in a catalog that several machines share: another
    has the files.
    """

    kind: ClassVar[str]
    """The name that jobs carry."""

    max_attempts: ClassVar[int] = 3
    """How often a unit, a listing that gets nowhere, or the finish may fail; the ends of processes do not count."""

    keep_seconds: ClassVar[float | None] = None
    """How long an ended job is remembered, where that is less than ``[jobs] keep_seconds``."""

    listed_at_once: ClassVar[int] = 200
    """How many items are stored in one transaction, and may begin then."""

    @abstractmethod
    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        """List the items, lazily and always in the same order.

        :param after: the last item that was stored before the listing broke off; go on behind it.
        """

    @abstractmethod
    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        """Do one unit, and return what is to be remembered of it, as JSON.

        :param job: as it was when some unit before this one began; its state and its progress may be others by now.
        :raises SkipItem: there is nothing to do.
        :raises UnitIncomplete: some of it met a passing failure.
        """

    def finish(self, job: Job) -> Mapping[str, Any] | None:
        """Conclude, once every item has ended; what is raised makes the job fail.

        :returns: the job's result.
        """
        return None


Kinds = Mapping[str, JobKind]
"""By their names."""
