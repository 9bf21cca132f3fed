"""One edit, from the bytes of a file to the bytes of another."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from attrs import asdict, evolve, field, frozen

from photomill.components import Decoder, EditContext
from photomill.components.editor import RankRegions
from photomill.components.toolbox import Toolbox, Tools
from photomill.config.settings import EditingSettings, ImageSettings
from photomill.config.structure import structure
from photomill.editing import losses
from photomill.editing.choice import Choice, choose, serving
from photomill.editing.geometry import Placement, Size, place
from photomill.editing.metadata import kept
from photomill.editing.output import Automatic
from photomill.editing.request import EditRequest
from photomill.editing.results import (
    Edited,
    OperationRun,
    PictureFacts,
    Planned,
    PlannedStep,
    Profiling,
    plain,
)
from photomill.editing.steps import Content, Step, steps_before_placing, steps_of_placing
from photomill.errors import ConfigError, ImageUnreadable, InvalidInput, PhotomillError
from photomill.images.complaints import DAMAGED
from photomill.images.formats import sniff
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.images.structure import checked
from photomill.images.truncation import suspicious

T = TypeVar("T")

_MARGIN = {"precise": 2, "fast": 1}
"""How many times its final size a picture keeps while it is shrunk on load."""

_SHALLOW = 8
"""Bits a channel."""
_KEPT_IN_PLANS = frozenset({"resizing"})
"""What a plan carries out, since choices after it look at its result; evaluated lazily, it costs next to nothing."""
_OF_UNKNOWN_SIZE = frozenset({"privacy.identity_crop"})
"""What cuts where something is found."""


@frozen
class EditJob:
    """What is to be edited, and how.

    :ivar data: the file.
    :ivar format: sniffed.
    :ivar reference: the file of the picture whose style is wanted, and its format.
    """

    data: bytes = field(repr=False)
    format: str
    request: EditRequest
    interactive: bool = True
    reference: bytes = field(default=b"", repr=False)
    reference_format: str = ""


class Pipeline:
    """Carries edits out. One thread at a time."""

    def __init__(self, toolbox: Toolbox, images: ImageSettings, editing: EditingSettings) -> None:
        self._toolbox = toolbox
        self._limits = evolve(images, max_pixels=editing.max_pixels)
        self._settings = editing

    def run(
        self,
        job: EditJob,
        *,
        admit: Callable[[int], None] = lambda pixels: None,
        rank_regions: RankRegions | None = None,
    ) -> Edited:
        """Edit one picture.

        :param admit: called once with the number of pixels that will be held, before they are; returns when they may.
        :raises ImageError: the file is no picture that is taken.
        :raises InvalidInput: the request does not fit the picture.
        :raises PluginUnavailable: nothing here does an operation that it needs.
        """
        return _Run(self._toolbox, self._limits, self._settings, job, admit, rank_regions).edited()

    def plan(self, job: EditJob, *, admit: Callable[[int], None] = lambda pixels: None) -> Planned:
        """Tell what :meth:`run` would do, by which engines; nothing is edited but what a choice depends on.

        :raises PhotomillError: what :meth:`run` raises before it edits.
        """
        return _Run(self._toolbox, self._limits, self._settings, job, admit, None).planned()


class _Run:
    """One edit under way."""

    def __init__(
        self,
        toolbox: Toolbox,
        limits: ImageSettings,
        settings: EditingSettings,
        job: EditJob,
        admit: Callable[[int], None],
        rank_regions: RankRegions | None,
    ) -> None:
        self._toolbox = toolbox
        self._limits = limits
        self._settings = settings
        self._job = job
        self._request = job.request
        self._admit = admit
        self._rank_regions = rank_regions
        self._runs: list[OperationRun] = []
        self._planning = False
        self._decoder = toolbox.decoder(job.format)
        self._told: tuple[str, ...] = ()
        self._admitted = False
        self._read: dict[str, Any] | None = None

    def edited(self) -> Edited:
        return self._of_what_is_there(self._edited)

    def planned(self) -> Planned:
        self._planning = True
        return self._of_what_is_there(self._planned)

    def _of_what_is_there(self, work: Callable[[], T]) -> T:
        """Work on the picture, or of a truncated one on what there is."""
        data, format = self._job.data, self._job.format
        failure: ImageUnreadable | None = None
        if not suspicious(data, format):
            try:
                return work()
            except ImageUnreadable as error:
                failure = error
        left = self._decoder.remaining(data, format, self._limits)
        if left is None:
            return self._by_another(work, failure or ImageUnreadable(DAMAGED))
        self._job = evolve(self._job, data=left.data)
        self._decoder = self._decoder.tolerant()
        self._told = (left.note,) if left.note else ()
        self._runs.clear()
        return work()

    def _by_another(self, work: Callable[[], T], failure: ImageUnreadable) -> T:
        """Ask the other decoders: each library reads kinds of a format that the next one does not."""
        for decoder in self._toolbox.decoders(self._job.format):
            if decoder is self._decoder:
                continue
            first, self._decoder = self._decoder, decoder
            self._runs.clear()
            try:
                return work()
            except ImageUnreadable:
                self._decoder = first
        raise failure

    def _edited(self) -> Edited:
        try:
            raster, origin, context, _ = self._worked_on(self._apply)
            data = self._encode(raster, context)
        except PhotomillError as error:
            error.picture = self._read
            raise
        return Edited(
            data=data,
            input=PictureFacts(origin.format, origin.width, origin.height),
            output=PictureFacts(sniff(data) or "", raster.width, raster.height),
            profiling=Profiling(tuple(self._runs), tuple(context.notes)),
        )

    def _planned(self) -> Planned:
        steps: list[PlannedStep] = []

        def plan(step: Step, raster: Raster, context: EditContext) -> Raster:
            choice = self._choose(step, raster, context)
            steps.append(PlannedStep(step.operation, choice.engine, plain(step.parameters)))
            if step.operation in _KEPT_IN_PLANS:
                return choice.editor.apply(raster, step.parameters, context)
            return raster

        _, origin, context, placement = self._worked_on(plan)
        if any(step.operation in _OF_UNKNOWN_SIZE for step in steps) or self._clips:
            context.notes.append("the size of the result depends on what is found in the picture")
        return Planned(
            input=PictureFacts(origin.format, origin.width, origin.height),
            output=PictureFacts(_format(self._request), *placement.size),
            steps=tuple(steps),
            notes=tuple(context.notes),
        )

    def _worked_on(
        self, apply: Callable[[Step, Raster, EditContext], Raster]
    ) -> tuple[Raster, Origin, EditContext, Placement]:
        """Take the picture through the steps: all but the encoding."""
        extensions = extension_steps(self._request, self._toolbox.tools)
        reference = self._reference()
        before = steps_before_placing(self._request, reference, extensions)
        raster, origin = self._load(self._decoder, self._job.data, self._job.format, None)
        source = origin.width, origin.height
        self._read = asdict(PictureFacts(origin.format, *source))
        transparent = raster.has_alpha
        expected = self._place(source, source)
        shrunk = self._shrunk(before, extensions, expected, source)
        if shrunk is not None and raster.native is not None:
            raster, origin = self._load(self._decoder, self._job.data, self._job.format, shrunk)
        held = raster.width * raster.height + expected.size[0] * expected.size[1]
        self._admit_once(held * raster.depth // _SHALLOW)
        context = EditContext(
            origin,
            self._job.interactive,
            self._request.speed,
            self._rank_regions,
            notes=list(self._told),
        )
        context.notes.extend((*origin.notes, *losses.notes_on_frames(origin)))
        decoded = raster.width, raster.height
        for step in before:
            raster = apply(step, raster, context)
        # Only what cuts changes the size here; a picture that was shrunk on load is not cut.
        size = (raster.width, raster.height)
        cut_out = self._planning and self._request.background.remove is not None
        has_alpha = raster.has_alpha or cut_out
        content = Content(source if size == decoded else size, has_alpha, transparent)
        placement = self._place(content.size, source)
        if not self._planning:
            context.notes.extend(
                losses.note_on_transparency(self._request, raster, original=transparent)
            )
        for step in steps_of_placing(self._request, placement, content, extensions):
            raster = apply(step, raster, context)
        return raster, origin, context, placement

    @property
    def _clips(self) -> bool:
        removal = self._request.background.remove
        return removal is not None and removal.clipping

    def _reference(self) -> Raster | None:
        if not self._job.reference:
            return None
        data, format = self._job.reference, self._job.reference_format
        decoder = self._toolbox.decoder(format)
        try:
            return Raster.from_pixels(self._load(decoder, data, format, None)[0].pixels)
        except ImageUnreadable as failure:
            left = decoder.remaining(data, format, self._limits)
            if left is not None:
                return self._load(decoder.tolerant(), left.data, format, None)[0]
            for other in self._toolbox.decoders(format):
                with suppress(ImageUnreadable):
                    return Raster.from_pixels(self._load(other, data, format, None)[0].pixels)
            raise failure

    def _load(
        self, decoder: Decoder, data: bytes, format: str, size: Size | None
    ) -> tuple[Raster, Origin]:
        return decoder.load(checked(data, format, self._limits), format, size, self._limits)

    def _admit_once(self, pixels: int) -> None:
        """Ask for room, unless a first try that met a truncated file has it already."""
        if not self._admitted:
            self._admit(pixels)
            self._admitted = True

    def _place(self, content: Size, source: Size) -> Placement:
        placement = place(
            content,
            source,
            self._request.resizing,
            self._request.padding,
            missing_side=self._settings.crop_missing_side,
        )
        # What is cut away on the way there is nobody's wish, and neither is a size that is left as it is.
        if placement.size not in (content, source):
            self._check(placement.size, "operations.resizing")
        return placement

    def _check(self, size: Size, path: str) -> None:
        side, pixels = self._settings.max_side, self._settings.max_pixels
        width, height = size
        if max(size) > side:
            raise InvalidInput(
                f"{width} x {height} pixels are asked for; a side may have {side} at most",
                path=path,
            )
        if width * height > pixels:
            raise InvalidInput(
                f"{width} x {height} pixels are asked for; {pixels} are the most", path=path
            )

    def _shrunk(
        self, before: Sequence[Step], extensions: Sequence[Step], placement: Placement, source: Size
    ) -> Size | None:
        """The least size that the picture may be decoded at; None where every pixel is needed."""
        if placement.piece is not None:
            return None
        margin = _MARGIN[self._request.speed]
        width, height = (margin * side for side in placement.scaled)
        if width >= source[0] or height >= source[1]:
            return None
        if not all(self._works_at_any_size(step) for step in (*before, *extensions)):
            return None
        return width, height

    def _works_at_any_size(self, step: Step) -> bool:
        serve = serving(self._toolbox.candidates(step.operation), step.parameters)
        return all(each.editor.at_any_size for each in serve if not each.reason)

    def _choose(self, step: Step, raster: Raster, context: EditContext) -> Choice:
        choice = choose(self._toolbox.candidates(step.operation), step, raster, context)
        context.notes.extend(choice.notes)
        return choice

    def _apply(self, step: Step, raster: Raster, context: EditContext) -> Raster:
        before = losses.Fidelity.of(raster)
        choice = self._choose(step, raster, context)
        started = time.perf_counter()
        result = choice.editor.apply(raster, step.parameters, context)
        context.notes.extend(
            losses.note_on_operation(before, result, choice.engine, self._request.output)
        )
        if step.operation in self._request.extensions and (
            result.width > raster.width or result.height > raster.height
        ):
            self._check((result.width, result.height), f"operations.extensions.{step.operation}")
        self._note(step.operation, choice.engine, started)
        return result

    def _encode(self, raster: Raster, context: EditContext) -> bytes:
        encoder = self._toolbox.encoder(_format(self._request))
        output = self._request.output
        started = time.perf_counter()
        if raster.has_alpha and not output.is_lossless:
            # Lossy compression mixes what is hidden into the pixels beside it.
            raster = raster.visible()
        context.notes.extend(losses.notes_on_depth(context.origin, raster, output, encoder))
        origin = kept(self._seen(context.origin, raster), output, (raster.width, raster.height))
        data = encoder.encode(raster, output, evolve(context, origin=origin))
        context.notes.extend(losses.notes_on_left_out(context.origin, origin, output))
        context.notes.extend(losses.notes_on_metadata(origin, output, sniff(data) or ""))
        self._note("encode", encoder.name, started)
        return data

    def _seen(self, origin: Origin, raster: Raster) -> Origin:
        """The original, for the encoder.

        A grey one of 16 bits whose tones were adjusted, or found out from other numbers, is colour from here on: many
        programs clip grey of 16 bits when they show it.
        """
        adjusted = any(run.operation.startswith("adjustments.") for run in self._runs)
        made = adjusted or bool(origin.notes)
        if made and raster.depth > _SHALLOW and origin.colour_space == "GREY":
            return evolve(origin, colour_space="RGB")
        return origin

    def _note(self, operation: str, engine: str, started: float) -> None:
        self._runs.append(OperationRun(operation, engine, time.perf_counter() - started))


def _format(request: EditRequest) -> str:
    """What the result is encoded as; empty where the encoder chooses."""
    wanted = request.output.format
    return "" if isinstance(wanted, Automatic) else type(wanted).__name__.lower()


def extension_steps(request: EditRequest, tools: Tools) -> list[Step]:
    """The steps that a request names by their operations.

    :raises InvalidInput: no such operation, or parameters that it does not have.
    """
    return [
        _extension(tools, operation, parameters)
        for operation, parameters in request.extensions.items()
    ]


def _extension(tools: Tools, operation: str, parameters: Any) -> Step:
    kind = tools.operations().get(operation)
    path = f"operations.extensions.{operation}"
    if kind is None:
        raise InvalidInput("no plugin offers this operation", path=path)
    try:
        structured: Any = structure(dict(parameters), kind.Parameters, path)
    except ConfigError as error:
        first = error.problems[0]
        raise InvalidInput(first.message, path=first.path) from None
    return Step(operation, kind.stage, structured)
