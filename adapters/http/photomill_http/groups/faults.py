"""The faults of the Groups API: ``{"Error": "…"}`` with a status."""

from collections.abc import Mapping

from photomill.errors import InvalidInput, PhotomillError
from photomill_http.answers import Answer
from photomill_http.http_statuses import http_status_of

UNEXPECTED = "an unexpected error; the server's log says more"


_NAMES = {"slug": "VanityUrl"}
"""What this API calls the engine's parameters, where it has a word of its own."""


class Rejected(Exception):
    """The request is answered with a fault."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.answer = fault(status, message, headers)
        super().__init__(message)


def fault(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer({"Error": message}, status, headers or {})


def fault_of(error: PhotomillError) -> Answer | None:
    """How an error of the engine is answered; None for one that is nobody's fault but the server's."""
    status = http_status_of(error)
    if isinstance(error, InvalidInput) and error.path in _NAMES:
        return fault(status or 400, f"{_NAMES[error.path]}: {error.message}")
    return None if status is None else fault(status, str(error))
