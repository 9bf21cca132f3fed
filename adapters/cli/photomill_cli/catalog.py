"""``photomill catalog``: check, adopt."""

import click

from photomill import Catalog, CatalogError
from photomill_cli.commands import Group
from photomill_cli.options import Invocation, pass_invocation


@click.group("catalog", cls=Group)
def command() -> None:
    """Check the catalog, or say which one a data folder has."""


@command.command("check")
@pass_invocation
def check(invocation: Invocation) -> None:
    """Look through the whole catalog for damage; servers may go on meanwhile."""
    settings = invocation.settings()
    catalog = Catalog.open(settings.catalog.url, settings.data_dir)
    try:
        catalog.check()
        faults = catalog.faults()
    finally:
        catalog.close()
    for fault in faults:
        click.echo(fault)
    if faults:
        raise CatalogError("the catalog is damaged: put a backup back")
    if not invocation.quiet:
        click.echo("the catalog is whole")


@command.command("adopt")
@pass_invocation
def adopt(invocation: Invocation) -> None:
    """Take the catalog that is configured for the data folder's own; makes an empty one where there is none.

    A data folder whose catalog is missing, empty or another one than before is refused, since what lies there would be
    worth nothing without it. This begins anew all the same. It removes nothing.
    """
    settings = invocation.settings()
    Catalog.open(settings.catalog.url, settings.data_dir, adopt=True).close()
    if not invocation.quiet:
        click.echo(f"{settings.data_dir} has this catalog from now on")
