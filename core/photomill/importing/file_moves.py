"""Moving the files of superfluous and dropped records to a folder, and back."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path, PurePath, PurePosixPath

from attrs import define, field, frozen

from photomill.collections.collection import Collection
from photomill.collections.model import DroppedRecord, DuplicateCluster, Record
from photomill.errors import Conflict, InvalidInput, PhotomillError
from photomill.importing.places import NotMovable, Place, move_file, place_below
from photomill.importing.undo_file import (
    NAMES,
    Moved,
    NothingNoted,
    UndoFile,
    new_undo_file,
    open_undo_file,
)
from photomill.names import unescape_name
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


@frozen
class FileMove:
    """A file that was moved, or would be; both paths are absolute."""

    record: str
    source: Path
    target: Path


@frozen
class FileNotMoved:
    """The file of a record that stays where it is, and why."""

    record: str
    reason: str


@define
class MoveReport:
    """What was done so far.

    :ivar undo_file: None where nothing was moved.
    :ivar finished: how many moves an earlier run had begun, and this one brought to their end.
    :ivar stopped: whether it ended before its files did.
    """

    moved: list[FileMove] = field(factory=list)
    not_moved: list[FileNotMoved] = field(factory=list)
    undo_file: Path | None = None
    finished: int = 0
    stopped: bool = False


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
    imported = _ImportedFolders.of(collection)
    imported.check_target(folder)
    run = _Run(collection, imported, folder)
    if dry_run:
        _each(files, run.report, run.plan, progress, stop)
        return run.report
    folder.mkdir(parents=True, exist_ok=True)
    finished = _finish_earlier(collection, imported, folder)
    run.report.finished = len(finished)
    files = [file for file in files if file.record.number not in finished]
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    with new_undo_file(folder, collection.info.id, stamp) as undo_file:
        moving = _Moving(run, undo_file)
        try:
            _each(files, run.report, moving.move, progress, stop)
        finally:
            moving.drop()
        if undo_file.moves:
            run.report.undo_file = undo_file.path
    return run.report


def undo_moves(collection: Collection, path: Path) -> MoveReport:
    """Move back what a run moved, and restore the records that it dropped; what was undone before is passed by.

    :param path: the undo file; what was moved is below its folder.
    :raises NotFound: there is no such file.
    :raises InvalidInput: it is no undo file, or of another collection.
    :raises Conflict: another process moves these files.
    """
    report = MoveReport(undo_file=path)
    imported = _ImportedFolders.of(collection)
    with open_undo_file(path) as undo_file:
        if undo_file.collection != collection.info.id:
            raise InvalidInput(f"it is of the collection {undo_file.collection}", path="undo")
        folder = path.absolute().parent
        for number, moved in reversed(list(enumerate(undo_file.moves))):
            if number in undo_file.undone:
                continue
            try:
                moved_back = _move_back(moved, folder, imported)
                if moved_back:
                    move = FileMove(moved.record, folder / moved.place, Path(moved.source))
                    report.moved.append(move)
                _restore(collection, moved, report, expected=moved_back)
                undo_file.undo(number)
            except (NotMovable, PhotomillError, OSError) as error:
                report.not_moved.append(FileNotMoved(moved.record, _reason(error)))
        if not undo_file.ended:
            undo_file.end()
    return report


@frozen
class _ImportedFolders:
    """The folders out of which files may be moved.

    :ivar searched: folders that were imported; an import of them again takes in what is below.
    :ivar of_files: folders of files that were imported and named themselves.
    """

    searched: Sequence[str]
    of_files: Sequence[str]

    @classmethod
    def of(cls, collection: Collection) -> "_ImportedFolders":
        searched, of_files = (
            [unescape_name(path) for path in collection.imported_folders(searched=each)]
            for each in (True, False)
        )
        return cls(searched, of_files)

    def find(self, path: str) -> tuple[str, PurePosixPath]:
        """The folder that a file was imported from, the nearest, and the file's path below that.

        :raises NotMovable: there is none.
        """
        pure = PurePath(path)
        found = [each for each in self.searched if PurePath(each) in pure.parents]
        found += [each for each in self.of_files if PurePath(each) == pure.parent]
        if not found:
            raise NotMovable(f"{path} is not below a folder that was imported")
        nearest = max(found, key=len)
        return nearest, PurePosixPath(pure.relative_to(nearest))

    def check_target(self, folder: Path) -> None:
        """Make sure that no import finds files again that are moved to a folder.

        :raises InvalidInput: the next import of a folder would.
        """
        real = Path(os.path.realpath(folder))
        for each in self.searched:
            root = os.path.realpath(each)
            if real.is_relative_to(root) and not any(
                part.startswith(".") for part in real.relative_to(root).parts
            ):
                raise InvalidInput(
                    f"{folder} is below {each}, whose next import would take the files in again; choose another folder, "
                    "or a hidden one",
                    path="move",
                )


# ---------------------------------------------------------------- one file


@frozen(eq=False)
class _Run:
    """What the files of one run are looked at with.

    :ivar kept: why a record's file cannot stand for others; empty where it can.
    :ivar given: targets that were given in this run, without regard to case.
    """

    collection: Collection
    imported: _ImportedFolders
    folder: Path
    report: MoveReport = field(factory=MoveReport)
    kept: dict[str, str] = field(factory=dict)
    given: set[str] = field(factory=set)

    def plan(self, file: FileToMove) -> FileMove:
        """Where a file would be moved; the same as :meth:`checked` and the first free name."""
        with self.checked(file) as (source, path, _, _):
            for target in self.targets(path):
                if not os.path.lexists(self.folder / target):
                    self.given.add(str(target).casefold())
                    return FileMove(file.record.id, source, self.folder / target)
        raise AssertionError("targets never end")

    @contextmanager
    def checked(self, file: FileToMove) -> Iterator[tuple[Path, PurePosixPath, Place, int]]:
        """A file that may be moved: its path, that below its imported folder, its place, and the open file.

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
            yield source, path, place, opened

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
        known = record.attributes.get("_file")
        if not isinstance(known, str):
            raise NotMovable("it was not imported from a file of this machine")
        known = unescape_name(known)
        root, path = self.imported.find(known)
        place = stack.enter_context(place_below(root, path))
        file = stack.enter_context(place.open())
        size = os.fstat(file).st_size
        if size != record.bytes:
            raise NotMovable(f"the file changed: {size:,} bytes instead of {record.bytes:,}")
        if digest is not None and self._digest(file, size) != digest:
            raise NotMovable("the file changed: its image is not the one that was imported")
        return Path(known), path, place, file

    def _digest(self, file: int, size: int) -> bytes:
        with os.fdopen(os.dup(file), "rb") as opened:
            data = read_bounded(opened, size)
        try:
            return self.collection.decode(data).digest
        except PhotomillError as error:
            raise NotMovable(f"the file changed: {error}") from None


