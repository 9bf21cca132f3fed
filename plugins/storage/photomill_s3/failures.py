"""A service's failures in the engine's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from photomill.plugin import NotFound, SourceError, StorageError, StorageFull

_MISSING = ("404", "NoSuchKey", "NotFound")
_FULL = (
    "507",
    "InsufficientStorage",
    "QuotaExceeded",
    "XMinioStorageFull",
    "XMinioAdminBucketQuotaExceeded",
)
_REFUSED = ("403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch")


@contextmanager
def failures(bucket: str, key: str = "") -> Iterator[None]:
    """Say in the engine's words what boto3 says.

    :raises NotFound: the object is not there.
    :raises StorageFull: the service has no room left.
    :raises StorageError: anything else; the message names the bucket and the service's own code.
    """
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    try:
        yield
    except ClientError as error:
        raise _translated(error.response, bucket, key) from error
    except HTTPClientError as error:
        # The guard's own refusal, which botocore takes for a failure of the network.
        refusal = error.kwargs.get("error")
        if isinstance(refusal, SourceError):
            raise refusal from error
        raise StorageError(f"bucket {bucket!r}: {error}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageError(f"bucket {bucket!r}: {error}") from error


def _translated(
    response: dict[str, Any], bucket: str, key: str
) -> NotFound | StorageError | StorageFull:
    said = response.get("Error", {})
    code = str(said.get("Code") or response["ResponseMetadata"]["HTTPStatusCode"])
    if code in _MISSING and key:
        return NotFound(f"{key!r} is not there")
    if code == "NoSuchBucket" or code in _MISSING:
        return StorageError(f"no bucket {bucket!r} ({code})")
    if code in _FULL:
        return StorageFull(f"bucket {bucket!r} is full ({code})")
    if code in _REFUSED:
        return StorageError(f"bucket {bucket!r}: access refused ({code})")
    return StorageError(f"bucket {bucket!r}: {said.get('Message') or _phrase(code)} ({code})")


def _phrase(code: str) -> str:
    return HTTPStatus(int(code)).phrase if code.isdigit() else "the request failed"
