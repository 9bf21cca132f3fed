"""One request under way, from an image to the bytes of a file."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from attrs import evolve, field, frozen

from photomill.components import Decoder, EditContext
from photomill.components.editor import RankRegions
from photomill.components.output import Automatic
from photomill.components.toolbox import Toolbox, Tools
from photomill.config.settings import EditingSettings, ImageSettings
from photomill.config.structure import structure
from photomill.editing import losses
from photomill.editing.choice import choose, serving
from photomill.editing.geometry import Placement, Size, place
from photomill.editing.metadata import kept
from photomill.editing.request import EditRequest
from photomill.editing.results import (
    Edited,
    ImageFacts,
    OperationRun,
    Planned,
    PlannedStep,
    Profiling,
    plain,
)
from photomill.editing.steps import Content, Step, steps_before_placing, steps_of_placing
from photomill.errors import ConfigError, ImageUnreadable, InvalidInput, PhotomillError
from photomill.images.formats import sniff
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.images.structure import checked

_MARGIN = {"precise": 2, "fast": 1}
"""How many times its final size an image keeps while it is shrunk on load."""

_SHALLOW = 8
"""Bits a channel."""
_KEPT_IN_PLANS = frozenset({"resizing"})
"""What a plan carries out, since choices after it look at its result; evaluated lazily, it costs next to nothing."""
_OF_UNKNOWN_SIZE = frozenset({"privacy.identity_crop", "background.product"})
"""What cuts where something is found."""


@frozen
class EditJob:
    """What is to be edited, and how.

    :ivar data: the file.
    :ivar format: sniffed.
    :ivar reference: the file of the image whose style is wanted, and its format.
    """

    data: bytes = field(repr=False)
    format: str
    request: EditRequest
    interactive: bool = True
    reference: bytes = field(default=b"", repr=False)
    reference_format: str = ""


@frozen
class Kit:
    """What edits are done with."""

    toolbox: Toolbox
    limits: ImageSettings
    settings: EditingSettings
    rank_regions: RankRegions | None
    planning: bool
    references: dict[bytes, Raster] = field(factory=dict)

    def reference(self, job: EditJob) -> Raster | None:
        """The image whose style is wanted, decoded once for all who want it; None where none is."""
        data = job.reference
        if data and data not in self.references:
            self.references[data] = self._load_reference(data, job.reference_format)
        return self.references[data] if data else None

    def _load_reference(self, data: bytes, format: str) -> Raster:
        decoder = self.toolbox.decoder(format)
        try:
            return self._loaded_reference(decoder, data, format)
        except ImageUnreadable as failure:
            left = decoder.remaining(data, format, self.limits)
            if left is not None:
                data = checked(left.data, format, self.limits)
                return self.load(decoder.tolerant(), data, format, None)[0]
            for other in self.toolbox.decoders(format):
                with suppress(ImageUnreadable):
                    return self._loaded_reference(other, data, format)
            raise failure

    def _loaded_reference(self, decoder: Decoder, data: bytes, format: str) -> Raster:
        raster, _ = self.load(decoder, checked(data, format, self.limits), format, None)
        return Raster.from_pixels(raster.pixels)

    def load(
        self, decoder: Decoder, data: bytes, format: str, size: Size | None
    ) -> tuple[Raster, Origin]:
        """Load a file that was checked."""
        return decoder.load(data, format, size, self.limits)


@frozen
class Done:
    """What a step made, for all edits that wanted it.

    :ivar before: how much of the original was still there.
    :ivar has_grown: whether the image is larger than it was.
    """

    raster: Raster
    before: losses.Fidelity
    engine: str
    seconds: float
    notes: tuple[str, ...]
    has_grown: bool


class Edit:
    """One request under way."""

    def __init__(self, kit: Kit, job: EditJob) -> None:
        self._kit = kit
        self._job = job
        self._request = job.request
        self.outcome: Edited | Exception | None = None
        self.next_step: Step | None = None
        self.shrunk: Size | None = None

    def begin(self, told: Sequence[str]) -> bool:
        """Forget what an earlier try did; False where the request cannot be done at all.

        :param told: notes on the file.
        """
        self.outcome = None
        self._told = told
        self._read: dict[str, Any] | None = None
        self._runs: list[OperationRun] = []
        self._planned: list[PlannedStep] = []
        try:
            self._prepare()
        except Exception as error:
            # Where the image of a style is damaged, this edit alone fails.
            self.outcome = error
        return self.outcome is None

    def _prepare(self) -> None:
        self._extensions = extension_steps(self._request, self._kit.toolbox.tools)
        reference = self._kit.reference(self._job)
        self._before = steps_before_placing(self._request, reference, self._extensions)

    def tries(self, work: Callable[..., None], *args: Any) -> bool:
        """Whether work goes well; the error that it raises is what comes of the edit.

        :raises ImageUnreadable: the file is damaged, which concerns all edits.
        """
        if self.outcome is not None:
            return False
        try:
            work(*args)
        except Exception as error:
            self.fail(error)
            return False
        return True

    def fail(self, error: Exception) -> None:
        if isinstance(error, PhotomillError) and not self._kit.planning:
            error.picture = self._read
        if isinstance(error, ImageUnreadable):
            raise error
        self.outcome = error

    def be_measured(self, raster: Raster, origin: Origin) -> None:
        """Find out how large the result will be, and how small the image may be decoded."""
        self._source = origin.width, origin.height
        self._read = ImageFacts(origin.format, *self._source).document()
        self._is_transparent = raster.has_alpha
        self._expected = self._place(self._source)
        self.shrunk = self._shrunk()

    @property
    def expected_pixels(self) -> int:
        return self._expected.size[0] * self._expected.size[1]

    def start(self, raster: Raster, origin: Origin) -> None:
        self._context = EditContext(
            origin,
            self._job.interactive,
            self._request.speed,
            self._kit.rank_regions,
            notes=[*self._told, *losses.notes_on_original(origin)],
        )
        self._decoded = raster.width, raster.height
        self._left = list(self._before)
        self._placement: Placement | None = None

    def works_as(self, other: "Edit") -> bool:
        """Whether a step does the same for both."""
        return self._request.speed == other._request.speed

    def look(self, raster: Raster) -> None:
        """Find out what is to be done next."""
        if not self._left and self._placement is None:
            self._be_placed(raster)
        self.next_step = self._left[0] if self._left else None

    def _be_placed(self, raster: Raster) -> None:
        # Only what cuts changes the size here; an image that was shrunk on load is not cut.
        size = (raster.width, raster.height)
        cut_out = self._kit.planning and self._request.background.remove is not None
        has_alpha = raster.has_alpha or cut_out
        size = self._source if size == self._decoded else size
        content = Content(size, has_alpha, self._is_transparent)
        self._placement = self._expected if size == self._source else self._place(size)
        if not self._kit.planning:
            self._context.notes.extend(
                losses.note_on_transparency(self._request, raster, original=self._is_transparent)
            )
        self._left = steps_of_placing(self._request, self._placement, content, self._extensions)

    def apply(self, step: Step, raster: Raster) -> Done:
        """Do a step; in a plan, only what later choices depend on."""
        before = losses.Fidelity.of(raster)
        context = evolve(self._context, notes=[])
        choice = choose(self._kit.toolbox.candidates(step.operation), step, raster, context)
        context.notes.extend(choice.notes)
        started = time.perf_counter()
        result = raster
        if not self._kit.planning or step.operation in _KEPT_IN_PLANS:
            try:
                result = choice.editor.apply(raster, step.parameters, context)
            except InvalidInput as error:
                path = ".".join(filter(None, (step.path, error.path)))
                raise InvalidInput(error.message, path=path) from None
        return Done(
            result,
            before,
            choice.engine,
            time.perf_counter() - started,
            tuple(context.notes),
            result.width > raster.width or result.height > raster.height,
        )

    def take(self, step: Step, done: Done) -> None:
        """Go on from what a step made."""
        del self._left[0]
        notes = self._context.notes
        notes.extend(done.notes)
        if self._kit.planning:
            parameters = plain(step.parameters)
            self._planned.append(PlannedStep(step.operation, done.engine, parameters))
            return
        notes.extend(
            losses.note_on_operation(done.before, done.raster, done.engine, self._request.output)
        )
        if step.operation in self._request.extensions and done.has_grown:
            size = done.raster.width, done.raster.height
            self._check(size, step.path)
        self._runs.append(OperationRun(step.operation, done.engine, done.seconds))

    def finish(self, raster: Raster) -> None:
        if self._kit.planning:
            return
        data = self._encode(raster)
        origin = self._context.origin
        self.outcome = Edited(
            data=data,
            input=ImageFacts(origin.format, origin.width, origin.height),
            output=ImageFacts(sniff(data) or "", raster.width, raster.height),
            profiling=Profiling(tuple(self._runs), tuple(self._context.notes)),
        )

    def planned(self) -> Planned:
        assert self._placement is not None  # every step was looked at
        origin, notes = self._context.origin, self._context.notes
        removal = self._request.background.remove
        clips = removal is not None and removal.clipping
        if clips or any(step.operation in _OF_UNKNOWN_SIZE for step in self._planned):
            notes.append("the size of the result depends on what is found in the image")
        return Planned(
            input=ImageFacts(origin.format, origin.width, origin.height),
            output=ImageFacts(_format(self._request), *self._placement.size),
            steps=tuple(self._planned),
            notes=tuple(notes),
        )

    def _place(self, content: Size) -> Placement:
        placement = place(
            content,
            self._source,
            self._request.resizing,
            self._request.padding,
            missing_side=self._kit.settings.crop_missing_side,
        )
        # What is cut away on the way there is nobody's wish, and neither is a size that is left as it is.
        if placement.size not in (content, self._source):
            self._check(placement.size, "resizing")
        return placement

    def _check(self, size: Size, path: str) -> None:
        side, pixels = self._kit.settings.max_side, self._kit.settings.max_pixels
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

    def _shrunk(self) -> Size | None:
        """The least size that the image may be decoded at; None where every pixel is needed."""
        if self._expected.piece is not None:
            return None
        margin = _MARGIN[self._request.speed]
        width, height = (margin * side for side in self._expected.scaled)
        if width >= self._source[0] or height >= self._source[1]:
            return None
        if not all(self._works_at_any_size(step) for step in (*self._before, *self._extensions)):
            return None
        return width, height

    def _works_at_any_size(self, step: Step) -> bool:
        serve = serving(self._kit.toolbox.candidates(step.operation), step.parameters)
        return all(each.editor.at_any_size for each in serve if not each.reason)

    def _encode(self, raster: Raster) -> bytes:
        context, output = self._context, self._request.output
        encoder = self._kit.toolbox.encoder(_format(self._request))
        started = time.perf_counter()
        if raster.has_alpha and not output.is_lossless:
            # Lossy compression mixes what is hidden into the pixels beside it.
            raster = raster.visible()
        context.notes.extend(losses.notes_on_depth(context.origin, raster, output, encoder))
        origin = kept(self._seen(context.origin, raster), output, (raster.width, raster.height))
        data = encoder.encode(raster, output, evolve(context, origin=origin))
        context.notes.extend(losses.notes_on_left_out(context.origin, origin, output))
        context.notes.extend(losses.notes_on_metadata(origin, output, sniff(data) or ""))
        self._runs.append(OperationRun("encode", encoder.name, time.perf_counter() - started))
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


def _format(request: EditRequest) -> str:
    """What the result is encoded as; empty where the encoder chooses."""
    wanted = request.output.format
    return "" if isinstance(wanted, Automatic) else type(wanted).__name__.lower()


def extension_steps(request: EditRequest, tools: Tools) -> list[Step]:
    """The steps that a request names by their operations.

    :raises InvalidInput: no such operation, parameters that it does not have, or two that exclude each other.
    """
    if not request.extensions:
        return []
    steps = [
        _extension(tools, operation, parameters)
        for operation, parameters in request.extensions.items()
    ]
    kinds = tools.operations()
    wanted = {step.operation for step in steps if not step.changes_nothing}
    for operation in sorted(wanted):
        for other in sorted(wanted & kinds[operation].excludes):
            raise InvalidInput(f"does not go with {other}", path=f"extensions.{operation}")
    return steps


def _extension(tools: Tools, operation: str, parameters: Any) -> Step:
    kind = tools.operations().get(operation)
    path = f"extensions.{operation}"
    if kind is None:
        raise InvalidInput("no plugin offers this operation", path=path)
    try:
        structured: Any = structure(dict(parameters), kind.Parameters, path)
    except ConfigError as error:
        first = error.problems[0]
        raise InvalidInput(first.message, path=first.path) from None
    return Step(operation, kind.stage, structured)
