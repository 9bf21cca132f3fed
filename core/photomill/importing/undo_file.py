"""The undo file: what was moved where, written before each move so that a kill leaves nothing unknown."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal

from attrs import define, field, frozen

from photomill.config.structure import structure
from photomill.errors import ConfigError, Conflict, InvalidInput, NotFound, Problem

_KIND = "photomill moved files"
NAMES = "moved-*.jsonl"
_LONGEST_HEAD = 4096
"""Bytes of the first line: any file may be given, however large."""


class NothingNoted(InvalidInput):
    """A file without a whole line: no undo file, or one of a run that was killed before it noted a move."""


@frozen
class Moved:
    """A move that was begun.

    :ivar record: the record's id.
    :ivar number: the record's number.
    :ivar source: where the file was; absolute.
    :ivar target: where it is, below the folder of the undo file.
    :ivar dropped: whether the record was dropped before.
    """

    record: str
    number: int
    source: str
    target: str
    dropped: bool = False

    @property
    def place(self) -> PurePosixPath:
        """``target`` as a path."""
        return PurePosixPath(self.target)


@define
class UndoFile:
    """An undo file that only this process writes to.

    :ivar moves: every move that was begun, by its number.
    :ivar undone: the numbers of those that were undone.
    :ivar ended: whether the run that wrote it came to its end.
    """

    path: Path
    collection: str
    file: BinaryIO
    moves: list[Moved] = field(factory=list)
    undone: set[int] = field(factory=set)
    ended: bool = False

    def begin(self, move: Moved) -> None:
        """Note a move that is about to be made; it is on disk when this returns."""
        self.moves.append(move)
        self._write(
            {
                "record": move.record,
                "number": move.number,
                "source": move.source,
                "target": move.target,
                "dropped": move.dropped,
            }
        )

    def undo(self, number: int) -> None:
        """Note that a move was undone."""
        self.undone.add(number)
        self._write({"undone": number})

    def end(self) -> None:
        """Note that the run came to its end, or was brought to one."""
        self.ended = True
        self._write({"end": True})

    def _write(self, entry: dict[str, Any]) -> None:
        self.file.write(json.dumps(entry).encode() + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())


@contextmanager
def new_undo_file(folder: Path, collection: str, stamp: str) -> Iterator[UndoFile]:
    """Make an undo file in a folder; one that nothing was noted in is removed again.

    :param stamp: a time, for its name.
    """
    number, path = 1, folder / f"moved-{stamp}.jsonl"
    while True:
        try:
            file = path.open("xb")
            break
        except FileExistsError:
            number += 1
            path = folder / f"moved-{stamp}-{number}.jsonl"
    with file:
        _lock(file, path)
        made = UndoFile(path, collection, file)
        made._write({"kind": _KIND, "version": 1, "collection": collection})
        yield made
        if made.moves:
            made.end()
        else:
            path.unlink()


def undo_collection(path: Path) -> str:
    """The id of the collection that an undo file is of.

    :raises NotFound: there is no such file.
    :raises InvalidInput: it is no undo file.
    """
    with _opened(path, "rb") as file:
        return _read_head(path, file)


def _opened(path: Path, mode: Literal["rb", "r+b"]) -> BinaryIO:
    try:
        return path.open(mode)
    except FileNotFoundError:
        raise NotFound(f"no file {str(path)!r}") from None


@contextmanager
def open_undo_file(path: Path) -> Iterator[UndoFile]:
    """Open an undo file.

    :raises NotFound: there is none.
    :raises Conflict: another process is writing to it.
    :raises InvalidInput: it is another kind of file.
    """
    with _opened(path, "r+b") as file:
        _lock(file, path)
        yield _read(path, file)


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Conflict(f"{path}: another process is moving these files") from None


def _read(path: Path, file: BinaryIO) -> UndoFile:
    found = UndoFile(path, _read_head(path, file), file)
    lines = file.read().split(b"\n")
    rest = lines.pop()
    for number, line in enumerate(lines, 2):
        try:
            _add(found, _parsed(line))
        except ConfigError as error:
            raise _no_undo_file(path, f"line {number}: {error}") from None
    # A kill may have cut the last line off: what it was to say had not begun. Only an undo file is written to.
    if rest:
        file.truncate(file.tell() - len(rest))
    file.seek(0, os.SEEK_END)
    return found


def _read_head(path: Path, file: BinaryIO) -> str:
    """The collection that the first line names.

    :raises InvalidInput: it is not that of an undo file.
    """
    line = file.readline(_LONGEST_HEAD)
    if not line.endswith(b"\n") and len(line) < _LONGEST_HEAD:
        raise NothingNoted(f"{path} is no undo file: no whole line is in it", path="undo")
    try:
        head = _parsed(line)
    except ConfigError:
        head = {}
    if head.get("kind") != _KIND:
        raise _no_undo_file(path, f"its first line does not say {_KIND!r}")
    if head.get("version") != 1:
        raise _no_undo_file(path, f"expected version 1, got {json.dumps(head.get('version'))}")
    if not isinstance(head.get("collection"), str):
        raise _no_undo_file(path, "its first line names no collection")
    return str(head["collection"])


def _add(found: UndoFile, entry: dict[str, Any]) -> None:
    """Note what a line says.

    :raises ConfigError: it is none of an undo file.
    """
    if "undone" in entry:
        found.undone.add(structure(entry["undone"], int, "undone"))
    elif "end" in entry:
        found.ended = True
    else:
        found.moves.append(structure(entry, Moved))


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise ConfigError([Problem("", "it is not JSON")]) from None
    if not isinstance(entry, dict):
        raise ConfigError([Problem("", "expected an object")])
    return entry


def _no_undo_file(path: Path, reason: str) -> InvalidInput:
    return InvalidInput(f"{path} is no undo file: {reason}", path="undo")
