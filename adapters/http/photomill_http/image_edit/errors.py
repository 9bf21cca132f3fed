"""The errors of the image edit API: their codes, and the shape in which they travel.

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
from photomill_http.image_edit.schema import Fault
from photomill_http.image_edit.translate import contract_path


@frozen
class ErrorKind:
    """A kind of error.

    :ivar code: what a program tells it by.
    :ivar type: the part of the API that it belongs to.
    """

    code: str
    type: str
    http_status: int


UNAUTHORIZED = ErrorKind("111", "auth", 401)
FORBIDDEN = ErrorKind("112", "auth", 403)
MALFORMED = ErrorKind("1000", "general", 400)
NO_ROUTE = ErrorKind("1404", "general", 404)
WRONG_VERB = ErrorKind("1405", "general", 405)
UNEXPECTED = ErrorKind("1500", "general", 500)
UNAVAILABLE = ErrorKind("1503", "general", 503)
FULL = ErrorKind("1507", "general", 507)
TOO_MANY_REQUESTS = ErrorKind("2001", "general", 429)
NO_CREDITS = ErrorKind("3001", "billing", 402)
STORAGE_UNREACHABLE = ErrorKind("4001", "storage", 400)
STORAGE_NOT_FOUND = ErrorKind("4004", "storage", 404)
STORAGE_TAKEN = ErrorKind("4009", "storage", 409)
STORAGE_UNFIT = ErrorKind("4022", "storage", 422)
NOT_FETCHED = ErrorKind("5001", "image", 422)
WRONG_FORMAT = ErrorKind("5002", "image", 422)
TOO_LARGE = ErrorKind("5003", "image", 422)
TASK_NOT_FOUND = ErrorKind("5004", "image", 404)
UNREADABLE = ErrorKind("5005", "image", 422)
NO_ENGINE = ErrorKind("5006", "image", 422)
TASK_ENDED = ErrorKind("5009", "image", 409)
INVALID = ErrorKind("9000", "validation", 422)

BY_STATUS: Mapping[int, ErrorKind] = {
    401: UNAUTHORIZED,
    403: FORBIDDEN,
    404: NO_ROUTE,
    405: WRONG_VERB,
    429: TOO_MANY_REQUESTS,
}
"""What is said before an operation begins."""

_FAULTS: tuple[tuple[type[PhotomillError], ErrorKind], ...] = (
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


def fault(
    kind: ErrorKind,
    message: str,
    *,
    details: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An error as clients of this API read it."""
    body = Fault(kind.code, kind.type, message, dict(details or {}))
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
