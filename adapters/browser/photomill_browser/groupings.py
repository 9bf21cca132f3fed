"""The grouping that an address names, where its key may see it."""

from attrs import frozen

from photomill import (
    Collection,
    Forbidden,
    GroupingPlan,
    GroupingResult,
    Job,
    NotFound,
)
from photomill_browser.arrangement import ArrangedGroup, Limits, read
from photomill_browser.frame import Visit
from photomill_browser.job_access import may_see
from photomill_browser.progress import grouped_collection
from photomill_browser.texts import texts_of


@frozen(eq=False)
class Grouping:
    """A job that groups records of a collection."""

    job: Job
    plan: GroupingPlan
    collection: Collection

    @classmethod
    def of_address(cls, visit: Visit) -> "Grouping":
        """The grouping that an address names.

        :raises NotFound: there is no such grouping of records, or the key may not see it or its collection.
        """
        number = int(visit.parameters["number"])
        job = visit.engine.jobs.get(number)
        missing = NotFound(texts_of("groups")("no_grouping", number=str(number)))
        collection = grouped_collection(job)
        if not collection or not may_see(visit.key, job):
            raise missing
        return cls(job, GroupingPlan.of(job.plan), visit.opened(collection))

    def result(self, visit: Visit) -> GroupingResult:
        """What the job found.

        :raises Conflict: it has not ended.
        :raises PhotomillError: it failed, or was cancelled.
        """
        return visit.engine.grouping.result(self.job)

    def arranged(self, visit: Visit, text: str) -> list["NamedGroup"]:
        """The groups as somebody arranged them: see :func:`photomill_browser.arrangement.read`.

        :raises InvalidInput: they are not these images, or break the limits.
        """
        result = self.result(visit)
        return [
            NamedGroup.of(number, group, result)
            for number, group in enumerate(read(text, result, Limits.of(self.plan, result)), 1)
        ]

    def writable(self, visit: Visit) -> Collection:
        """The collection, to be changed.

        :raises Forbidden: the key may not.
        """
        if not visit.engine.allows(visit.key, "write", self.collection.info.id):
            raise Forbidden(f"the key {visit.key.name!r} may not write here")
        return self.collection


@frozen
class NamedGroup:
    """A group by the ids of its records.

    :ivar number: from 1.
    """

    number: int
    ids: list[str]
    cover: str

    @classmethod
    def of(cls, number: int, group: ArrangedGroup, result: GroupingResult) -> "NamedGroup":
        names = result.names
        return cls(number, [names[member] for member in group.members], names[group.cover])
