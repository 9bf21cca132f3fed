"""The faults of the Groups API: ``{"Error": "…"}`` with a status."""

from collections.abc import Mapping

from photomill.errors import (
    CapacityExceeded,
    Conflict,
    Forbidden,
    ImageError,
    InvalidInput,
    NotFound,
    PhotomillError,
    SourceTooLarge,
    StorageError,
    UnsupportedFormat,
)
from photomill_http.answers import Answer

UNEXPECTED = "an unexpected error; the server's log says more"


class Rejected(Exception):
    """The request is answered with a fault."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.answer = fault(status, message, headers)
        super().__init__(message)


def fault(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer({"Error": message}, status, headers or {})


def fault_of(error: PhotomillError) -> Answer | None:
    """How an error of the engine is answered; None for one that is nobody's fault but the server's."""
    match error:
        case NotFound():
            return fault(404, str(error))
        case Forbidden():
            return fault(403, str(error))
        case Conflict():
            return fault(409, str(error))
        case SourceTooLarge():
            return fault(413, str(error))
        case UnsupportedFormat():
            return fault(415, str(error))
        case ImageError():
            return fault(422, str(error))
        case InvalidInput():
            return fault(400, str(error))
        case CapacityExceeded():
            return fault(507, str(error))
        case StorageError():
            return fault(502, str(error))
        case _:
            return None
