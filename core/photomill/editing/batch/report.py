"""What came of edits of files."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from attrs import define, field, frozen

from photomill.editing.results import Edited
from photomill.editing.standing import Standing, State


@frozen
class EditFailure:
    """An image without a result, and why."""

    shown: str
    error: str


@define
class EditReport:
    """What has been done so far.

    :ivar redone: of those edited: why what was there was made again, and how often.
    :ivar present: images whose results had been there before.
    :ivar foreign: images whose results would have replaced something that was not made here, and why.
    :ivar left_out: what a folder of a storage holds and what is no image.
    :ivar engines: how often each engine did what: by ``operation (engine)``.
    :ivar stopped: whether it ended before its images did.
    """

    edited: int = 0
    redone: dict[str, int] = field(factory=dict)
    present: int = 0
    foreign: list[tuple[str, str]] = field(factory=list)
    left_out: list[str] = field(factory=list)
    bytes: int = 0
    failures: list[EditFailure] = field(factory=list)
    engines: dict[str, int] = field(factory=dict)
    notes: dict[str, int] = field(factory=dict)
    stopped: bool = False

    @property
    def seen(self) -> int:
        left = len(self.foreign) + len(self.left_out)
        return self.edited + self.present + left + len(self.failures)

    def add_edited(self, edited: Edited, replaced: Standing | None = None) -> None:
        """Count an image that was edited.

        :param replaced: what stood where the result is.
        """
        self.edited += 1
        self.bytes += len(edited.data)
        profiling = edited.profiling
        if replaced is not None and replaced.state is State.STALE:
            _count(self.redone, [replaced.reason])
        _count(self.engines, [f"{run.operation} ({run.engine})" for run in profiling.operations])
        _count(self.notes, profiling.notes)

    def add(self, done: Mapping[str, Any]) -> None:
        """Add what a unit did: its :meth:`document`."""
        for name in ("edited", "present", "bytes"):
            setattr(self, name, getattr(self, name) + done[name])
        for name in ("redone", "engines", "notes"):
            counts = getattr(self, name)
            for each, count in done[name].items():
                counts[each] = counts.get(each, 0) + count
        self.foreign.extend((shown, reason) for shown, reason in done["foreign"])
        self.left_out.extend(done["left_out"])
        self.failures.extend(EditFailure(**each) for each in done["failures"])

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return attrs.asdict(self)


def _count(counts: dict[str, int], found: Iterable[str]) -> None:
    for each in found:
        counts[each] = counts.get(each, 0) + 1
