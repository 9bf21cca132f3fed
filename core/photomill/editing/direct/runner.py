"""Editing image after image, several at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing

from attrs import define, field, frozen

from photomill.editing.direct.originals import Original, digest_stamp
from photomill.editing.direct.records import Record
from photomill.editing.direct.standing import Standing, State, standing
from photomill.editing.direct.targets import Target
from photomill.editing.editing import Editing
from photomill.editing.naming import possible_formats
from photomill.editing.request import EditRequest
from photomill.editing.results import Edited, Planned
from photomill.errors import InvalidInput, PhotomillError, UnsupportedFormat
from photomill.parallel import Parallel
from photomill.sources.source import BytesSource, Source


@frozen
class DirectEdit:
    """One edit of many originals, into one target.

    :ivar digest: what is asked for: see ``records.edit_digest``.
    :ivar overwrite: edit also what is there already, and what was not made here.
    """

    editing: Editing
    threads: int
    request: EditRequest
    digest: str
    target: Target
    overwrite: bool = False

    def check(self, originals: Sequence[Original]) -> None:
        """Make sure, before anything starts, that the edit can be done.

        :raises InvalidInput, Unsupported: an operation is not there, nothing can be written, or a result would replace
            an original.
        """
        self.editing.check(self.request)
        self.target.check()
        places = {original.place: original for original in originals if original.place}
        for original in originals:
            for name in self.names(original):
                replaced = places.get(self.target.place(name))
                if replaced is not None:
                    raise InvalidInput(
                        f"the result of {original.shown} would replace the original "
                        f"{replaced.shown}: choose another folder or format",
                        path="--output",
                    )

    def names(self, original: Original) -> list[str]:
        """What the result of an original may be called."""
        return [original.name.of(format) for format in possible_formats(self.request)]

    def standing(self, original: Original, stamp: str) -> Standing:
        """What stands where the result goes.

        :raises StorageError: nobody knows.
        """
        for name in self.names(original):
            found = standing(self.target, name, self.digest, stamp)
            if found.state is not State.NEW:
                return found
        return Standing(State.NEW)

    def identify(self, original: Original) -> tuple[Source, str]:
        """The source and the stamp of an original; read here where nothing else tells.

        :raises SourceError: it cannot be read.
        """
        stamp = original.stamp()
        if stamp:
            return original.source, stamp
        data = self.editing.read(original.source)
        return BytesSource(data), digest_stamp(data)


@frozen
class EditFailure:
    """An image without a result, and why."""

    shown: str
    error: PhotomillError


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


@frozen
class PlannedEdit:
    """What would become of an original; ``planned`` is None where nothing would be done."""

    original: Original
    standing: Standing
    planned: Planned | None = None
    error: PhotomillError | None = None


@frozen
class _Done:
    """:ivar edited: None where what was there was left alone."""

    standing: Standing
    edited: Edited | None = None


def edit_all(
    edit: DirectEdit,
    originals: Iterable[Original],
    *,
    progress: Callable[[EditReport], None] = lambda report: None,
    stop: Callable[[], bool] = lambda: False,
) -> EditReport:
    """Edit images whose results are not there yet; one bad image does not harm the others.

    A result that was made by other operations, or of an original that has changed since, is made again. What was not
    made here is left alone.

    :param originals: taken only as fast as they are edited.
    :param progress: told after every image; the report goes on changing.
    :param stop: asked before every image; True ends it.
    """
    report = EditReport()

    def work(original: Original) -> _Done:
        source, stamp = edit.identify(original)
        found = edit.standing(original, stamp)
        if not edit.overwrite and found.state in (State.CURRENT, State.FOREIGN):
            return _Done(found)
        edited = edit.editing.edit(source, edit.request, interactive=False)
        name = original.name.of(edited.output.format)
        edit.target.records.add(name, Record(edit.digest, stamp, len(edited.data)))
        edit.target.write(name, edited.data)
        return _Done(found, edited)

    with closing(Parallel(edit.threads, "photomill-edit")) as parallel:
        for outcome in parallel.run(work, _until(originals, stop, report)):
            if outcome.error is not None:
                if not isinstance(outcome.error, PhotomillError):
                    raise outcome.error
                if isinstance(outcome.error, UnsupportedFormat) and not outcome.item.certain:
                    report.left_out.append(outcome.item.shown)
                else:
                    report.failures.append(EditFailure(outcome.item.shown, outcome.error))
            elif outcome.result is not None:
                _count(report, outcome.item, outcome.result)
            progress(report)
    return report


def plan_all(edit: DirectEdit, originals: Iterable[Original]) -> Iterator[PlannedEdit]:
    """Tell what :func:`edit_all` would do with each image, in any order, and do nothing."""

    def work(original: Original) -> PlannedEdit:
        source, stamp = edit.identify(original)
        found = edit.standing(original, stamp)
        if not edit.overwrite and found.state in (State.CURRENT, State.FOREIGN):
            return PlannedEdit(original, found)
        planned = edit.editing.plan(source, edit.request, interactive=False)
        return PlannedEdit(original, found, planned)

    edit.editing.check(edit.request)
    with closing(Parallel(edit.threads, "photomill-edit")) as parallel:
        for outcome in parallel.run(work, originals):
            if outcome.result is not None:
                yield outcome.result
            elif isinstance(outcome.error, UnsupportedFormat) and not outcome.item.certain:
                continue
            elif isinstance(outcome.error, PhotomillError):
                yield PlannedEdit(outcome.item, Standing(State.NEW), error=outcome.error)
            elif outcome.error is not None:
                raise outcome.error


def _count(report: EditReport, original: Original, done: _Done) -> None:
    if done.edited is None:
        if done.standing.state is State.FOREIGN:
            report.foreign.append((original.shown, done.standing.reason))
        else:
            report.present += 1
        return
    report.edited += 1
    report.bytes += len(done.edited.data)
    profiling = done.edited.profiling
    if done.standing.state is State.STALE:
        _add(report.redone, [done.standing.reason])
    _add(report.engines, [f"{run.operation} ({run.engine})" for run in profiling.operations])
    _add(report.notes, profiling.notes)


def _add(counts: dict[str, int], found: Iterable[str]) -> None:
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
