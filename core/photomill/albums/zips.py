"""Archives of photos: the facade, and the job that writes them."""

import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from attrs import evolve

from photomill.albums.context import AlbumContext
from photomill.albums.files import AlbumFiles, ending, zip_key
from photomill.albums.model import Group, Photo, Zip, ZipEntry
from photomill.albums.tokens import new_secret
from photomill.errors import (
    CapacityExceeded,
    Conflict,
    InvalidInput,
    NotFound,
    PhotomillError,
    StorageFull,
)
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobItem, NewItem, SkipItem
from photomill.jobs.working import is_transient
from photomill.names import safe_name, unique_names
from photomill.space import room_for

ZIP = "zip"
MOST_FILES = 2000
"""Files of one archive."""

MOST_SHARED = 100
"""Archives of one group at a time, above which nobody gets another to share: visitors cannot fill the disk."""

_REPORT_SECONDS = 0.5
_EARLIEST = 1980
"""The format knows no time before."""
_CHUNK = 1024 * 1024


class Zips:
    """Makes and opens archives. Thread-safe."""

    def __init__(self, context: AlbumContext) -> None:
        self._keep = context.settings.keep_zips
        self._table = context.tables.zips
        self._photos = context.tables.photos
        self._storage = context.storage
        self._jobs = context.jobs

    def create(
        self, group: Group, files: Sequence[ZipEntry], *, name: str = "", share: bool = False
    ) -> Zip:
        """Have files of a group's photos packed, in the background.

        :param files: their names are made safe and unique; empty ones take what the photo is sorted by.
        :param name: of the archive; empty takes the group's name.
        :param share: take an archive of the same files that is there already, or on its way.
        :raises NotFound: the group was deleted.
        :raises CapacityExceeded: to share, and there are 100 archives of the group.
        :raises InvalidInput: no files, too many, or one that is of no photo of this group.
        """
        if group.deleted is not None:
            raise NotFound(f"no group {group.id!r}")
        if not 1 <= len(files) <= MOST_FILES:
            raise InvalidInput(f"expected 1 to {MOST_FILES} files, got {len(files)}", path="files")
        now = time.time()
        wanted = Zip(
            id=new_secret(),
            owner=group.owner,
            group=group.id,
            name=_archive_name(name or group.name, group.token),
            entries=self._named(group, files),
            created=now,
            expires=now + self._keep,
        )
        if share:
            same = self._table.equal(wanted, now + self._keep / 2)
            if same is not None:
                return same
            if self._table.count(group.id) >= MOST_SHARED:
                raise CapacityExceeded(
                    "too many downloads of this group were ordered: try again later"
                )
        self._table.create(wanted, zip_key(group.owner))
        self.begin(wanted)
        return wanted

    def begin(self, wanted: Zip) -> None:
        """Have an archive written; does no harm twice."""
        self._jobs.submit(ZIP, {"zip": wanted.id}, owner=wanted.owner, idempotency_key=wanted.id)

    def get(self, zip_id: str) -> Zip:
        """An archive by its id.

        :raises NotFound: there is no such archive, or not any more.
        """
        return self._table.get(zip_id)

    def open(self, zip_id: str, *, count: bool = True) -> BinaryIO:
        """Open an archive; its size is ``Zip.bytes``.

        :param count: count it as a download.
        :raises NotFound: there is no such archive, or not any more.
        :raises Conflict: it is not done.
        """
        if self.get(zip_id).state != "done":
            raise Conflict("the archive is not done")
        opened = self._storage.storage.open_object(self._table.key(zip_id))
        if count:
            self._table.count_download(zip_id)
        return opened

    def _named(self, group: Group, files: Sequence[ZipEntry]) -> tuple[ZipEntry, ...]:
        by_path = {
            path: photo
            for photo in self._photos.of_group(group.id)
            for path in photo.files.values()
        }
        for place, file in enumerate(files):
            if file.path not in by_path:
                raise InvalidInput(
                    f"{file.path!r} is of no photo of this group", path=f"files[{place}]"
                )
        names = unique_names(
            safe_name(file.name, _photo_name(by_path[file.path], file.path)) for file in files
        )
        return tuple(evolve(file, name=name) for file, name in zip(files, names, strict=True))


class ZipJob(JobKind):
    """Writes one archive: first beside the catalog, without a name there, then whole into the storage."""

    kind = ZIP
    keep_seconds = 3600.0

    def __init__(self, context: AlbumContext, files: AlbumFiles, folder: Path) -> None:
        """
        :param folder: where archives are written before they are stored.
        """
        self._table = context.tables.zips
        self._storage = context.storage
        self._files = files
        self._folder = folder

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        if after is None:
            yield NewItem(str(job.plan["zip"]))

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        wanted = self._waiting(job)
        if wanted is None:
            raise SkipItem("nobody waits for it any more")
        try:
            size, left_out = self._write(wanted)
        except Exception as error:
            full = isinstance(error, StorageFull)
            if not full and (item.attempts >= self.max_attempts or not is_transient(error)):
                self._table.fail(wanted.id, _message(error))
            raise
        self._table.finish(wanted.id, size, left_out)
        return {"bytes": size, "left_out": left_out}

    def finish(self, job: Job) -> None:
        """Tell those who wait, where the process died again and again."""
        wanted = self._waiting(job)
        if wanted is not None:
            self._table.fail(wanted.id, "the archive could not be written")

    def _waiting(self, job: Job) -> Zip | None:
        try:
            wanted = self._table.get(str(job.plan["zip"]))
        except NotFound:
            return None
        return wanted if wanted.state in ("waiting", "writing") else None

    def _write(self, wanted: Zip) -> tuple[int, list[str]]:
        reported = time.monotonic()

        def report(done: int) -> None:
            nonlocal reported
            if time.monotonic() - reported >= _REPORT_SECONDS:
                reported = time.monotonic()
                self._table.progress(wanted.id, done)

        self._table.progress(wanted.id, 0)
        with (
            room_for("the archive"),
            tempfile.TemporaryFile(dir=self._folder) as archive,
        ):
            left_out = pack(archive, wanted.entries, self._open, report)
            size = archive.tell()
            archive.seek(0)
            self._storage.storage.put(self._table.key(wanted.id), archive)
        return size, left_out

    def _open(self, path: str) -> BinaryIO:
        return self._files.open(path).file


def _photo_name(photo: Photo, path: str) -> str:
    kind = path.rpartition(".")[2] or ending(photo.format)
    return f"{safe_name(photo.sort_name, photo.id)}.{kind}"


def _archive_name(name: str, otherwise: str) -> str:
    return safe_name(name.removesuffix(".zip"), otherwise) + ".zip"


def _message(error: Exception) -> str:
    return str(error) if isinstance(error, PhotomillError) else "the archive could not be written"


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
                with file, written.open(_zip_info(entry), "w", force_zip64=True) as packed:
                    shutil.copyfileobj(file, packed, _CHUNK)
            report(done)
    return left_out


def _zip_info(entry: ZipEntry) -> zipfile.ZipInfo:
    now = time.localtime()[:6]
    info = zipfile.ZipInfo(entry.name, now if now[0] >= _EARLIEST else (_EARLIEST, 1, 1, 0, 0, 0))
    info.external_attr = 0o644 << 16
    return info