@define(eq=False)
class _Moving:
    """Moves files, and drops their records some at a time."""

    run: _Run
    undo_file: UndoFile
    undropped: list[str] = field(factory=list)

    def move(self, file: FileToMove) -> FileMove:
        """Move one file.

        :raises NotMovable: it stays.
        """
        run = self.run
        with run.checked(file) as (source, path, place, opened):
            for target in run.targets(path):
                moved = Moved(
                    file.record.id, file.record.number, str(source), str(target), file.dropped
                )
                with place_below(str(run.folder), target, make=True) as free:
                    if free.status() is not None:
                        continue
                    self.undo_file.begin(moved)
                    try:
                        move_file(place, free, opened)
                    except FileExistsError:
                        continue  # Somebody took the name meanwhile.
                run.given.add(str(target).casefold())
                if not file.dropped:
                    self.undropped.append(file.record.id)
                if len(self.undropped) >= _BATCH:
                    self.drop()
                return FileMove(file.record.id, source, run.folder / target)
        raise AssertionError("targets never end")

    def drop(self) -> None:
        """Drop the records whose files were moved."""
        self.run.collection.drop(self.undropped)
        self.undropped = []


def _each(
    files: Sequence[FileToMove],
    report: MoveReport,
    move: Callable[[FileToMove], FileMove],
    progress: Callable[[MoveReport], None],
    stop: Callable[[], bool],
) -> None:
    for file in files:
        if stop():
            report.stopped = True
            return
        try:
            report.moved.append(move(file))
        except (NotMovable, Conflict, OSError) as error:
            report.not_moved.append(FileNotMoved(file.record.id, _reason(error)))
        progress(report)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or ''}: {error.strerror}".removeprefix(": ")
    return str(error)


