"""``photomill owners``: create, list."""

import attrs
import click

from photomill import Conflict, Engine, InvalidInput, NotFound, Owner
from photomill_cli.commands import Group
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import moment, print_json, print_table


@click.group("owners", cls=Group)
def command() -> None:
    """Create and list owners of groups of photos."""


@command.command("create")
@click.argument("name")
@click.option(
    "--timezone",
    default="UTC",
    show_default=True,
    metavar="ZONE",
    help="Where the owner's days begin: a name like Europe/Berlin.",
)
@click.option("--email", default="", help="The owner's address.")
@click.option(
    "--brand", default="", metavar="NAME", help="The primary brand; else the owner's name."
)
@click.option("--allow-same-name", is_flag=True, help="Also where an owner has the name.")
@json_option
@pass_invocation
def create(
    invocation: Invocation,
    name: str,
    timezone: str,
    email: str,
    brand: str,
    allow_same_name: bool,
    as_json: bool,
) -> None:
    """Create an owner with a primary brand and a key; --quiet prints the key only.

    A key is shown this once: the catalog holds no more than its hash.
    """
    with invocation.engine() as engine:
        if not allow_same_name and engine.albums.owners.named(name):
            raise Conflict(f"an owner is called {name!r} already; --allow-same-name makes one more")
        made = engine.albums.owners.create(name, timezone=timezone, email=email, brand=brand)
    if as_json:
        print_json({"secret": made.secret, **attrs.asdict(made.owner)})
    elif invocation.quiet:
        click.echo(made.secret)
    else:
        click.echo(f"{made.secret}\nKeep it: it is not shown again.")


@command.command("list")
@json_option
@pass_invocation
def list_all(invocation: Invocation, as_json: bool) -> None:
    """List owners, oldest first; --quiet prints their ids."""
    with invocation.engine() as engine:
        owners = engine.albums.owners.list_all()
    if as_json:
        print_json([attrs.asdict(owner) for owner in owners])
    elif invocation.quiet:
        for owner in owners:
            click.echo(owner.id)
    else:
        rows = [(each.name, each.id, each.timezone, moment(each.created)) for each in owners]
        print_table(("Name", "Id", "Time zone", "Created"), rows)


def choose_owner(engine: Engine, reference: str) -> Owner:
    """The owner of an id, or of a name that only one has.

    :raises NotFound: there is none.
    :raises InvalidInput: there are several.
    """
    by_id = [each for each in engine.albums.owners.list_all() if each.id == reference]
    found = by_id or engine.albums.owners.named(reference)
    if not found:
        raise NotFound(f"no owner {reference!r}; `photomill owners list` shows all")
    if len(found) > 1:
        ids = ", ".join(owner.id for owner in found)
        raise InvalidInput(f"{len(found)} owners are called {reference!r}; give an id: {ids}")
    return found[0]
