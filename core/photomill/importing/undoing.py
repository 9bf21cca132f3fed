"""Bringing moves of files to their end that were broken off, and moving files back."""

import os
from pathlib import Path

from photomill.collections.collection import Collection
from photomill.errors import InvalidInput, PhotomillError
from photomill.importing.imported_folders import ImportedFolders
from photomill.importing.move_report import FileMove, FileNotMoved, MoveReport, reason_of
from photomill.importing.places import NotMovable, move_file, place_below
from photomill.importing.undo_file import NAMES, Moved, NothingNoted, UndoFile, open_undo_file


def undo_moves(collection: Collection, path: Path) -> MoveReport:
    """Move back what a run moved, and restore the records that it dropped; what was undone before is passed by.

    :param path: the undo file; what was moved is below its folder.
    :raises NotFound: there is no such file.
    :raises InvalidInput: it is no undo file, or of another collection.
    :raises Conflict: another process moves these files.
    """
    report = MoveReport(undo_file=path)
    imported = ImportedFolders.of(collection)
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
                report.not_moved.append(FileNotMoved(moved.record, reason_of(error)))
        if not undo_file.ended:
            undo_file.end()
    return report


def _move_back(moved: Moved, folder: Path, imported: ImportedFolders) -> bool:
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
        report.not_restored[moved.record] = reason
        return
    for skipped in collection.restore([moved.record]).skipped:
        report.not_restored[moved.record] = f"moved back, but {skipped.error}"


def finish_earlier(collection: Collection, imported: ImportedFolders, folder: Path) -> set[int]:
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
    collection: Collection, undo_file: UndoFile, imported: ImportedFolders, folder: Path
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


def _finish(moved: Moved, folder: Path, imported: ImportedFolders) -> bool:
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
