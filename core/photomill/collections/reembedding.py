"""Bringing collections to the present version of their embedder, as jobs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from photomill.catalog import Catalog
from photomill.collections.collections import Collections
from photomill.collections.model import CollectionInfo
from photomill.collections.store.conversions import ConversionTable, UnconvertedRecord
from photomill.collections.store.records import RecordTable
from photomill.components import Embedder
from photomill.errors import PhotomillError, Unsupported
from photomill.jobs.following import work_on
from photomill.jobs.jobs import Jobs
from photomill.jobs.kind import JobKind
from photomill.jobs.model import (
    RUNNING_STATES,
    ItemState,
    Job,
    JobItem,
    JobState,
    NewItem,
    SkipItem,
)
from photomill.plugins import Components

REEMBED = "reembed"

_UNIT = 5000
_AT_ONCE = 500
_LAST_SERIAL = (1 << 63) - 1


@frozen
class ReembedReport:
    """
    :ivar records: whose vectors were converted, dropped ones too; 0 where the collection was of the present version.
    :ivar stopped: whether it ended before all were; the collection then goes on as it was.
    """

    records: int = 0
    stopped: bool = False


class Reembed(JobKind):
    """Converts a collection's vectors to those of its embedder's present version; a unit is some records.

    No image is read: the embedder makes the new vectors of the old ones, exactly. They are kept beside the old ones, by
    which the collection is searched meanwhile, until all are there; then they take their place in one transaction.
    """

    kind = REEMBED

    def __init__(self, catalog: Catalog, components: Components, collections: Collections) -> None:
        self._catalog = catalog
        self._components = components
        self._collections = collections

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        table = self._table(job)
        last = -1 if after is None else int(after.input["last"])
        while serials := table.serials(last, _UNIT):
            last = serials[-1]
            yield NewItem(f"{serials[0]} … {last}", {"first": serials[0], "last": last})

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        info = self._collections.info(job.plan["collection"])
        if info.fingerprint == job.plan["fingerprint"]:
            # Where another process has installed them.
            raise SkipItem("converted already")
        count = self._convert(job, info, item.input["first"], item.input["last"])
        return {"converted": count}

    def finish(self, job: Job) -> Mapping[str, Any]:
        info = self._collections.info(job.plan["collection"])
        if info.fingerprint == job.plan["fingerprint"]:
            return {"records": 0}
        # The old vectors may tell what images show, and are gone afterwards.
        self._collections.open(info.id).add_concepts()
        self._convert(job, info, -1, _LAST_SERIAL)
        table, embedder = self._table(job), self._embedder(info)
        with self._catalog.write() as connection:
            # From here on nobody else writes to the collection.
            RecordTable(self._catalog, info.id, fingerprint=info.fingerprint).advance(connection)
            while rest := table.unconverted(-1, _LAST_SERIAL, _AT_ONCE, connection):
                table.add(_converted(rest, embedder, info), connection)
            count = table.install(embedder.dimension, connection)
        self._collections.let_go(info.id)
        return {"records": count}

    def _convert(self, job: Job, info: CollectionInfo, first: int, last: int) -> int:
        """Convert what is not converted yet, some at a time, each of which is durable before the next begins."""
        table, embedder = self._table(job), self._embedder(info)
        count = 0
        while some := table.unconverted(first, last, _AT_ONCE):
            converted = _converted(some, embedder, info)
            with self._catalog.write() as connection:
                table.add(converted, connection)
            count += len(converted)
        return count

    def _table(self, job: Job) -> ConversionTable:
        plan = job.plan
        return ConversionTable(self._catalog, plan["collection"], plan["fingerprint"])

    def _embedder(self, info: CollectionInfo) -> Embedder:
        return self._components.embedder(info.embedder)


class Reembedding:
    """Brings collections to the present version of their embedder. Thread-safe."""

    def __init__(
        self, catalog: Catalog, components: Components, collections: Collections, jobs: Jobs
    ) -> None:
        self._components = components
        self._collections = collections
        self._jobs = jobs
        jobs.register(Reembed(catalog, components, collections))

    def is_current(self, collection: str) -> bool:
        """Whether a collection's vectors are of the present version of its embedder.

        :raises NotFound: there is no such collection, or its embedder is not configured.
        """
        info = self._collections.info(collection)
        return info.fingerprint == self._components.embedder(info.embedder).fingerprint

    def submit(self, collection: str) -> Job:
        """Have a collection brought to the present version of its embedder, by whoever works on jobs.

        A job that does so already is returned instead. The collection is served as it was until all is converted;
        then whoever has it open is told so once, by a :class:`CollectionOutdated`, and opens it anew.

        :raises NotFound: there is no such collection, or its embedder is not configured.
        :raises Unsupported: its vectors cannot be converted, or are in an external index; insert the images into a new
            collection.
        """
        info = self._collections.info(collection)
        embedder = self._components.embedder(info.embedder)
        if info.index != "auto" and self._components.external_index(info.index) is not None:
            raise Unsupported(
                f"the index {info.index!r} holds the vectors of {info.name!r} too, and cannot exchange them"
            )
        if info.fingerprint != embedder.fingerprint:
            probe = np.full((1, info.dimension), info.dimension**-0.5, np.float32)
            embedder.convert(probe, info.fingerprint)
        plan = {"collection": info.id, "fingerprint": embedder.fingerprint}
        for job in self._jobs.list_jobs(kind=REEMBED, states=RUNNING_STATES, limit=1000):
            if job.plan == plan:
                return job
        return self._jobs.submit(REEMBED, plan)

    def run(
        self,
        collection: str,
        *,
        progress: Callable[[int], None] = lambda seen: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> ReembedReport:
        """Bring a collection to the present version, and return once that is done. Other processes may help.

        :param progress: told now and then how many records were looked at.
        :param stop: asked now and then; True cancels the job. What was converted is kept for the next.
        :raises NotFound: as of :meth:`submit`.
        :raises Unsupported: likewise.
        :raises PhotomillError: the job failed.
        """
        if self.is_current(collection):
            return ReembedReport()
        units = 0

        def follow(items: list[JobItem]) -> None:
            nonlocal units
            units += sum(item.state is ItemState.DONE for item in items)
            progress(_UNIT * units)

        job = work_on(self._jobs, self.submit(collection), progress=follow, stop=stop)
        if job.state is JobState.FAILED:
            raise PhotomillError(job.error)
        if job.state is JobState.CANCELLED or job.result is None:
            return ReembedReport(stopped=True)
        return ReembedReport(job.result["records"])


def _converted(
    some: Sequence[UnconvertedRecord], embedder: Embedder, info: CollectionInfo
) -> dict[int, bytes]:
    vectors = np.frombuffer(b"".join(each.vector for each in some), "<f4")
    converted = embedder.convert(
        vectors.reshape(len(some), info.dimension).astype(np.float32), info.fingerprint
    )
    return {
        each.serial: vector.astype("<f4").tobytes()
        for each, vector in zip(some, converted, strict=True)
    }
