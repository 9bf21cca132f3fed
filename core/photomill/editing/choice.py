"""Which engine does a step: the one choice, for edits, for plans of edits, and for what can be done here."""

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from photomill.components import EditContext, EditOperation
from photomill.components.toolbox import Candidate, Toolbox
from photomill.editing.results import Capability
from photomill.editing.steps import Step
from photomill.errors import InvalidInput, PluginUnavailable
from photomill.images.raster import Raster


@frozen
class Choice:
    """An engine, and what is to be said of those that would have come before it.

    :ivar notes: one for each better engine that is missing here, or that declined.
    """

    editor: EditOperation
    notes: tuple[str, ...]

    @property
    def engine(self) -> str:
        """What answers call it."""
        return self.editor.engine or self.editor.name


def choose(
    candidates: Sequence[Candidate], step: Step, raster: Raster, context: EditContext
) -> Choice:
    """Take the best candidate that can be used and does not decline.

    :param candidates: of the step's operation, the best first.
    :raises PluginUnavailable: none can be used here; with every reason.
    :raises InvalidInput: those that can be used decline.
    """
    notes: list[str] = []
    declined = False
    for candidate in serving(candidates, step.parameters):
        reason = candidate.reason
        if not reason:
            reason = candidate.editor.declines(
                candidate.editor.shown(raster), step.parameters, context
            )
            if not reason:
                return Choice(candidate.editor, tuple(notes))
            declined = True
        if candidate.missed or not candidate.reason:
            notes.append(f"{candidate.engine}: {reason}")
    if declined:
        raise InvalidInput(f"no engine takes it: {'; '.join(notes)}", path=step.path)
    reasons = [each.reason for each in candidates if each.reason] or ["no plugin offers it"]
    raise PluginUnavailable(f"nothing here does {step.operation!r}: {'; '.join(reasons)}")


def serving(candidates: Iterable[Candidate], parameters: Any) -> list[Candidate]:
    """Those that are for such parameters at all."""
    return [each for each in candidates if each.editor.serves(parameters)]


def capabilities(toolbox: Toolbox) -> list[Capability]:
    """Every engine of every operation, the best first: the candidates that :func:`choose` takes one of."""
    return [
        Capability(
            operation=each.editor.operation,
            engine=each.engine,
            rank=each.editor.rank,
            available=not each.reason,
            reason=each.reason,
            missed=each.missed,
            instance=each.instance,
        )
        for each in toolbox.all_candidates()
    ]
