"""The kind of job that looks for people, and the facade that submits and ends it."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from photomill.collections.collection_jobs import jobs_of, record_units
from photomill.collections.collections import Collections
from photomill.collections.model import PeopleReport
from photomill.errors import Conflict
from photomill.jobs.jobs import Jobs
from photomill.jobs.kind import JobKind
from photomill.jobs.model import RUNNING_STATES, Job, JobItem, JobState, NewItem

FIND_PEOPLE = "find_people"


class FindPeople(JobKind):
    """Looks at records in whose images nobody was looked for; a unit is some of them.

    What is done again finds nothing left to look at, and tells of what is there. Where people are forgotten meanwhile, the units that are left fail,
    also where people are wanted again.
    """

    kind = FIND_PEOPLE

    def __init__(self, collections: Collections, jobs: Jobs) -> None:
        self._collections = collections
        self._jobs = jobs

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        people = self._collections.open(job.plan["collection"]).people
        return record_units(people.unsearched, after)

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        people = self._collections.open(job.plan["collection"]).people
        ids = item.input["ids"]
        report = people.find(ids=ids, epoch=job.plan["epoch"], trusted=True)
        # A process may have ended between what it stored and its report: what is stored is counted.
        looked, faces = people.count_searched(ids)
        return {
            "looked": looked,
            "faces": faces,
            "unreadable": [list(each) for each in report.unreadable],
        }

    def finish(self, job: Job) -> Mapping[str, Any]:
        report = people_report(self._jobs, job.number)
        return {
            "looked": report.looked,
            "faces": report.faces,
            "unreadable": len(report.unreadable),
        }


class Recognition:
    """Looks for the people of collections as jobs, and forgets them. Thread-safe."""

    def __init__(self, collections: Collections, jobs: Jobs) -> None:
        self._collections = collections
        self._jobs = jobs
        jobs.register(FindPeople(collections, jobs))

    def submit(self, collection: str, *, owner: str = "") -> Job:
        """Have people looked for on the records that nobody was looked for on, by whoever works on jobs.

        A job that does so already is returned instead. An original is looked at wherever it is, if it still is the very
        image that was inserted.

        :param collection: its id.
        :param owner: whose job it is; empty for administrators only.
        :raises NotFound: there is none of this id.
        :raises Conflict: the collection does not want people, or another recogniser made the faces that are there.
        :raises PluginUnavailable: the recogniser's models were not added.
        """
        epoch = self._collections.open(collection).people.check()
        plan = {"collection": collection, "epoch": epoch}
        for job in jobs_of(self._jobs, FIND_PEOPLE, collection, RUNNING_STATES):
            if job.plan == plan:
                return job
        return self._jobs.submit(FIND_PEOPLE, plan, owner=owner)

    def job_of(self, collection: str) -> Job | None:
        """The newest job of a collection that looks for people and is not paused; None where none does."""
        found = jobs_of(self._jobs, FIND_PEOPLE, collection, RUNNING_STATES)
        return found[0] if found else None

    def forget(self, collection: str) -> int:
        """Forget everybody, and look for nobody any more; jobs that look are cancelled.

        :param collection: its id.
        :returns: how many faces were forgotten.
        :raises PhotomillError: as of ``Collections.set_people``.
        """
        for job in jobs_of(self._jobs, FIND_PEOPLE, collection, (*RUNNING_STATES, JobState.PAUSED)):
            with suppress(Conflict):  # It has ended by itself.
                self._jobs.cancel(job.number)
        return self._collections.set_people(collection, False)


def people_report(jobs: Jobs, number: int) -> PeopleReport:
    """What the units of a job did so far, in the order of its records."""
    report = PeopleReport()
    for item in jobs.items(number):
        if item.result is not None:
            report.looked += item.result["looked"]
            report.faces += item.result["faces"]
            report.unreadable += [(each, why) for each, why in item.result["unreadable"]]
    return report
