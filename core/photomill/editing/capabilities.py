"""What can be done here, and by which engine."""

from photomill.components.toolbox import Toolbox
from photomill.editing.results import Capability


def capabilities(toolbox: Toolbox) -> list[Capability]:
    """Every engine of every operation, the best first: the candidates that ``choice.choose`` takes one of."""
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
