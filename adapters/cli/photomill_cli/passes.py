"""How it is told that a command went through a collection's records: what could not be read, and whether it was interrupted."""

from collections.abc import Sequence
from typing import Any

from photomill_cli.exits import Exit
from photomill_cli.output import plural

Unreadable = Sequence[tuple[str, str]]
"""Ids of records, and why their originals cannot be read."""


def summary(done: str, unreadable: Unreadable, *, stopped: bool) -> str:
    """
    :param done: what was done.
    """
    parts = [done]
    if unreadable:
        parts.append(f"{plural(len(unreadable), 'original')} cannot be read")
    if stopped:
        parts.append("interrupted: run it again to go on")
    return ", ".join(parts)


def shown(done: dict[str, Any], unreadable: Unreadable, *, stopped: bool) -> dict[str, Any]:
    """The same as JSON."""
    listed = [{"id": each, "error": reason} for each, reason in unreadable]
    return {**done, "unreadable": listed, "stopped": stopped}


def exit_of(unreadable: Unreadable, *, stopped: bool) -> Exit:
    if stopped:
        return Exit.INTERRUPTED
    return Exit.SOME_FAILED if unreadable else Exit.DONE
