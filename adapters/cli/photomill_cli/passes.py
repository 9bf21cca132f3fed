"""How a command ends that went through a collection's records and read their originals."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click

from photomill_cli.exits import Exit
from photomill_cli.options import Invocation
from photomill_cli.output import plural, print_json

_SHOWN = 20
"""Records that are named because they cannot be read; --quiet names all."""


def end(
    invocation: Invocation,
    done: Mapping[str, Any],
    sentence: str,
    *,
    count: int,
    unreadable: Sequence[tuple[str, str]],
    stopped: bool,
    as_json: bool,
) -> NoReturn:
    """Tell what was done, what could not be read, and whether it was interrupted; the exit code says so too.

    :param done: for JSON.
    :param sentence: the same in words.
    :param count: the same for ``--quiet``.
    :param unreadable: ids of records, and why their originals cannot be read.
    """
    for record_id, reason in unreadable[: None if invocation.quiet else _SHOWN]:
        click.echo(f"{record_id}: {reason}", err=True)
    if as_json:
        listed = [{"id": each, "error": reason} for each, reason in unreadable]
        print_json({**done, "unreadable": listed, "stopped": stopped})
    elif invocation.quiet:
        click.echo(count)
    else:
        parts = [sentence]
        if unreadable:
            parts.append(f"{plural(len(unreadable), 'original')} cannot be read")
        if stopped:
            parts.append("interrupted: run it again to go on")
        click.echo(", ".join(parts))
    if stopped:
        raise click.exceptions.Exit(Exit.INTERRUPTED)
    raise click.exceptions.Exit(Exit.SOME_FAILED if unreadable else Exit.DONE)
