"""Whose files are to be moved: several records may be of one file."""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Self

from attrs import frozen

from photomill.collections.collection import Collection
from photomill.collections.model import Record
from photomill.importing.followed_files import file_of


@frozen
class FileOwners:
    """Finds the records of a collection that are of the same file, by whatever path.

    :ivar _records: by device and number of the file that their paths lead to.
    """

    _records: Mapping[tuple[int, int], Sequence[Record]]

    @classmethod
    def of(cls, collection: Collection, moved: Sequence[Record]) -> Self:
        """Look at the records of a collection.

        :param moved: those whose files are to be moved; they may be dropped ones.
        """
        # Of one file they have one size, so that few files are looked at.
        sizes = {record.bytes for record in moved}
        found: dict[tuple[int, int], dict[int, Record]] = {}
        for records in (moved, (each for each in collection.iterate() if each.bytes in sizes)):
            _add(found, records)
        return cls({file: list(owners.values()) for file, owners in found.items()})

    def others(self, record: Record, file: int) -> list[Record]:
        """The other records of a file.

        :param file: the open file of a record; another name of it is another file.
        """
        status = os.fstat(file)
        path = _real_path(record)
        return [
            each
            for each in self._records.get((status.st_dev, status.st_ino), ())
            if each.number != record.number and _real_path(each) == path
        ]


def _add(found: dict[tuple[int, int], dict[int, Record]], records: Iterable[Record]) -> None:
    for record in records:
        path = file_of(record)
        if path is None:
            continue
        with suppress(OSError, ValueError):
            status = os.stat(path)
            found.setdefault((status.st_dev, status.st_ino), {})[record.number] = record


def _real_path(record: Record) -> str:
    return os.path.realpath(file_of(record) or "")
