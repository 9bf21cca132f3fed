"""The faults of the image edit API: their codes, and the shape in which they travel.

111, 2001 and 9000 are published codes; the others are Photomill's own.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from photomill import (
    CapacityExceeded,
    Conflict,
    Forbidden,
    ImageError,
    ImageTooLarge,
    ImageUnreadable,
    InvalidInput,
    NotFound,
    PhotomillError,
    PluginUnavailable,
    Problem,
    SourceError,
    SourceTooLarge,
    StorageError,
    Unsupported,
    UnsupportedFormat,
)
from photomill_http.answers import Answer
from photomill_http.http_statuses import http_status_of
from photomill_http.image_edit.coercion import InvalidDocument
from photomill_http.image_edit.translate import contract_path


@frozen
class Fault:
    """A kind of error.

    :ivar code: what a program tells it by.
    :ivar type: the part of the API that it belongs to.
    """

    code: str
    type: str
    http_status: int


UNAUTHORIZED = Fault("111", "auth", 401)
FORBIDDEN = Fault("112", "auth", 403)
MALFORMED = Fault("1000", "general", 400)
NO_ROUTE = Fault("1404", "general", 404)
WRONG_VERB = Fault("1405", "general", 405)
UNEXPECTED = Fault("1500", "general", 500)
UNAVAILABLE = Fault("1503", "general", 503)
FULL = Fault("1507", "general", 507)
TOO_MANY_REQUESTS = Fault("2001", "general", 429)
NO_CREDITS = Fault("3001", "billing", 402)
STORAGE_UNREACHABLE = Fault("4001", "storage", 400)
STORAGE_NOT_FOUND = Fault("4004", "storage", 404)
STORAGE_TAKEN = Fault("4009", "storage", 409)
STORAGE_UNFIT = Fault("4022", "storage", 422)
NOT_FETCHED = Fault("5001", "image", 422)
WRONG_FORMAT = Fault("5002", "image", 422)
TOO_LARGE = Fault("5003", "image", 422)
TASK_NOT_FOUND = Fault("5004", "image", 404)
UNREADABLE = Fault("5005", "image", 422)
NO_ENGINE = Fault("5006", "image", 422)
TASK_ENDED = Fault("5009", "image", 409)
INVALID = Fault("9000", "validation", 422)

_FAULTS: tuple[tuple[type[PhotomillError], Fault], ...] = (
    (NotFound, STORAGE_NOT_FOUND),
    (Conflict, STORAGE_TAKEN),
    (Forbidden, FORBIDDEN),
    (StorageError, STORAGE_UNREACHABLE),
    (SourceTooLarge, TOO_LARGE),
    (SourceError, NOT_FETCHED),
    (UnsupportedFormat, WRONG_FORMAT),
    (ImageTooLarge, TOO_LARGE),
    (ImageUnreadable, UNREADABLE),
    (ImageError, UNREADABLE),
    (PluginUnavailable, NO_ENGINE),
    (Unsupported, STORAGE_UNFIT),
    (CapacityExceeded, FULL),
)


class Rejected(Exception):
    """A request is not done; carries the answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__()


def fault(
    kind: Fault,
    message: str,
    *,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An error as clients of this API read it."""
    body: dict[str, Any] = {
        "error_code": kind.code,
        "error_type": kind.type,
        "error_message": message,
        "error_details": dict(details or {}),
    }
    return Answer(body, kind.http_status, headers or {})


def invalid(problems: Iterable[Problem]) -> Answer:
    """Everything that is wrong with a request."""
    details: dict[str, list[str]] = {}
    for problem in problems:
        details.setdefault(problem.path, []).append(problem.message)
    sentences = [
        f"{path}: {message}." if path else f"{message}."
        for path, messages in details.items()
        for message in messages
    ]
    return fault(INVALID, " ".join(sentences), details=details)


def fault_of(error: PhotomillError) -> Answer | None:
    """What an error of the engine is called here; None for one that nobody expects."""
    if isinstance(error, InvalidDocument):
        return invalid(error.problems)
    if isinstance(error, InvalidInput):
        return invalid([Problem(contract_path(error.path), error.message)])
    for kind, its_fault in _FAULTS:
        if isinstance(error, kind):
            return fault(its_fault, str(error))
    return fault(UNAVAILABLE, str(error)) if http_status_of(error) == 503 else None
