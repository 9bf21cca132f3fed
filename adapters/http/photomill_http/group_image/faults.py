"""The faults of the group-image API, in its own words."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from photomill.errors import CapacityExceeded, InvalidInput, PhotomillError, StorageFull
from photomill.grouping.rules import LeftOut, Reason
from photomill_http.answers import Answer
from photomill_http.http_statuses import http_status_of

Json = dict[str, Any]

NO_URLS = "Please provide the image URL as an input"
NO_JSON = "Request body is not a valid JSON"
URL_MISSING = "Request parameter `url` is missing"
UNEXPECTED = "an unexpected error; the server's log says more"

_TITLES = {
    403: "forbidden",
    404: "notFound",
    409: "conflict",
    413: "inputTooLarge",
    415: "badInput",
    422: "badInput",
    429: "tooManyRequests",
    502: "storageUnreachable",
    503: "unavailable",
    507: "storageFull",
}

_DOCUMENTED = 404
"""What the document has in the body of every fault of its own."""


@frozen
class Fault:
    """
    :ivar status: in the body.
    :ivar http_status: of the answer, where it is one of its own.
    """

    status: int
    title: str
    detail: str
    http_status: int

    def body(self) -> Json:
        return {"status": self.status, "title": self.title, "detail": self.detail}


class Rejected(Exception):
    """The request is answered with a fault."""

    def __init__(self, fault: Fault, headers: Mapping[str, str] | None = None) -> None:
        self.fault = fault
        self.headers = headers or {}
        super().__init__(fault.detail)


def invalid(detail: str) -> Rejected:
    """The request says something wrong."""
    return Rejected(Fault(_DOCUMENTED, "invalidInput", detail, 400))


def rejected(
    status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
) -> Rejected:
    """What the document knows nothing of."""
    return Rejected(Fault(status, title, detail, status), headers)


def rejection_of(error: PhotomillError) -> Rejected | None:
    """How an error of the engine is answered; None for one that is nobody's fault but the server's."""
    status = http_status_of(error)
    if isinstance(error, InvalidInput):
        return invalid(str(error))
    if isinstance(error, CapacityExceeded) and not isinstance(error, StorageFull):
        return rejected(429, _TITLES[429], str(error), {"Retry-After": "10"})
    return None if status is None else rejected(status, _TITLES[status], str(error))


def picture_fault(left_out: LeftOut) -> Fault:
    """Why a picture is in no group."""
    match left_out.reason:
        case Reason.UNREADABLE:
            return Fault(
                _DOCUMENTED, "badInput", "Unable to load the image embedded in the URL", 422
            )
        case Reason.TOO_LARGE:
            return Fault(_DOCUMENTED, "inputTooLarge", "Image above 5 MB cannot be handled", 413)
        case Reason.TOO_SMALL:
            detail = "Image size should be greater than 80 pixels"
            return Fault(_DOCUMENTED, "inputTooSmall", detail, 422)
        case Reason.UNREACHABLE:
            return Fault(_DOCUMENTED, "unreachableUrl", _unreachable(left_out), 422)
        case Reason.FAILED:
            return Fault(500, "internalError", UNEXPECTED, 500)


def answered(fault: Fault, headers: Mapping[str, str], *, documented: bool) -> Answer:
    """A fault as an answer.

    :param documented: with the status of the body for the document's own faults.
    """
    status = fault.status if documented else fault.http_status
    return Answer(fault.body(), status, headers)


def _unreachable(left_out: LeftOut) -> str:
    if not left_out.answer:
        return f"Connection Error: {left_out.detail}"
    code, _, reason = left_out.answer.partition(" ")
    kind = {"4": "Client Error", "5": "Server Error"}.get(code[:1], "Unexpected Answer")
    return f"{code} {kind}: {reason} for url: {left_out.name}"
