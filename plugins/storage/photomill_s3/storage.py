"""The storage."""

from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from photomill.plugin import ObjectInfo, OpenContext, Storage, StorageError, check_key, check_prefix
from photomill_s3.client import make_client
from photomill_s3.failures import failures
from photomill_s3.options import S3Options
from photomill_s3.reading import open_body
from photomill_s3.writing import upload


class S3Storage(Storage):
    """A bucket of Amazon S3 or of a service that speaks the same protocol, Google Cloud Storage among them."""

    name = "s3"
    Options = S3Options
    requires = ("boto3",)
    extra = "photomill[s3]"

    def open(self, context: OpenContext) -> None:
        self._bucket: str = self.options.bucket
        self._root = _folder(self.options.path)
        try:
            with failures(self._bucket):
                self._client: Any = make_client(self.options, context)
        except ValueError as error:
            raise StorageError(f"bucket {self._bucket!r}: {error}") from None

    def close(self) -> None:
        if hasattr(self, "_client"):
            self._client.close()

    def open_object(self, key: str) -> BinaryIO:
        within = self._root + check_key(key)
        attempts = self.options.attempts
        return cast(BinaryIO, open_body(self._client, self._bucket, within, key, attempts))

    def stat(self, key: str) -> ObjectInfo:
        within = self._root + check_key(key)
        with failures(self._bucket, key):
            found = self._client.head_object(Bucket=self._bucket, Key=within)
        return ObjectInfo(key, found["ContentLength"], found["LastModified"].timestamp())

    def list_objects(
        self, prefix: str = "", *, recursive: bool = True, after: str = ""
    ) -> Iterator[ObjectInfo]:
        request = {"Bucket": self._bucket, "Prefix": self._root + check_prefix(prefix)}
        if not recursive:
            request["Delimiter"] = "/"
        if after:
            request["StartAfter"] = self._root + after
        return self._list(request)

    def put(self, key: str, data: BinaryIO) -> ObjectInfo:
        within = self._root + check_key(key)
        with failures(self._bucket, key):
            size = upload(self._client, self._bucket, within, data)
        return ObjectInfo(key, size)

    def delete(self, key: str) -> None:
        within = self._root + check_key(key)
        with failures(self._bucket):
            self._client.delete_object(Bucket=self._bucket, Key=within)

    def _list(self, request: dict[str, str]) -> Iterator[ObjectInfo]:
        with failures(self._bucket):
            for page in self._client.get_paginator("list_objects_v2").paginate(**request):
                for found in page.get("Contents", ()):
                    # What ends in a slash stands for a folder, as consoles make them.
                    if not found["Key"].endswith("/"):
                        key = found["Key"].removeprefix(self._root)
                        yield ObjectInfo(key, found["Size"], found["LastModified"].timestamp())


def _folder(path: str) -> str:
    """The beginning of every key: empty, or ending in a slash."""
    inner = path.strip("/")
    return f"{check_key(inner)}/" if inner else ""
