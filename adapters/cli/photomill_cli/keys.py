"""``photomill keys``: create, list, revoke."""

from typing import Any

import click

from photomill import ADMIN_SCOPE, DEFAULT_SCOPES, Engine, InvalidInput, Key, NotFound
from photomill_cli.choosing import choose_collection, complete_collections
from photomill_cli.commands import Group
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import moment, print_json, print_table


@click.group("keys", cls=Group)
def command() -> None:
    """Create, list and revoke API keys."""


@command.command("create")
@click.argument("name")
@click.option(
    "--collections",
    "references",
    multiple=True,
    metavar="NAME_OR_ID",
    shell_complete=complete_collections,
    help="A collection it may reach; give it again for more. Without it: all.",
)
@click.option(
    "--scopes",
    default=",".join(sorted(DEFAULT_SCOPES)),
    show_default=True,
    help="What it may do, with commas between.",
)
@click.option(
    "--admin", is_flag=True, help="It may make collections and keys, and do nearly all else."
)
@click.option("--owner", default="", help="Whom it belongs to.")
@json_option
@pass_invocation
def create(
    invocation: Invocation,
    name: str,
    references: tuple[str, ...],
    scopes: str,
    admin: bool,
    owner: str,
    as_json: bool,
) -> None:
    """Create a key; --quiet prints the key only.

    It may read and write records unless --scopes says something else: read, write, albums, grouping, image_editing,
    storage. --admin makes a key for who runs the server. A key is shown this once: the catalog holds no more than its hash.
    """
    granted = {scope.strip() for scope in scopes.split(",") if scope.strip()}
    if admin:
        granted.add(ADMIN_SCOPE)
    with invocation.engine() as engine:
        reach = [
            choose_collection(engine, reference.strip()).id
            for given in references
            for reference in given.split(",")
        ]
        made = engine.keys.create(name, owner=owner, scopes=granted, collections=reach or None)
    if as_json:
        print_json({"secret": made.secret, **_shown(made.key)})
    elif invocation.quiet:
        click.echo(made.secret)
    else:
        click.echo(f"{made.secret}\nKeep it: it is not shown again.")


@command.command("list")
@json_option
@pass_invocation
def list_all(invocation: Invocation, as_json: bool) -> None:
    """List keys, revoked ones too; --quiet prints the ids of those that are good."""
    with invocation.engine() as engine:
        keys = engine.keys.list_all()
    if as_json:
        print_json([_shown(key) for key in keys])
    elif invocation.quiet:
        for key in keys:
            if key.revoked is None:
                click.echo(key.id)
    else:
        print_table(
            ("Name", "Key", "Id", "Owner", "Scopes", "Collections", "State"),
            [_row(key) for key in keys],
        )


@command.command("revoke")
@click.argument("key")
@pass_invocation
def revoke(invocation: Invocation, key: str) -> None:
    """Revoke a key, at once and for ever; --quiet prints its id.

    KEY is an id, or the name of one key only.
    """
    with invocation.engine() as engine:
        found = _choose(engine, key)
        engine.keys.revoke(found.id)
    click.echo(found.id if invocation.quiet else f"revoked {found.name!r}")


def _choose(engine: Engine, reference: str) -> Key:
    keys = engine.keys.list_all()
    found = [key for key in keys if key.id == reference] or [
        key for key in keys if key.name == reference and key.revoked is None
    ]
    if not found:
        raise NotFound(f"no key {reference!r}; `photomill keys list` shows all")
    if len(found) > 1:
        ids = ", ".join(key.id for key in found)
        raise InvalidInput(f"{len(found)} keys are called {reference!r}; give an id: {ids}")
    return found[0]


def _row(key: Key) -> tuple[str, ...]:
    return (
        key.name,
        f"{key.hint}…",
        key.id,
        key.owner or "-",
        ",".join(sorted(key.scopes)),
        "all" if key.collections is None else ",".join(sorted(key.collections)),
        "good" if key.revoked is None else f"revoked {moment(key.revoked)}",
    )


def _shown(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "owner": key.owner,
        "scopes": sorted(key.scopes),
        "collections": None if key.collections is None else sorted(key.collections),
        "created": key.created,
        "revoked": key.revoked,
        "hint": key.hint,
    }
