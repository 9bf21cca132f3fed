"""What the engine's errors mean in HTTP: one table for every contract, which has words of its own for them."""

from collections.abc import Mapping

from photomill import (
    CapacityExceeded,
    CatalogError,
    Conflict,
    Forbidden,
    ImageError,
    IndexUnavailable,
    InvalidInput,
    NotFound,
    PhotomillError,
    PluginUnavailable,
    ResourcesMissing,
    SourceError,
    SourceTooLarge,
    StorageError,
    StorageFull,
    Unsupported,
    UnsupportedFormat,
    is_full,
)

HTTP_STATUSES: Mapping[type[PhotomillError], int] = {
    InvalidInput: 400,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    SourceTooLarge: 413,
    UnsupportedFormat: 415,
    ImageError: 422,
    SourceError: 422,
    Unsupported: 422,
    StorageError: 502,
    CatalogError: 503,
    IndexUnavailable: 503,
    PluginUnavailable: 503,
    ResourcesMissing: 503,
    CapacityExceeded: 507,
    StorageFull: 507,
}
"""The nearest class of an error counts; what has none is nobody's fault but the server's."""

TEXTS: Mapping[int, str] = {
    400: "bad request",
    401: "unauthorized",
    403: "forbidden",
    404: "not found",
    405: "method not allowed",
    409: "conflict",
    413: "request entity too large",
    415: "unsupported media type",
    422: "unprocessable entity",
    429: "too many requests",
    500: "unknown error",
    502: "bad gateway",
    503: "service unavailable",
    507: "insufficient storage",
}


def http_status_of(error: PhotomillError) -> int | None:
    """The HTTP status of an error; None for one that nobody expects."""
    kinds = (kind for kind in type(error).__mro__ if issubclass(kind, PhotomillError))
    return next((HTTP_STATUSES[kind] for kind in kinds if kind in HTTP_STATUSES), None)


def retry_after(error: PhotomillError) -> Mapping[str, str]:
    """The header that says when to ask again, for an error that passes by itself."""
    return {"Retry-After": str(error.seconds)} if isinstance(error, IndexUnavailable) else {}


def expected(error: Exception) -> PhotomillError | None:
    """An error as the engine's; None for one that nobody expects.

    Wherever a request is written to a disk, a body that is too large for memory for instance, that may be full.
    """
    if isinstance(error, OSError) and is_full(error):
        return StorageFull(f"there is no room left: {error.strerror}")
    return error if isinstance(error, PhotomillError) else None
