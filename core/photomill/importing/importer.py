"""Files to records: only what is new, batch by batch."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from photomill.collections.collection import Collection
from photomill.collections.model import Attributes, DuplicateKind, Hit, NewRecord, Record
from photomill.collections.validation import check_id
from photomill.errors import Conflict, InvalidInput, PhotomillError, SourceUnreachable
from photomill.importing.exposure import camera_attributes
from photomill.importing.imported_folders import ImportedFolders
from photomill.importing.remote import FoundObject
from photomill.names import escape_name, unescape_name
from photomill.sources.walking import FoundFile

Found = FoundFile | FoundObject

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
    :ivar gps: whether records say where their images were taken.
    """

    attributes: Attributes = field(factory=dict)
    prefix: str = ""
    near_radius: float | None = None
    near_kind: DuplicateKind = DuplicateKind.NEAR
    batch: int = BATCH
    gps: bool = False

    def check(self) -> None:
        """Make sure that one can import so.

        :raises InvalidInput: an option is out of its range.
        """
        if self.batch < 1:
            raise InvalidInput(f"expected 1 or more, got {self.batch}", path="batch")


@frozen
class ImportFailure:
    """A file that could not be imported, and why.

    :ivar path: of the file, or the image's URI.
    """

    path: Path | str
    error: PhotomillError


@frozen
class LeftOut:
    """A file that was left out, and what is there already.

    :ivar path: of the file, or the image's URI.
    :ivar duplicate_of: the nearest record that it is like, with its distance and kind.
    """

    path: Path | str
    duplicate_of: Hit


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

    def add(self, other: "ImportReport") -> None:
        """Add what was done with other files."""
        self.inserted += other.inserted
        self.present += other.present
        self.dropped += other.dropped
        self.left_out += other.left_out
        self.failures += other.failures
        self.notes.update(other.notes)

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
    files: Iterable[Found],
    options: ImportOptions | None = None,
    *,
    progress: Callable[[ImportReport], None] = lambda report: None,
    stop: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Insert files whose records are not there yet; the id is the file's name below its folder.

    Every batch is durable before the next one begins, so an import that was broken off goes on where it stopped when
    it is run again. Beside the attributes given, a record has ``_file`` (absolute path) or ``_url``, ``file`` and
    ``folder`` (parts of the id), ``bytes`` and ``modified`` (ISO 8601, UTC), and what its EXIF block says: see
    :func:`camera_attributes`. Names that are no Unicode are written as :func:`escape_name` does. One bad file does not
    harm the others. A record whose file has moved since gets its new ``_file``. A file whose record was dropped is passed
    by until the list of dropped records is emptied. A file has one record, whichever folder it is found in or named by: its
    id stays that of the first time, unless another prefix is given.

    :param files: taken only as fast as they are imported; see :func:`find_images` and :func:`find_objects`.
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
class _New(Iterator[tuple[Found, NewRecord]]):
    """The files whose records are not there yet; the others are entered into the report."""

    collection: Collection
    options: ImportOptions
    report: ImportReport
    files: Iterator[Found]
    ready: Iterator[tuple[Found, NewRecord]] = field(factory=lambda: iter(()))
    folders: set[tuple[str, bool]] = field(factory=set)

    def __next__(self) -> tuple[Found, NewRecord]:
        while True:
            item = next(self.ready, None)
            if item is not None:
                return item
            chunk = list(islice(self.files, self.options.batch))
            if not chunk:
                raise StopIteration
            self._note_folders(chunk)
            self.ready = iter(self._new_of(chunk))

    def _note_folders(self, chunk: list[Found]) -> None:
        folders = {
            (escape_name(str(file.folder)), not file.named)
            for file in chunk
            if isinstance(file, FoundFile)
        }
        for folder, searched in sorted(folders - self.folders):
            self.collection.add_imported_folder(folder, searched=searched)
        self.folders |= folders

    def _new_of(self, chunk: list[Found]) -> list[tuple[Found, NewRecord]]:
        named = []
        for file in chunk:
            record_id = f"{self.options.prefix}{record_name(file)}"
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
                _meet(self.collection, file, record, self.report)
                continue
            if gone is not None and _is_of(gone.record, file):
                self.report.dropped += 1
                continue
            try:
                new.append((file, new_record(file, record_id, self.options)))
            except OSError as error:
                self.report.failures.append(ImportFailure(file.path, SourceUnreachable(str(error))))
        return new


def _insert(
    collection: Collection,
    batch: list[tuple[Found, NewRecord]],
    options: ImportOptions,
    report: ImportReport,
) -> None:
    first: dict[tuple[str, str], NewRecord] = {}
    new: list[tuple[Found, NewRecord]] = []
    again: list[tuple[Found, NewRecord]] = []
    for file, record in batch:
        chosen = new if first.setdefault(file.place, record) is record else again
        chosen.append((file, record))
    new = _without_known(collection, new, options, report)
    if new:
        _insert_new(collection, new, options, report)
    if again:
        # Files that were named twice: by now it shows what became of them.
        _insert(collection, again, options, report)


