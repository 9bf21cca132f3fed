"""Packing files into a ZIP archive."""

import shutil
import time
import zipfile
from collections.abc import Callable, Sequence
from typing import BinaryIO

from photomill.albums.model import ZipEntry
from photomill.errors import NotFound
from photomill.space import room_for

_EARLIEST = 1980
"""The format knows no time before."""
_CHUNK = 1024 * 1024


def pack(
    archive: BinaryIO,
    entries: Sequence[ZipEntry],
    open_file: Callable[[str], BinaryIO],
    report: Callable[[int], None],
) -> list[str]:
    """Write files one after the other, uncompressed, since photos are; ZIP64 where it is needed.

    :param archive: empty, and seekable.
    :param open_file: takes a path; raises ``NotFound`` for a file that is gone.
    :param report: told of how many entries are done.
    :returns: the names of files that are gone.
    :raises StorageFull: the disk is full.
    """
    left_out = []
    with (
        room_for("the archive"),
        zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED, allowZip64=True) as written,
    ):
        for done, entry in enumerate(entries, start=1):
            try:
                file = open_file(entry.path)
            except NotFound:
                left_out.append(entry.name)
            else:
                with file, written.open(_described(entry), "w", force_zip64=True) as packed:
                    shutil.copyfileobj(file, packed, _CHUNK)
            report(done)
    return left_out


def _described(entry: ZipEntry) -> zipfile.ZipInfo:
    now = time.localtime()[:6]
    info = zipfile.ZipInfo(entry.name, now if now[0] >= _EARLIEST else (_EARLIEST, 1, 1, 0, 0, 0))
    info.external_attr = 0o644 << 16
    return info
