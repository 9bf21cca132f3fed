"""Reading an object as it arrives."""

import io
from typing import Any

from photomill_s3.failures import failures

_CHUNK = 256 * 1024


class ObjectBody(io.RawIOBase):
    """The bytes of one object; where the connection breaks, the rest is asked for anew.

    The rest is asked for by the object's ETag, so that two versions of it are never mixed.
    """

    def __init__(self, client: Any, bucket: str, key: str, name: str, attempts: int) -> None:
        """
        :param name: what the caller calls the object.
        :raises NotFound: it is not there.
        :raises StorageError: the service fails.
        """
        self._client = client
        self._where = {"Bucket": bucket, "Key": key}
        self._name = name
        self._attempts = attempts
        self._position = 0
        with failures(bucket, name):
            found = client.get_object(**self._where)
        self._etag = found.get("ETag")
        self._body = found["Body"]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with failures(self._where["Bucket"], self._name):
            data = self._next(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()

    def _next(self, size: int) -> bytes:
        from botocore.exceptions import HTTPClientError, IncompleteReadError

        for _ in range(self._attempts - 1):
            try:
                return bytes(self._body.read(size))
            except (HTTPClientError, IncompleteReadError):
                self._body.close()
                self._body = self._rest()
        return bytes(self._body.read(size))

    def _rest(self) -> Any:
        condition = {"IfMatch": self._etag} if self._etag else {}
        span = f"bytes={self._position}-"
        return self._client.get_object(**self._where, Range=span, **condition)["Body"]


def open_body(client: Any, bucket: str, key: str, name: str, attempts: int) -> io.BufferedReader:
    """Open an object for reading, buffered."""
    return io.BufferedReader(ObjectBody(client, bucket, key, name, attempts), _CHUNK)
