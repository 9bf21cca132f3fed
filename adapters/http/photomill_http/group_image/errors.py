"""The errors of the group-image API, in its own words."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from photomill import (
    CapacityExceeded,
    InvalidInput,
    PhotomillError,
    SkippedInput,
    SkipReason,
    StorageFull,
)
from photomill_http.answers import Answer
from photomill_http.contract import UNEXPECTED
from photomill_http.group_image.schema import GroupImageFault, SkippedImage
from photomill_http.http_statuses import http_status_of

Json = dict[str, Any]

NO_URLS = "Please provide the image URL as an input"
NO_JSON = "Request body is not a valid JSON"
URL_MISSING = "Request parameter `url` is missing"

TITLES: Mapping[int, str] = {
    401: "unauthorized",
    403: "forbidden",
    404: "notFound",
    405: "methodNotAllowed",
    409: "conflict",
    413: "inputTooLarge",
    415: "badInput",
    422: "badInput",
    429: "tooManyRequests",
    500: "internalError",
    502: "storageUnreachable",
    503: "unavailable",
    507: "storageFull",
}

_DOCUMENTED = 404
"""What the document has in the body of every error of its own."""


class Invalid(Exception):
    """The request says something wrong."""


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

    def body(self) -> GroupImageFault:
        return GroupImageFault(self.status, self.title, self.detail)

    def answer(self, *, documented: bool, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer that tells of it.

        :param documented: with the status of the body.
        """
        status = self.status if documented else self.http_status
        return Answer(self.body(), status, headers or {})


def fault(status: int, detail: str, title: str = "") -> Fault:
    """What the document knows nothing of."""
    return Fault(status, title or TITLES.get(status, TITLES[404]), detail, status)


def invalid(detail: str) -> Fault:
    """The request says something wrong."""
    return Fault(_DOCUMENTED, "invalidInput", detail, 400)


def fault_of(error: PhotomillError) -> Fault | None:
    """What an error of the engine is called here; None for one that nobody expects."""
    if isinstance(error, InvalidInput):
        return invalid(str(error))
    if isinstance(error, CapacityExceeded) and not isinstance(error, StorageFull):
        return fault(429, str(error))
    status = http_status_of(error)
    return None if status is None else fault(status, str(error))


def image_fault(skipped: SkippedInput) -> Fault:
    """Why an image is in no group."""
    match skipped.reason:
        case SkipReason.UNREADABLE:
            detail = "Unable to load the image embedded in the URL"
            return Fault(_DOCUMENTED, "badInput", detail, 422)
        case SkipReason.TOO_LARGE:
            return Fault(_DOCUMENTED, "inputTooLarge", "Image above 5 MB cannot be handled", 413)
        case SkipReason.TOO_SMALL:
            detail = "Image size should be greater than 80 pixels"
            return Fault(_DOCUMENTED, "inputTooSmall", detail, 422)
        case SkipReason.UNREACHABLE:
            return Fault(_DOCUMENTED, "unreachableUrl", _unreachable(skipped), 422)
        case SkipReason.FAILED | SkipReason.NOBODY:
            return fault(500, UNEXPECTED)


def skipped_image(skipped: SkippedInput) -> SkippedImage:
    """An image that is in no group."""
    why = image_fault(skipped)
    return SkippedImage(skipped.name, why.status, why.title, why.detail)


def _unreachable(skipped: SkippedInput) -> str:
    if not skipped.answer:
        return f"Connection Error: {skipped.detail}"
    code, _, reason = skipped.answer.partition(" ")
    kind = {"4": "Client Error", "5": "Server Error"}.get(code[:1], "Unexpected Answer")
    return f"{code} {kind}: {reason} for url: {skipped.name}"
