"""What became of files that were to be moved."""

from pathlib import Path

from attrs import define, field, frozen


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
    :ivar not_restored: of files that were moved back, why their records are not, by their ids.
    """

    moved: list[FileMove] = field(factory=list)
    not_moved: list[FileNotMoved] = field(factory=list)
    undo_file: Path | None = None
    finished: int = 0
    stopped: bool = False
    not_restored: dict[str, str] = field(factory=dict)


def reason_of(error: Exception) -> str:
    """Why a file stays where it is."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or ''}: {error.strerror}".removeprefix(": ")
    return str(error)