# ---------------------------------------------------------------- what was begun before


def _finish_earlier(collection: Collection, imported: _ImportedFolders, folder: Path) -> set[int]:
    """Bring runs to their end that were killed; returns the numbers of the records whose files they had moved."""
    finished: set[int] = set()
    for path in sorted(folder.glob(NAMES)):
        try:
            with open_undo_file(path) as undo_file:
                if not undo_file.ended and undo_file.collection == collection.info.id:
                    finished |= _finish_run(collection, undo_file, imported, folder)
        except NothingNoted:
            continue
    return finished


def _finish_run(
    collection: Collection, undo_file: UndoFile, imported: _ImportedFolders, folder: Path
) -> set[int]:
    done = [
        moved
        for number, moved in enumerate(undo_file.moves)
        if number not in undo_file.undone and _finish(moved, folder, imported)
    ]
    there = collection.get([moved.record for moved in done])
    collection.drop(
        [
            record.id
            for moved, record in zip(done, there, strict=True)
            if record is not None and record.number == moved.number
        ]
    )
    undo_file.end()
    return {moved.number for moved in done}


def _finish(moved: Moved, folder: Path, imported: _ImportedFolders) -> bool:
    """Leave a file in one of its two places; tells whether that is the new one."""
    try:
        root, path = imported.find(moved.source)
        with place_below(root, path) as source, place_below(str(folder), moved.place) as target:
            target.remove_part()
            if target.status() is None:
                return False
            if source.status() is None:
                return True
            with source.open() as file, target.open() as copy:
                if _is_copy(copy, file):
                    target.remove()
            return False
    except NotMovable:
        # A folder of one of the two is gone, or the place is not a file's any more: nothing is to be done there.
        return False


def _is_copy(copy: int, file: int) -> bool:
    """Whether nothing is lost with a file: it is the other one, the same bytes again, or empty."""
    one, other = os.fstat(copy), os.fstat(file)
    if os.path.samestat(one, other) or one.st_size == 0:
        return True
    if one.st_size != other.st_size:
        return False
    with os.fdopen(os.dup(copy), "rb") as first, os.fdopen(os.dup(file), "rb") as second:
        while chunk := first.read(1 << 20):
            if chunk != second.read(1 << 20):
                return False
    return True


def _move_back(moved: Moved, folder: Path, imported: _ImportedFolders) -> bool:
    """Move one file back; False where it had never been moved.

    :raises NotMovable: it cannot be moved back.
    """
    root, path = imported.find(moved.source)
    with (
        place_below(root, path, make=True) as source,
        place_below(str(folder), moved.place) as target,
    ):
        there = source.status()
        if target.status() is None:
            if there is None:
                raise NotMovable(f"there is no {folder / moved.place}")
            return False
        with target.open() as file:
            if there is not None:
                with source.open() as original:
                    if not _is_copy(file, original):
                        raise NotMovable(f"there is another file {moved.source}")
                    target.remove()
                return False
            move_file(target, source, file)
    return True


def _restore(collection: Collection, moved: Moved, report: MoveReport, *, expected: bool) -> None:
    """Restore the record of a file that is where it was.

    :param expected: whether it was dropped with the file; else an undo that was killed may have restored it.
    """
    if moved.dropped:
        return
    (dropped,) = collection.get_dropped([moved.record])
    if dropped is None or dropped.record.number != moved.number:
        if not expected:
            return
        reason = "moved back, but its record was removed for good: import the folder again"
        report.not_moved.append(FileNotMoved(moved.record, reason))
        return
    for skipped in collection.restore([moved.record]).skipped:
        report.not_moved.append(FileNotMoved(moved.record, f"moved back, but {skipped.error}"))
