"""What a job is to edit."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from photomill.editing.destinations import Destination
from photomill.editing.request import EditRequest
from photomill.editing.request_json import read_request, request_json
from photomill.errors import Unsupported


@frozen
class EditPlan:
    """The plan of a job.

    :ivar inputs: URIs; one that ends in ``/`` is a folder.
    :ivar destination: ``storage://<storage>/…``; None keeps the results for a day.
    :ivar recursive: whether folders are entered with the folders below.
    :ivar remember: what the one who submitted it wants to find with the job.
    """

    inputs: Sequence[str]
    request: EditRequest
    destination: str | None = None
    recursive: bool = False
    remember: Mapping[str, Any] = field(factory=dict)

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> "EditPlan":
        """Read the plan of a job.

        :raises Unsupported: another version of Photomill stored it.
        """
        if "request" not in plan:
            raise Unsupported("another version of Photomill stored this edit: submit it again")
        return cls(
            plan["inputs"],
            read_request(plan["request"]),
            plan["destination"],
            plan["recursive"],
            plan["remember"],
        )

    def json(self) -> dict[str, Any]:
        """The plan of a job."""
        return {
            "inputs": list(self.inputs),
            "request": request_json(self.request),
            "destination": self.destination,
            "recursive": self.recursive,
            "remember": dict(self.remember),
        }

    def folder(self) -> Destination | None:
        """Where the results of many images go: always a folder; None keeps them for a day.

        :raises InvalidInput: the destination cannot be understood.
        """
        uri = self.destination
        if uri is None:
            return None
        return Destination.parse(uri if uri.endswith("/") else f"{uri}/")
