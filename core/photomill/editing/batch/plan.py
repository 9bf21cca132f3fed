"""What a job is to edit."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from attrs import field, frozen

from photomill.editing.destinations import Destination
from photomill.editing.request import EditRequest
from photomill.editing.request_json import read_request, request_json
from photomill.errors import Unsupported


@frozen
class EditPlan:
    """The plan of a job.

    :ivar inputs: URIs; one that ends in ``/`` is a folder. Ids of records where a collection is named.
    :ivar destination: ``storage://<storage>/…``; None keeps the results for a day.
    :ivar recursive: whether folders are entered with the folders below.
    :ivar remember: what the one who submitted it wants to find with the job.
    :ivar collection: whose records' originals are edited; empty for images by their URIs.
    """

    inputs: Sequence[str]
    request: EditRequest
    destination: str | None = None
    recursive: bool = False
    remember: Mapping[str, Any] = field(factory=dict)
    collection: str = ""

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
            plan.get("collection", ""),
        )

    def json(self) -> dict[str, Any]:
        """The plan of a job."""
        return {
            "inputs": list(self.inputs),
            "request": request_json(self.request),
            "destination": self.destination,
            "recursive": self.recursive,
            "remember": dict(self.remember),
            "collection": self.collection,
        }

    @property
    def uris(self) -> Sequence[str]:
        """The inputs as URIs; that of a record is ``record:<collection>/<record>``, and means something only here."""
        if not self.collection:
            return self.inputs
        return [f"record:{self.collection}/{quote(record_id)}" for record_id in self.inputs]

    def folder(self) -> Destination | None:
        """Where the results of many images go: always a folder; None keeps them for a day.

        :raises InvalidInput: the destination cannot be understood.
        """
        uri = self.destination
        if uri is None:
            return None
        return Destination.parse(uri if uri.endswith("/") else f"{uri}/")
