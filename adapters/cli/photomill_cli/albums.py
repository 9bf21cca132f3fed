"""``photomill groups``: list, show, import, delete."""

import time
from typing import Any

import attrs
import click

from photomill import LATEST_DAY, Engine, GroupSummary, Photo, day_bounds, day_of, time_zone
from photomill import Group as AlbumGroup
from photomill_cli.commands import Group
from photomill_cli.group_import import import_folder
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import moment, print_details, print_json, print_table
from photomill_cli.owners import choose_owner


@click.group("groups", cls=Group)
def command() -> None:
    """List, show, import and delete groups of photos."""


@command.command("list")
@click.option("--owner", required=True, metavar="NAME_OR_ID", help="Whose groups.")
@click.option("--when", metavar="DAY", help="Only those of this day, like 2015-12-31.")
@click.option("--deleted", is_flag=True, help="Deleted ones too.")
@json_option
@pass_invocation
def list_all(
    invocation: Invocation, owner: str, when: str | None, deleted: bool, as_json: bool
) -> None:
    """List an owner's groups by when they happened; --quiet prints their ids."""
    with invocation.engine() as engine:
        found = _listed(engine, owner, when, deleted)
    if as_json:
        print_json([_shown(summary) for summary in found])
    elif invocation.quiet:
        for summary in found:
            click.echo(summary.group.id)
    else:
        print_table(("Name", "Token", "Photos", "When", "Id", "State"), [*map(_row, found)])


@command.command("show")
@click.argument("group")
@json_option
@pass_invocation
def show(invocation: Invocation, group: str, as_json: bool) -> None:
    """Show a group and its photos; --quiet prints the photos' ids.

    GROUP is an id or a token.
    """
    with invocation.engine() as engine:
        found = engine.albums.groups.find(group)
        (summary,) = engine.albums.groups.summaries([found])
        photos = engine.albums.groups.photos(found)
    if as_json:
        print_json({**_shown(summary), "photos": [_shown_photo(photo) for photo in photos]})
    elif invocation.quiet:
        for photo in photos:
            click.echo(photo.id)
    else:
        print_details([(name, value) for name, value in _shown(summary).items() if value != ""])
        rows = [
            (each.sort_name, f"{each.width} x {each.height}", each.id, _note(each))
            for each in photos
        ]
        print_table(("Photo", "Size", "Id", "Note"), rows)


command.add_command(import_folder)


@command.command("delete")
@click.argument("group")
@click.option("--restore", is_flag=True, help="Bring a deleted group back; GROUP is its id.")
@pass_invocation
def delete(invocation: Invocation, group: str, restore: bool) -> None:
    """Hide a group and its photos; it is removed for good some weeks later. --quiet prints its id.

    GROUP is an id or a token.
    """
    with invocation.engine() as engine:
        found = engine.albums.groups.find(group)
        if restore:
            engine.albums.groups.restore(found)
        else:
            engine.albums.groups.delete(found)
    done = "restored" if restore else "deleted"
    click.echo(found.id if invocation.quiet else f"{done} {found.name or found.token!r}")


@command.command("sweep")
@json_option
@pass_invocation
def sweep(invocation: Invocation, as_json: bool) -> None:
    """Remove what was deleted long ago, and files that nobody knows of; a server does so by itself."""
    with invocation.engine() as engine:
        swept = attrs.asdict(engine.albums.clean_up())
    if as_json:
        print_json(swept)
    elif not invocation.quiet:
        print_details(list(swept.items()))


def _listed(engine: Engine, reference: str, when: str | None, deleted: bool) -> list[GroupSummary]:
    owner = choose_owner(engine, reference)
    groups = engine.albums.groups
    begin, end = 0.0, float(LATEST_DAY + 1)
    if when is not None:
        begin, end = day_bounds(day_of(when), time_zone(owner.timezone))
    found: list[AlbumGroup] = []
    while page := groups.between(owner, begin, end, deleted=deleted, offset=len(found)):
        found += page
    return groups.summaries(found)


def _row(summary: GroupSummary) -> tuple[object, ...]:
    group = summary.group
    return (
        group.name,
        group.token,
        summary.count,
        moment(group.when),
        group.id,
        _state(summary),
    )


def _state(summary: GroupSummary) -> str:
    group = summary.group
    if group.deleted is not None:
        return f"deleted {moment(group.deleted)}"
    if group.expires is not None and group.expires <= time.time():
        return "expired"
    return "protected" if group.protected else "open"


def _shown(summary: GroupSummary) -> dict[str, Any]:
    group = summary.group
    return {
        "id": group.id,
        "token": group.token,
        "name": group.name,
        "owner": group.owner,
        "brand": group.brand,
        "count": summary.count,
        "thumb": summary.thumb,
        "when": group.when,
        "updated": group.updated,
        "state": _state(summary),
    }


def _shown_photo(photo: Photo) -> dict[str, Any]:
    return {
        "id": photo.id,
        "order": photo.sort_name,
        "width": photo.width,
        "height": photo.height,
        "bytes": photo.bytes,
        "format": photo.format,
        "taken": photo.captured,
        "duplicate_of": photo.duplicate_of,
        "files": dict(photo.files),
    }


def _note(photo: Photo) -> str:
    return f"looks like {photo.duplicate_of}" if photo.duplicate_of else ""
