"""What a job is to edit."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from attrs import define, field

from photomill.editing.destinations import Destination
from photomill.editing.document import EditDocument, edit_document
from photomill.jobs.model import Job

_REMEMBERED = 15


@define(slots=False)
class EditPlan:
    """The plan of a job, as JSON and as what it means.

    :ivar inputs: URIs; one that ends in ``/`` is a folder.
    :ivar recursive: whether folders are entered with the folders below.
    :ivar operations: as the image edit API has them; ``output`` likewise.
    :ivar remember: what the one who submitted it wants to find with the job.
    """

    inputs: list[str]
    operations: Any = None
    output: Any = None
    recursive: bool = False
    remember: Mapping[str, Any] = field(factory=dict)

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> "EditPlan":
        """Read the plan of a job."""
        return cls(**plan)

    def json(self) -> dict[str, Any]:
        """The plan of a job."""
        return {
            "inputs": self.inputs,
            "operations": self.operations,
            "output": self.output,
            "recursive": self.recursive,
            "remember": dict(self.remember),
        }

    @cached_property
    def document(self) -> EditDocument:
        """
        :raises InvalidDocument: operations or output are wrong.
        """
        return edit_document(self.operations, self.output)

    def folder(self) -> Destination | None:
        """Where the results of many pictures go: always a folder; None keeps them for a day.

        :raises InvalidInput: the destination cannot be understood.
        """
        uri = self.document.destination
        if uri is None:
            return None
        return Destination.parse(uri if uri.endswith("/") else f"{uri}/")


class Plans:
    """The plans of jobs, of which the last ones are remembered: each item of a job asks. Thread-safe."""

    def __init__(self) -> None:
        self._read: dict[str, EditPlan] = {}

    def of(self, job: Job) -> EditPlan:
        """Read the plan of a job."""
        plan = self._read.get(job.id)
        if plan is None:
            plan = EditPlan.of(job.plan)
            recent = list(self._read.items())[-_REMEMBERED:]
            self._read = {**dict(recent), job.id: plan}
        return plan
