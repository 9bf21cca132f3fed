"""Writing an object of unknown size."""

import io
import mimetypes
from typing import Any, BinaryIO

_PART = 8 * 1024 * 1024


class _Counted(io.RawIOBase):
    """Counts what is read from a stream, reads in full, and leaves the stream open.

    boto3 takes a short read for the end of the stream, and would store a part of it.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.size = 0
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        pieces: list[bytes] = []
        missing = size
        while missing and (piece := self._stream.read(missing)):
            pieces.append(piece)
            self.size += len(piece)
            missing = missing - len(piece) if size >= 0 else size
        return b"".join(pieces)


def upload(client: Any, bucket: str, key: str, data: BinaryIO) -> int:
    """Write an object and return its size in bytes: one request for a small one, else parts of 8 MiB.

    Until the last request succeeds the object is the old one; an upload that fails is aborted.
    """
    from boto3.s3.transfer import TransferConfig

    counted = _Counted(data)
    kind = mimetypes.guess_type(key, strict=False)[0] or "application/octet-stream"
    client.upload_fileobj(
        counted,
        bucket,
        key,
        ExtraArgs={"ContentType": kind},
        # Many objects are written at once: threads of each one's own would only add up.
        Config=TransferConfig(
            multipart_threshold=_PART, multipart_chunksize=_PART, use_threads=False
        ),
    )
    return counted.size
