"""Moving the files of superfluous and dropped records to a folder, and back."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Self

from attrs import define, field, frozen

from photomill.collections.collection import Collection
from photomill.collections.model import DroppedRecord, DuplicateCluster, Record
from photomill.errors import Conflict, PhotomillError
from photomill.importing.file_owners import FileOwners
from photomill.importing.followed_files import file_of
from photomill.importing.imported_folders import ImportedFolders
from photomill.importing.move_report import FileMove, FileNotMoved, MoveReport, reason_of
from photomill.importing.places import NotMovable, Place, move_file, place_below
from photomill.importing.undo_file import Moved, UndoFile, new_undo_file
from photomill.importing.undoing import finish_earlier
from photomill.sources.reader import read_bounded

_BATCH = 64
"""Records dropped at a time, once their files are moved."""


@frozen
class FileToMove:
    """The file of a record that is to be moved.

    :ivar digest: of its image, as the collection knows it.
    :ivar keep: the record that is kept in its place, whose file must be there; None where nobody asks for one.
    :ivar dropped: whether the record was dropped before.
    """

    record: Record
    digest: bytes = field(repr=False)
    keep: Record | None = None
    keep_digest: bytes = field(default=b"", repr=False)
    dropped: bool = False


def files_of_clusters(
    collection: Collection, clusters: Sequence[DuplicateCluster]
) -> list[FileToMove]:
    """The files of what is superfluous, in the order of insertion."""
    found = [
        (record, cluster.keep)
        for cluster in clusters
        if cluster.keep is not None
        for record in cluster.superfluous
    ]
    ids = {each.id for record, keep in found for each in (record, keep)}
    digests = collection.digests(sorted(ids))
    files = [
        FileToMove(record, digests.get(record.id, b""), keep, digests.get(keep.id, b""))
        for record, keep in found
    ]
    return sorted(files, key=lambda file: file.record.number)


def files_of_dropped(dropped: Sequence[DroppedRecord]) -> list[FileToMove]:
    """The files of dropped records, in the order of insertion."""
    files = [FileToMove(each.record, each.digest, dropped=True) for each in dropped]
    return sorted(files, key=lambda file: file.record.number)


def move_files(
    collection: Collection,
    files: Sequence[FileToMove],
    folder: Path,
    *,
    dry_run: bool = False,
    progress: Callable[[MoveReport], None] = lambda report: None,
    stop: Callable[[], bool] = lambda: False,
) -> MoveReport:
    """Move files into a folder, below the paths that they have below their imported folder, and drop their records.

    No file is deleted or overwritten: where a name is taken, the file gets ``name (2)``. A file stays where it is if it is
    not below a folder that was imported, nor in one out of which files were imported that were named themselves, if a link
    leads to it, if it is not what was imported, or if the file of the record to keep is not there. What is moved is noted in
    an undo file before. A run that was killed is brought to its end by the next one into the same folder.

    :param dry_run: move nothing, and tell what would be.
    :param progress: told after every file; the report goes on changing.
    :param stop: asked before every file; True ends the run.
    :raises InvalidInput: the folder is below an imported one, whose next import would find the files again.
    :raises Conflict: another process moves files into this folder.
    :raises OSError: the folder cannot be made or written to.
    """
    folder = folder.absolute()
    imported = ImportedFolders.of(collection)
    imported.check_target(folder)
    if dry_run:
        run = _Run.of(collection, imported, folder, files)
        _each(run, run.plan, progress, stop)
        return run.report
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    finished = finish_earlier(collection, imported, folder)
    files = [file for file in files if file.record.number not in finished]
    run = _Run.of(collection, imported, folder, files)
    run.report.finished = len(finished)
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    with new_undo_file(folder, collection.info.id, stamp) as undo_file:
        moving = _Moving(run, undo_file)
        try:
            _each(run, moving.move, progress, stop)
        finally:
            moving.drop()
        if run.report.moved:
            run.report.undo_file = undo_file.path
        elif not any(os.path.lexists(folder / each.target) for each in undo_file.moves):
            undo_file.moves.clear()  # What was begun changed nothing.
    if not run.report.moved:
        _remove_empty(made)
    return run.report


def _remove_empty(made: Sequence[Path]) -> None:
    """Take folders away again into which nothing was moved.

    :param made: the folder, if it was made, and those above it that were, the nearest first.
    """
    below = [Path(path) for path, _, _ in os.walk(made[0], topdown=False)] if made else []
    for path in (*below, *made[1:]):
        with suppress(OSError):
            path.rmdir()


@frozen(eq=False)
class _Run:
    """What the files of one run are looked at with.

    :ivar files: what is to be moved, by the numbers of the records.
    :ivar owners: which records are of one file.
    :ivar kept: why a record's file cannot stand for others; empty where it can.
    :ivar given: targets that were given in this run, without regard to case.
    :ivar done: the numbers of records whose file was dealt with as that of another.
    """

    collection: Collection
    imported: ImportedFolders
    folder: Path
    files: Mapping[int, FileToMove]
    owners: FileOwners
    report: MoveReport = field(factory=MoveReport)
    kept: dict[str, str] = field(factory=dict)
    given: set[str] = field(factory=set)
    done: set[int] = field(factory=set)

    @classmethod
    def of(
        cls,
        collection: Collection,
        imported: ImportedFolders,
        folder: Path,
        files: Sequence[FileToMove],
    ) -> Self:
        owners = FileOwners.of(collection, [file.record for file in files])
        by_number = {file.record.number: file for file in files}
        return cls(collection, imported, folder, by_number, owners)

    def plan(self, file: FileToMove) -> list[FileMove]:
        """Where a file would be moved; the same as :meth:`checked` and the first free name."""
        with self.checked(file) as movable:
            for target in self.targets(movable.path):
                if not os.path.lexists(self.folder / target):
                    return self.moved(movable, target)
        raise AssertionError("targets never end")

    def moved(self, movable: "_Movable", target: PurePosixPath) -> list[FileMove]:
        """Note that a file was moved, or would be; what to tell of each of its records."""
        self.given.add(str(target).casefold())
        self.done.update(each.record.number for each in movable.files)
        return [
            FileMove(each.record.id, movable.source, self.folder / target) for each in movable.files
        ]

    @contextmanager
    def checked(self, file: FileToMove) -> "Iterator[_Movable]":
        """A file that may be moved.

        :raises NotMovable: it may not.
        """
        with ExitStack() as stack:
            if file.keep is not None:
                self._check_kept(file.keep, file.keep_digest)
            source, path, place, opened = self._opened(file.record, file.digest, stack)
            if file.keep is not None:
                _, _, kept, _ = self._opened(file.keep, None, stack)
                if place.identity() == kept.identity():
                    raise NotMovable(f"it is the file of {file.keep.id}, which is kept")
            yield _Movable(self._of_one(file, opened), source, path, place, opened)

    def _of_one(self, file: FileToMove, opened: int) -> list[FileToMove]:
        """What is moved with a file, as it is of the same.

        :raises NotMovable: a record of the file is kept.
        """
        others = self.owners.others(file.record, opened)
        for record in others:
            if record.number not in self.files:
                raise NotMovable(f"it is the file of {record.id}, which is kept")
        return [file, *(self.files[record.number] for record in others)]

    def targets(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        """Names for a file, the best first; none that this run has given."""
        for number in count(1):
            suffix = f" ({number})" if number > 1 else ""
            target = path.with_name(f"{path.stem}{suffix}{path.suffix}")
            if str(target).casefold() not in self.given:
                yield target

    def _check_kept(self, record: Record, digest: bytes) -> None:
        if record.id not in self.kept:
            try:
                with ExitStack() as stack:
                    self._opened(record, digest, stack)
                self.kept[record.id] = ""
            except NotMovable as error:
                self.kept[record.id] = str(error)
        if self.kept[record.id]:
            raise NotMovable(f"of {record.id}, which is to be kept: {self.kept[record.id]}")

    def _opened(
        self, record: Record, digest: bytes | None, stack: ExitStack
    ) -> tuple[Path, PurePosixPath, Place, int]:
        """The file of a record, if it is what was imported.

        :param digest: None where that need not be looked at again.
        """
        source = file_of(record)
        if source is None:
            raise NotMovable("it was not imported from a file of this machine")
        root, path = self.imported.find(str(source))
        place = stack.enter_context(place_below(root, path))
        file = stack.enter_context(place.open())
        size = os.fstat(file).st_size
        if size != record.bytes:
            raise NotMovable(f"the file changed: {size:,} bytes instead of {record.bytes:,}")
        if digest is not None and self._digest(file, size) != digest:
            raise NotMovable("the file changed: its image is not the one that was imported")
        return source, path, place, file

    def _digest(self, file: int, size: int) -> bytes:
        with os.fdopen(os.dup(file), "rb") as opened:
            data = read_bounded(opened, size)
        try:
            return self.collection.decode(data, to_insert=False).digest
        except PhotomillError as error:
            raise NotMovable(f"the file changed: {error}") from None


@frozen
class _Movable:
    """A file that may be moved.

    :ivar files: of each of its records; more than one where it was imported under several names.
    :ivar path: below the imported folder.
    :ivar opened: its descriptor.
    """

    files: Sequence[FileToMove]
    source: Path
    path: PurePosixPath
    place: Place
    opened: int


@define(eq=False)
class _Moving:
    """Moves files, and drops their records some at a time."""

    run: _Run
    undo_file: UndoFile
    undropped: list[str] = field(factory=list)

    def move(self, file: FileToMove) -> list[FileMove]:
        """Move one file.

        :raises NotMovable: it stays.
        """
        run = self.run
        with run.checked(file) as movable:
            for target in run.targets(movable.path):
                with place_below(str(run.folder), target, make=True) as free:
                    if free.status() is not None:
                        continue
                    self._begin(movable, target)
                    try:
                        move_file(movable.place, free, movable.opened)
                    except FileExistsError:
                        continue  # Somebody took the name meanwhile.
                moves = run.moved(movable, target)
                self.undropped += [each.record.id for each in movable.files if not each.dropped]
                if len(self.undropped) >= _BATCH:
                    self.drop()
                return moves
        raise AssertionError("targets never end")

    def _begin(self, movable: _Movable, target: PurePosixPath) -> None:
        source = str(movable.source)
        for each in movable.files:
            record = each.record
            self.undo_file.begin(Moved(record.id, record.number, source, str(target), each.dropped))

    def drop(self) -> None:
        """Drop the records whose files were moved."""
        self.run.collection.drop(self.undropped)
        self.undropped = []


def _each(
    run: _Run,
    move: Callable[[FileToMove], list[FileMove]],
    progress: Callable[[MoveReport], None],
    stop: Callable[[], bool],
) -> None:
    report = run.report
    for number, file in run.files.items():
        if number in run.done:
            continue
        if stop():
            report.stopped = True
            return
        try:
            report.moved += move(file)
        except (NotMovable, Conflict, OSError) as error:
            report.not_moved.append(FileNotMoved(file.record.id, reason_of(error)))
        progress(report)
