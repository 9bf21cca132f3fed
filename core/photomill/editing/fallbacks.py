"""Which engines others take the place of, for want of a library or a model."""

from collections.abc import Sequence

from attrs import evolve

from photomill.components.toolbox import Tools
from photomill.config.settings import Settings
from photomill.editing.results import Capability
from photomill.editing.sandboxed import SandboxedEditing, open_sandbox


def find_fallbacks(tools: Tools, settings: Settings) -> list[str]:
    """Open every engine in the sandbox, and say of those that are missed who serves instead.

    :returns: a sentence for each engine, with the path of its instance.
    """
    editing = evolve(settings.editing, processes=1)
    sandboxed = SandboxedEditing(open_sandbox(tools, settings.images, editing), editing)
    try:
        found = sandboxed.capabilities()
    finally:
        sandboxed.close()
    return [_sentence(each, found) for each in found if each.missed]


def _sentence(missed: Capability, found: Sequence[Capability]) -> str:
    instead = [
        each.engine for each in found if each.operation == missed.operation and each.available
    ]
    serves = f"{instead[0]} serves instead" if instead else "nothing serves instead"
    return f"editors.{missed.instance}: {missed.operation}: {serves}: {missed.reason}"
