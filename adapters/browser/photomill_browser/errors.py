"""What errors mean to a browser."""

from collections.abc import Mapping

from photomill import (
    CapacityExceeded,
    CatalogError,
    Conflict,
    Forbidden,
    ImageError,
    InvalidInput,
    NotFound,
    PhotomillError,
    PluginUnavailable,
    SourceError,
    StorageError,
    Unsupported,
)

UNEXPECTED = "Something unexpected happened. The server's log says more."


class SignedOut(PhotomillError):
    """The browser is not signed in, or not any more."""


class BodyTooLarge(PhotomillError):
    """More bytes are sent than are taken."""


class TooManyTries(PhotomillError):
    """Somebody tries too often."""


_STATUSES: Mapping[type[PhotomillError], int] = {
    InvalidInput: 400,
    SignedOut: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    BodyTooLarge: 413,
    ImageError: 422,
    SourceError: 422,
    Unsupported: 422,
    TooManyTries: 429,
    StorageError: 502,
    CatalogError: 503,
    PluginUnavailable: 503,
    CapacityExceeded: 507,
}


def status_of(error: PhotomillError) -> int | None:
    """The HTTP status of an error; None for one that nobody expects."""
    return next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), None)
