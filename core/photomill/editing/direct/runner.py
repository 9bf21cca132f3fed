"""Editing picture after picture, several at a time."""

from collections.abc import Callable, Iterable, Iterator

from attrs import define, field, frozen

from photomill.components import Executor
from photomill.editing.direct.originals import Original
from photomill.editing.direct.targets import Target
from photomill.editing.editing import Editing
from photomill.editing.naming import possible_formats
from photomill.editing.request import EditRequest
from photomill.errors import Conflict, PhotomillError


@frozen
class EditFailure:
    """A picture without a result, and why."""

    shown: str
    error: PhotomillError


@define
class EditReport:
    """What has been done so far.

    :ivar present: pictures whose results had been there before.
    :ivar engines: how often each engine did what: by ``operation (engine)``.
    :ivar stopped: whether it ended before its pictures did.
    """

    edited: int = 0
    present: int = 0
    bytes: int = 0
    failures: list[EditFailure] = field(factory=list)
    engines: dict[str, int] = field(factory=dict)
    notes: dict[str, int] = field(factory=dict)
    stopped: bool = False

    @property
    def seen(self) -> int:
        return self.edited + self.present + len(self.failures)


@frozen
class _Done:
    """:ivar bytes: of the result; None where it had been there."""

    bytes: int | None
    engines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def edit_all(
    editing: Editing,
    executor: Executor,
    originals: Iterable[Original],
    request: EditRequest,
    target: Target,
    *,
    overwrite: bool = False,
    progress: Callable[[EditReport], None] = lambda report: None,
    stop: Callable[[], bool] = lambda: False,
) -> EditReport:
    """Edit pictures whose results are not there yet; one bad picture does not harm the others.

    :param originals: taken only as fast as they are edited.
    :param overwrite: edit also those whose results are there.
    :param progress: told after every picture; the report goes on changing.
    :param stop: asked before every picture; True ends it.
    """
    report = EditReport()
    formats = possible_formats(request)

    def work(original: Original) -> _Done:
        names = {original.name.of(each) for each in formats}
        names = {each for each in names if not target.is_original(original.source, each)}
        if not overwrite and any(map(target.has, names)):
            return _Done(None)
        edited = editing.edit(original.source, request, interactive=False)
        name = original.name.of(edited.output.format)
        if name not in names:
            raise Conflict(f"the result would replace its original, {original.shown}")
        target.write(name, edited.data)
        runs = edited.profiling.operations
        engines = tuple(f"{run.operation} ({run.engine})" for run in runs)
        return _Done(len(edited.data), engines, edited.profiling.notes)

    for outcome in executor.run(work, _until(originals, stop, report)):
        if outcome.error is not None:
            if not isinstance(outcome.error, PhotomillError):
                raise outcome.error
            report.failures.append(EditFailure(outcome.item.shown, outcome.error))
        elif outcome.result is not None:
            _count(report, outcome.result)
        progress(report)
    return report


def _count(report: EditReport, done: _Done) -> None:
    if done.bytes is None:
        report.present += 1
        return
    report.edited += 1
    report.bytes += done.bytes
    for counts, found in ((report.engines, done.engines), (report.notes, done.notes)):
        for each in found:
            counts[each] = counts.get(each, 0) + 1


def _until(
    originals: Iterable[Original], stop: Callable[[], bool], report: EditReport
) -> Iterator[Original]:
    for original in originals:
        if stop():
            report.stopped = True
            return
        yield original
