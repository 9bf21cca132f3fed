"""What a job is to edit."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from attrs import field, frozen

from photomill.editing.destinations import Destination
from photomill.editing.request import EditRequest
from photomill.editing.request_json import read_request, request_json
from photomill.errors import Unsupported
from photomill.jobs.model import Job
from photomill.names import unescape_name
from photomill.sources.places import is_uri

P = TypeVar("P", bound="EditPlan")

_KNOWN_PLANS = 8


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

    def is_folder(self, place: str) -> bool:
        """Whether an input means all that is below it."""
        return place.startswith("storage://") and place.endswith("/")

    def local_folder(self, place: str) -> Path | None:
        """The folder of this machine that an input means; None for everything else."""
        return None

    def local_results(self) -> Path | None:
        """The folder of this machine that the results go into, resolved; None where they go elsewhere."""
        return None

    def folder(self) -> Destination | None:
        """Where the results of many images go: always a folder; None keeps them for a day.

        :raises InvalidInput: the destination cannot be understood.
        """
        uri = self.destination
        if uri is None:
            return None
        return Destination.parse(uri if uri.endswith("/") else f"{uri}/")


@frozen
class FileEditPlan(EditPlan):
    """The plan of a job that may read and write files of this machine: never what somebody asks for over a network.

    :ivar inputs: absolute paths, as :func:`escape_name` writes them, and URIs.
    :ivar destination: likewise; what ends in ``/`` is a folder, anything else one file or object.
    :ivar overwrite: edit also what is there already, and what was not made here.
    :ivar unit: images of one unit.
    :ivar mark: what the records of the results hold where the destination is the one that was meant: see ``Target.mark``.
    """

    overwrite: bool = False
    unit: int = 1
    mark: str = ""

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> "FileEditPlan":
        return cls(
            plan["inputs"],
            read_request(plan["request"]),
            plan["destination"],
            recursive=True,
            overwrite=plan["overwrite"],
            unit=plan["unit"],
            mark=plan["mark"],
        )

    def json(self) -> dict[str, Any]:
        own = {"overwrite": self.overwrite, "unit": self.unit, "mark": self.mark}
        return {**super().json(), **own}

    def is_folder(self, place: str) -> bool:
        return super().is_folder(place) or self.local_folder(place) is not None

    def local_folder(self, place: str) -> Path | None:
        path = None if is_uri(place) else Path(unescape_name(place))
        return path if path is not None and path.is_dir() else None

    def folder(self) -> Destination | None:
        uri = self.destination
        is_folder = uri is not None and is_uri(uri) and uri.endswith("/")
        return super().folder() if is_folder else None

    def local_results(self) -> Path | None:
        given = self.destination
        if given is None or is_uri(given) or not given.endswith("/"):
            return None
        return Path(unescape_name(given)).resolve()


class PlanReader(Generic[P]):
    """Reads the plans of jobs, each once for many units. Thread-safe."""

    def __init__(self, read: Callable[[Mapping[str, Any]], P]) -> None:
        self._read = read
        self._known: tuple[tuple[int, P], ...] = ()

    def of(self, job: Job) -> P:
        """The plan of a job.

        :raises Unsupported: another version of Photomill stored it.
        """
        # By number: where an executor chose the process, each unit brings its job anew.
        for number, plan in self._known:
            if number == job.number:
                return plan
        plan = self._read(job.plan)
        self._known = ((job.number, plan), *self._known[: _KNOWN_PLANS - 1])
        return plan
