"""Moving files into numbered folders: all of them or none."""

import os
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from photomill import Conflict


@frozen
class Move:
    """A file and the name it gets."""

    source: Path
    target: Path


def plan_moves(groups: Sequence[Sequence[str]], folder: Path) -> list[Move]:
    """Give each image a place in the folder of its group; names that come twice are told apart.

    :raises Conflict: a place is taken.
    """
    width = len(str(len(groups)))
    moves = [
        move
        for number, group in enumerate(groups, start=1)
        for move in _into(folder / f"{number:0{width}}", group)
    ]
    taken = [move.target for move in moves if os.path.lexists(move.target)]
    if taken:
        raise Conflict(f"{taken[0]} is there already: nothing was moved")
    return moves


def move_all(moves: Sequence[Move]) -> None:
    """Move files; where one cannot be moved, all are where they were.

    Every file first gets its second name, or a copy on another device, and only then loses its first one: whatever
    happens in between, nothing is lost.

    :raises OSError: a file cannot be moved.
    :raises Conflict: a place was taken meanwhile.
    """
    placed: list[Move] = []
    removed: list[Move] = []
    made: list[Path] = []
    try:
        for move in moves:
            made += _make_folder(move.target.parent)
            _place(move.source, move.target)
            placed.append(move)
        for move in moves:
            move.source.unlink()
            removed.append(move)
    except BaseException as error:
        for move in removed:
            _place(move.target, move.source)
        for move in placed:
            move.target.unlink()
        _remove_folders(made)
        if isinstance(error, FileExistsError):
            raise Conflict(f"{error.filename2 or error.filename} is there already") from None
        raise


def _into(folder: Path, group: Sequence[str]) -> Iterable[Move]:
    given: set[str] = set()
    for image in group:
        source = Path(image)
        name, count = source.name, 1
        # Some file systems take A.JPG and a.jpg for one name.
        while name.casefold() in given:
            count += 1
            name = f"{source.stem} ({count}){source.suffix}"
        given.add(name.casefold())
        yield Move(source, folder / name)


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder, and return which ones were not there, the outermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()][::-1]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _remove_folders(folders: Sequence[Path]) -> None:
    for folder in reversed(folders):
        # Somebody may have put something into it meanwhile.
        with suppress(OSError):
            folder.rmdir()


def _place(source: Path, target: Path) -> None:
    """Give a file another name, never that of a file that is there."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # Another device, or a file system that knows no second names.
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as original, target.open("xb") as copy:
        try:
            shutil.copyfileobj(original, copy)
            copy.flush()
            os.fsync(copy.fileno())
            shutil.copystat(source, target)
        except BaseException:
            target.unlink()
            raise