def _without_known(
    collection: Collection,
    batch: list[tuple[Found, NewRecord]],
    options: ImportOptions,
    report: ImportReport,
) -> list[tuple[Found, NewRecord]]:
    """Leave out files whose records are named after another folder, and enter them into the report."""
    folders = ImportedFolders.of(collection)
    others = [
        {f"{options.prefix}{escape_name(str(name))}" for name in folders.names(file.path)}
        if isinstance(file, FoundFile)
        else set()
        for file, _ in batch
    ]
    for names, (_, record) in zip(others, batch, strict=True):
        names.discard(record.id)
    ids = sorted(set().union(*others))
    if not ids:
        return batch
    stored = {each.id: known_place(each) for each in collection.get(ids) if each is not None}
    dropped = {
        each.record.id: known_place(each.record)
        for each in collection.get_dropped(ids)
        if each is not None
    }
    new = []
    for names, (file, record) in zip(others, batch, strict=True):
        if any(stored.get(name) == file.place[1] for name in names):
            report.present += 1
        elif any(dropped.get(name) == file.place[1] for name in names):
            report.dropped += 1
        else:
            new.append((file, record))
    return new


def _insert_new(
    collection: Collection,
    batch: list[tuple[Found, NewRecord]],
    options: ImportOptions,
    report: ImportReport,
) -> None:
    records: dict[str, NewRecord] = {}
    files: dict[str, Found] = {}
    for file, record in batch:
        if record.id in files:
            error = _taken(record.id, files[record.id].place[1])
            report.failures.append(ImportFailure(file.path, error))
        else:
            records[record.id] = record
            files[record.id] = file
    result = collection.insert(
        list(records.values()), near_radius=options.near_radius, near_kind=options.near_kind
    )
    report.inserted += len(result.inserted)
    for notes in result.notes.values():
        report.notes.update(notes)
    stored_meanwhile = []
    for skipped in result.skipped:
        if skipped.error is not None:
            report.failures.append(ImportFailure(files[skipped.id or ""].path, skipped.error))
        elif skipped.duplicate_of:
            report.left_out.append(LeftOut(files[skipped.id or ""].path, skipped.duplicate_of[0]))
        else:
            stored_meanwhile.append(skipped.id or "")
    for stored in collection.get(stored_meanwhile):
        # One that is gone again was there.
        if stored is None:
            report.present += 1
        else:
            _meet(collection, files[stored.id], stored, report)


def _meet(collection: Collection, file: Found, record: Record, report: ImportReport) -> None:
    """Note a file whose record is there: is it of this file?"""
    known = known_place(record)
    if known is None or _is_of(record, file):
        report.present += 1
    elif isinstance(file, FoundObject) or "_file" not in record.attributes or is_there(known):
        report.failures.append(ImportFailure(file.path, _taken(record.id, known)))
    else:
        collection.update([(record.id, dict([file.place]))])
        report.present += 1


def known_place(record: Record) -> str | None:
    """Where the image of a record is; None where it came another way."""
    known = record.attributes.get("_file") or record.attributes.get("_url")
    return known if isinstance(known, str) else None


def _is_of(record: Record, file: Found) -> bool:
    known = known_place(record)
    if known is None:
        return False
    if known == file.place[1]:
        return True
    try:
        return isinstance(file, FoundFile) and os.path.samefile(unescape_name(known), file.path)
    except (OSError, ValueError):
        return False


def is_there(known: str) -> bool:
    """Whether a file is there, by its name as :func:`known_place` gives it."""
    try:
        return os.path.exists(unescape_name(known))
    except ValueError:
        return False


def _taken(record_id: str, place: str) -> Conflict:
    return Conflict(
        f"the id {record_id!r} belongs to {place}; give one of the two folders a prefix"
    )


def record_name(file: Found) -> str:
    """The name of a file as a record's id has it."""
    return escape_name(str(file.name)) if isinstance(file, FoundFile) else file.name


def new_record(file: Found, record_id: str, options: ImportOptions) -> NewRecord:
    """What becomes of a file.

    :raises OSError: the file is gone, or its folder cannot be read.
    """
    attribute, place = file.place
    folder, _, name = record_name(file).rpartition("/")
    attributes: dict[str, Any] = {
        **options.attributes,
        attribute: place,
        "file": name,
        "folder": folder,
        **file.facts(),
    }
    describe = partial(camera_attributes, gps=options.gps)
    return NewRecord(record_id, file.source, attributes, describe=describe)
