"""Files to records: only what is new, batch by batch."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from photomill.collections.collection import Collection
from photomill.collections.model import Attributes, DuplicateKind, Hit, NewRecord, Record
from photomill.collections.validation import check_id
from photomill.errors import Conflict, InvalidInput, PhotomillError, SourceUnreachable
from photomill.images.capture_time import capture_time
from photomill.images.formats import sniff
from photomill.sources import PathSource
from photomill.sources.walking import FoundFile

_HEAD = 256 * 1024
"""Bytes of a file in which cameras note when it was taken."""

BATCH = 64
"""Records inserted at a time: what an interruption may cost, and what two processors can share out well."""


@frozen
class ImportOptions:
    """How to import.

    :ivar attributes: given to every record.
    :ivar prefix: put before every id, so that two folders with like names do not clash.
    :ivar near_radius: leave out near-duplicates within this distance of what is there; None takes everything.
    :ivar near_kind: those that are so much alike at least.
    :ivar batch: records inserted at a time, ≥ 1.
    """

    attributes: Attributes = field(factory=dict)
    prefix: str = ""
    near_radius: float | None = None
    near_kind: DuplicateKind = DuplicateKind.NEAR
    batch: int = BATCH

    def check(self) -> None:
        """
        :raises InvalidInput: an option is out of its range.
        """
        if self.batch < 1:
            raise InvalidInput(f"expected 1 or more, got {self.batch}", path="batch")


@frozen
class ImportFailure:
    """A file that could not be imported, and why."""

    path: Path
    error: PhotomillError


@frozen
class LeftOut:
    """A file that was left out, and what is there already.

    :ivar twin: the nearest record that it is like, with its distance and kind.
    """

    path: Path
    twin: Hit


@define
class ImportReport:
    """What an import has done so far.

    :ivar seen: files looked at; the sum of all that follows.
    :ivar inserted: records that are stored now and were not before.
    :ivar present: files whose records had been there before.
    :ivar dropped: files whose records were dropped, and can be restored.
    :ivar left_out: files left out, as something like them is there.
    :ivar failures: files that are no records now.
    :ivar notes: what is otherwise than one might expect of images that were inserted, and of how many.
    :ivar stopped: whether it ended before its files did.
    """

    inserted: int = 0
    present: int = 0
    dropped: int = 0
    left_out: list[LeftOut] = field(factory=list)
    failures: list[ImportFailure] = field(factory=list)
    notes: Counter[str] = field(factory=Counter)
    stopped: bool = False

    @property
    def near_duplicates(self) -> int:
        return len(self.left_out)

    @property
    def seen(self) -> int:
        return (
            self.inserted + self.present + self.dropped + self.near_duplicates + len(self.failures)
        )


def import_images(
    collection: Collection,
    files: Iterable[FoundFile],
    options: ImportOptions | None = None,
    *,
    progress: Callable[[ImportReport], None] = lambda report: None,
    stop: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Insert files whose records are not there yet; the id is the file's name below its folder.

    Every batch is durable before the next one begins, so an import that was broken off goes on where it stopped when
    it is run again. Beside the attributes given, a record has ``_file`` (absolute path), ``file`` and ``folder``
    (parts of the id), ``bytes`` and ``modified`` (ISO 8601, UTC), and ``captured`` where the camera noted when. One bad file does not harm the others. A record
    whose file has moved since gets its new ``_file``. A file whose record was dropped is passed by until the list of
    dropped records is emptied.

    :param files: taken only as fast as they are imported; see :func:`find_images`.
    :param progress: told after every batch; the report goes on changing.
    :param stop: asked before every batch; True ends the import.
    :raises CapacityExceeded: the disk is full.
    """
    chosen = options or ImportOptions()
    chosen.check()
    report = ImportReport()
    remaining = _New(collection, chosen, report, iter(files))
    while True:
        if stop():
            report.stopped = True
            break
        batch = list(islice(remaining, chosen.batch))
        if batch:
            _insert(collection, batch, chosen, report)
        progress(report)
        if not batch:
            break
    return report


