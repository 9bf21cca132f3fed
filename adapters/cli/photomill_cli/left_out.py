"""Files of folders that are no images: counted and named, never passed over in silence."""

from collections.abc import Sequence

import click

from photomill_cli.output import plural

SHOWN = 20
"""Files that are named one by one."""


def print_left_out(left_out: Sequence[str]) -> None:
    """Name the files that are no images, on standard error."""
    if not left_out:
        return
    click.echo(f"{plural(len(left_out), 'file')} left out, as no images:", err=True)
    for each in left_out[:SHOWN]:
        click.echo(f"  {each}", err=True)
    if len(left_out) > SHOWN:
        click.echo(f"  and {len(left_out) - SHOWN:,} more", err=True)
