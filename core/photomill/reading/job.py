"""The kind of job that reads texts, and the facade that submits and follows it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from photomill.collections.collection_jobs import record_units
from photomill.collections.collections import Collections
from photomill.collections.texts.texts import TextsReport
from photomill.errors import PhotomillError
from photomill.jobs.following import work_on
from photomill.jobs.jobs import Jobs
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobItem, JobState, NewItem

READ_TEXTS = "read_texts"


class ReadTexts(JobKind):
    """Reads records that were not read; a unit is some of them. What is done again finds nothing left to read, and tells of
    what is there.
    """

    kind = READ_TEXTS

    def __init__(self, collections: Collections, jobs: Jobs) -> None:
        self._collections = collections
        self._jobs = jobs

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        texts = self._collections.open(job.plan["collection"]).texts
        return record_units(texts.unread, after)

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        collection, ids = self._collections.open(job.plan["collection"]), item.input["ids"]
        report = collection.read_texts(ids)
        # A process may have ended between what it stored and its report: what is stored is counted.
        read, with_text = collection.texts.count_read(ids)
        return {
            "read": read,
            "with_text": with_text,
            "unreadable": [list(each) for each in report.unreadable],
        }

    def finish(self, job: Job) -> Mapping[str, Any]:
        report = read_report(self._jobs, job.number)
        return {
            "read": report.read,
            "with_text": report.with_text,
            "unreadable": len(report.unreadable),
        }


class Reading:
    """Reads the texts of collections as jobs. Thread-safe."""

    def __init__(self, collections: Collections, jobs: Jobs) -> None:
        self._collections = collections
        self._jobs = jobs
        jobs.register(ReadTexts(collections, jobs))

    def submit(self, collection: str) -> Job:
        """Have the images read that were not, in the background, by whoever works on jobs.

        :param collection: its id.
        :raises NotFound: there is none of this id.
        :raises PluginUnavailable: the reader's model was not added.
        """
        self._collections.info(collection)
        self._collections.check_text_reader()
        return self._jobs.submit(READ_TEXTS, {"collection": collection})

    def run(
        self,
        collection: str,
        *,
        progress: Callable[[TextsReport], None] = lambda report: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> TextsReport:
        """Submit such a job, work on it, and return once it has ended. Other processes may help.

        :param progress: told now and then, and at the end.
        :param stop: asked now and then; True cancels it, and waits for what is under way.
        :raises PhotomillError: the records cannot be listed, or read.
        """
        so_far = TextsReport()

        def follow(items: list[JobItem]) -> None:
            for item in items:
                _add(so_far, item)
            progress(so_far)

        job = work_on(self._jobs, self.submit(collection), progress=follow, stop=stop)
        if job.state is JobState.FAILED:
            raise PhotomillError(job.error or "some records could not be read; see: photomill jobs")
        return read_report(self._jobs, job.number)


def read_report(jobs: Jobs, number: int) -> TextsReport:
    """What the units of a job did so far, in the order of its records."""
    report = TextsReport()
    for item in jobs.items(number):
        _add(report, item)
    return report


def _add(report: TextsReport, item: JobItem) -> None:
    if item.result is not None:
        done = item.result
        unreadable = [(each, why) for each, why in done["unreadable"]]
        report.add(TextsReport(done["read"], done["with_text"], unreadable))