@define
class _New(Iterator[tuple[FoundFile, NewRecord]]):
    """The files whose records are not there yet; the others are entered into the report."""

    collection: Collection
    options: ImportOptions
    report: ImportReport
    files: Iterator[FoundFile]
    ready: Iterator[tuple[FoundFile, NewRecord]] = field(factory=lambda: iter(()))
    folders: set[str] = field(factory=set)

    def __next__(self) -> tuple[FoundFile, NewRecord]:
        while True:
            item = next(self.ready, None)
            if item is not None:
                return item
            chunk = list(islice(self.files, self.options.batch))
            if not chunk:
                raise StopIteration
            self._note_folders(chunk)
            self.ready = iter(self._new_of(chunk))

    def _note_folders(self, chunk: list[FoundFile]) -> None:
        folders = {str(file.path.parents[len(file.name.parts) - 1]) for file in chunk}
        for folder in sorted(folders - self.folders):
            self.collection.add_imported_folder(folder)
        self.folders |= folders

    def _new_of(self, chunk: list[FoundFile]) -> list[tuple[FoundFile, NewRecord]]:
        named = []
        for file in chunk:
            record_id = f"{self.options.prefix}{file.name}"
            try:
                check_id(record_id)
                named.append((file, record_id))
            except InvalidInput as error:
                self.report.failures.append(ImportFailure(file.path, error))
        ids = [record_id for _, record_id in named]
        stored, dropped = self.collection.get(ids), self.collection.get_dropped(ids)
        new = []
        for (file, record_id), record, gone in zip(named, stored, dropped, strict=True):
            if record is not None:
                _meet(self.collection, file.path, record, self.report)
                continue
            if gone is not None and _is_file_of(gone.record, file.path):
                self.report.dropped += 1
                continue
            try:
                new.append((file, _new_record(file, record_id, self.options)))
            except OSError as error:
                self.report.failures.append(ImportFailure(file.path, SourceUnreachable(str(error))))
        return new


def _insert(
    collection: Collection,
    batch: list[tuple[FoundFile, NewRecord]],
    options: ImportOptions,
    report: ImportReport,
) -> None:
    records: dict[str, NewRecord] = {}
    paths: dict[str, Path] = {}
    for file, record in batch:
        if record.id in paths:
            error = _taken(record.id, str(paths[record.id]))
            report.failures.append(ImportFailure(file.path, error))
        else:
            records[record.id] = record
            paths[record.id] = file.path
    result = collection.insert(
        list(records.values()), near_radius=options.near_radius, near_kind=options.near_kind
    )
    report.inserted += len(result.inserted)
    for notes in result.notes.values():
        report.notes.update(notes)
    stored_meanwhile = []
    for skipped in result.skipped:
        if skipped.error is not None:
            report.failures.append(ImportFailure(paths[skipped.id or ""], skipped.error))
        elif skipped.duplicate_of:
            report.left_out.append(LeftOut(paths[skipped.id or ""], skipped.duplicate_of[0]))
        else:
            stored_meanwhile.append(skipped.id or "")
    for stored in collection.get(stored_meanwhile):
        # One that is gone again was there.
        if stored is None:
            report.present += 1
        else:
            _meet(collection, paths[stored.id], stored, report)


def _meet(collection: Collection, path: Path, record: Record, report: ImportReport) -> None:
    """Note a file whose record is there: is it of this file?"""
    known = record.attributes.get("_file")
    if not isinstance(known, str) or _same_file(known, path):
        report.present += 1
    elif os.path.exists(known):
        report.failures.append(ImportFailure(path, _taken(record.id, known)))
    else:
        collection.update([(record.id, {"_file": str(path)})])
        report.present += 1


def _is_file_of(record: Record, path: Path) -> bool:
    known = record.attributes.get("_file")
    return isinstance(known, str) and _same_file(known, path)


def _same_file(known: str, path: Path) -> bool:
    if known == str(path):
        return True
    try:
        return os.path.samefile(known, path)
    except (OSError, ValueError):
        return False


def _taken(record_id: str, path: str) -> Conflict:
    return Conflict(f"the id {record_id!r} belongs to {path}; give one of the two folders a prefix")


def _new_record(file: FoundFile, record_id: str, options: ImportOptions) -> NewRecord:
    """
    :raises OSError: the file is gone, or its folder cannot be read.
    """
    status = file.path.stat()
    folder = file.name.parent.as_posix()
    attributes: dict[str, Any] = {
        **options.attributes,
        "_file": str(file.path),
        "file": file.name.name,
        "folder": "" if folder == "." else folder,
        "bytes": status.st_size,
        "modified": _utc(status.st_mtime),
    }
    captured = _captured(file.path)
    if captured:
        attributes["captured"] = captured
    return NewRecord(record_id, PathSource(str(file.path), trusted=True), attributes)


def _captured(path: Path) -> str:
    """What the camera's clock showed, in ISO 8601, with its offset from UTC where the camera says it; empty for nothing."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    format = sniff(head)
    found = capture_time(head, format) if format else None
    if found is None:
        return ""
    clock = datetime.fromtimestamp(found.clock, UTC).replace(tzinfo=None)
    offset = None if found.offset is None else timezone(timedelta(seconds=found.offset))
    return clock.replace(tzinfo=offset).isoformat(timespec="seconds")


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
