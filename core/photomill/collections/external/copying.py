"""A copy on this machine of the vectors that an index holds, for what compares all of them."""

import errno
import os
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

from photomill.collections.contents import View
from photomill.collections.external.filters import Filter
from photomill.collections.external.moment import Pinned
from photomill.components import Vectors
from photomill.errors import StorageFull
from photomill.portions import portions

_AT_ONCE = 5000


def copied(pinned: Pinned, filter: Filter, last: int, folder: Path) -> View:
    """The records that a filter lets through, with vectors that are mapped from a file.

    The file has no name, so it is gone with the view, or with the process, however that ends.

    :param last: the serial of the last record to copy.
    :param folder: where the file is.
    :raises StorageFull: there is no room for it.
    """
    serials = np.fromiter(takewhile(lambda each: each <= last, pinned.serials(filter)), np.int64)
    vectors = _mapped(folder, len(serials), pinned.source.dimension)
    ids: dict[int, str] = {}
    for some in portions(serials.tolist(), _AT_ONCE):
        found = pinned.vectors(some)
        known = pinned.source.changes.ids_of(list(found), pinned.connection)
        there = sorted(known)
        if there:
            vectors[len(ids) : len(ids) + len(there)] = [found[serial] for serial in there]
        ids.update(known)
    return pinned.view(ids, vectors[: len(ids)])


def _mapped(folder: Path, count: int, dimension: int) -> Vectors:
    if not count:
        return np.empty((0, dimension), np.float32)
    with TemporaryFile(dir=folder) as file:
        try:
            # A page that finds no room later would end the process.
            os.posix_fallocate(file.fileno(), 0, 4 * count * dimension)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise StorageFull(f"no room in {folder} for the vectors of {count} records") from error
        return np.memmap(file, np.float32, "r+", shape=(count, dimension))
