"""Originals as a zip that is written as it is sent."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from photomill import Collection, NotFound


def zip_originals(collection: Collection, entries: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    """The originals of records, one in memory at a time; which cannot be had is told in a file of its own.

    :param entries: ids, and the paths in the archive, none twice.
    """
    sink = _Sink()
    missing: list[str] = []
    with zipfile.ZipFile(sink, "w") as archive:
        for record_id, path in entries:
            try:
                data = collection.original(record_id)
            except NotFound as error:
                missing.append(str(error))
                continue
            archive.writestr(path, data)
            yield sink.taken()
        if missing:
            archive.writestr("missing.txt", "\n".join(missing) + "\n")
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Holds what was written until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)
