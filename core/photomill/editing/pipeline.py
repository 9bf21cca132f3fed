"""One edit, from the bytes of a file to the bytes of another."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, field, frozen

from photomill.components import EditContext
from photomill.components.editor import RankRegions
from photomill.config.settings import EditingSettings, ImageSettings
from photomill.config.structure import structure
from photomill.editing.geometry import Placement, Size, place
from photomill.editing.output import Automatic
from photomill.editing.request import EditRequest
from photomill.editing.results import Edited, OperationRun, PictureFacts, Profiling
from photomill.editing.steps import Content, Step, steps_before_placing, steps_of_placing
from photomill.editing.toolbox import Toolbox, Tools
from photomill.errors import ConfigError, InvalidInput
from photomill.images.formats import sniff
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.images.structure import checked

_MARGIN = {"precise": 2, "fast": 1}
"""How many times its final size a picture keeps while it is shrunk on load."""


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

    def edited(self) -> Edited:
        extensions = extension_steps(self._request, self._toolbox.tools)
        reference = self._reference()
        before = steps_before_placing(self._request, reference, extensions)
        raster, origin = self._load(self._job.data, self._job.format, None)
        source = origin.width, origin.height
        transparent = raster.has_alpha
        expected = self._place(source, source)
        shrunk = self._shrunk(before, extensions, expected, source)
        if shrunk is not None and raster.native is not None:
            raster, origin = self._load(self._job.data, self._job.format, shrunk)
        self._admit(raster.width * raster.height + expected.size[0] * expected.size[1])
        context = EditContext(
            origin, self._job.interactive, self._request.speed, self._rank_regions
        )
        decoded = raster.width, raster.height
        for step in before:
            raster = self._apply(step, raster, context)
        # Only what cuts changes the size here; a picture that was shrunk on load is not cut.
        size = (raster.width, raster.height)
        content = Content(source if size == decoded else size, raster.has_alpha, transparent)
        placement = self._place(content.size, source)
        for step in steps_of_placing(self._request, placement, content, extensions):
            raster = self._apply(step, raster, context)
        data = self._encode(raster, context)
        return Edited(
            data=data,
            input=PictureFacts(origin.format, *source),
            output=PictureFacts(sniff(data) or "", raster.width, raster.height),
            profiling=Profiling(tuple(self._runs), tuple(context.notes)),
        )

    def _reference(self) -> Raster | None:
        if not self._job.reference:
            return None
        return self._load(self._job.reference, self._job.reference_format, None)[0]

    def _load(self, data: bytes, format: str, size: Size | None) -> tuple[Raster, Origin]:
        decoder = self._toolbox.decoder(format)
        return decoder.load(checked(data, format, self._limits), format, size, self._limits)

    def _place(self, content: Size, source: Size) -> Placement:
        placement = place(
            content,
            source,
            self._request.resizing,
            self._request.padding,
            missing_side=self._settings.crop_missing_side,
        )
        for width, height in {placement.scaled, placement.size}:
            self._check(width, height)
        return placement

    def _check(self, width: int, height: int) -> None:
        side, pixels = self._settings.max_side, self._settings.max_pixels
        if max(width, height) > side:
            raise InvalidInput(
                f"{width} x {height} pixels are asked for; a side may have {side} at most",
                path="operations.resizing",
            )
        if width * height > pixels:
            raise InvalidInput(
                f"{width} x {height} pixels are asked for; {pixels} are the most",
                path="operations.resizing",
            )

    def _shrunk(
        self, before: Sequence[Step], extensions: Sequence[Step], placement: Placement, source: Size
    ) -> Size | None:
        """The least size that the picture may be decoded at; None where every pixel is needed."""
        margin = _MARGIN[self._request.speed]
        width, height = (margin * side for side in placement.scaled)
        if width >= source[0] or height >= source[1]:
            return None
        if not all(self._works_at_any_size(step) for step in (*before, *extensions)):
            return None
        return width, height

    def _works_at_any_size(self, step: Step) -> bool:
        return all(engine.at_any_size for engine in self._toolbox.engines(step.operation))

    def _apply(self, step: Step, raster: Raster, context: EditContext) -> Raster:
        reasons = []
        for engine in self._toolbox.engines(step.operation):
            if not engine.serves(step.parameters):
                continue
            reason = engine.declines(engine.shown(raster), step.parameters, context)
            if reason:
                reasons.append(f"{engine.engine or engine.name}: {reason}")
                continue
            context.notes.extend(reasons)
            started = time.perf_counter()
            result = engine.apply(raster, step.parameters, context)
            self._check(result.width, result.height)
            self._note(step.operation, engine.engine or engine.name, started)
            return result
        raise InvalidInput(
            f"no engine takes it: {'; '.join(reasons)}", path=f"operations.{step.operation}"
        )

    def _encode(self, raster: Raster, context: EditContext) -> bytes:
        output = self._request.output
        format = (
            "" if isinstance(output.format, Automatic) else type(output.format).__name__.lower()
        )
        encoder = self._toolbox.encoder(format)
        started = time.perf_counter()
        if raster.has_alpha and not output.is_lossless:
            # Lossy compression mixes what is hidden into the pixels beside it.
            raster = raster.visible()
        data = encoder.encode(raster, output, context)
        self._note("encode", encoder.name, started)
        return data

    def _note(self, operation: str, engine: str, started: float) -> None:
        self._runs.append(OperationRun(operation, engine, time.perf_counter() - started))


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
