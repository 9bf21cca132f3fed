"""``photomill dropped``: records that were taken out of a collection and can come back."""

from pathlib import Path
from typing import Any

import click

from photomill import DroppedRecord, InvalidInput, files_of_dropped
from photomill_cli import moving
from photomill_cli.asking import confirm
from photomill_cli.choosing import collection_option, open_collection
from photomill_cli.collections import yes_option
from photomill_cli.commands import Group
from photomill_cli.exits import Exit
from photomill_cli.moving import dry_run_option, print_moves
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import human_bytes, moment, on_one_line, plural, print_json, print_table


@click.group("dropped", cls=Group)
def command() -> None:
    """List, restore and empty what was dropped.

    Dropped records are in no search and no count. Their files are where they were.
    """


@command.command("list")
@collection_option
@json_option
@pass_invocation
def list_all(invocation: Invocation, collection: str | None, as_json: bool) -> None:
    """List dropped records, the last dropped first; --quiet prints their ids only."""
    with invocation.engine() as engine:
        found = open_collection(engine, collection).dropped()
    if as_json:
        print_json([_shown(each) for each in found])
    elif invocation.quiet:
        for each in found:
            click.echo(on_one_line(each.record.id))
    else:
        print_table(
            ("Id", "Size", "Bytes", "Dropped"),
            [
                (
                    each.record.id,
                    f"{each.record.width}x{each.record.height}",
                    human_bytes(each.record.bytes),
                    moment(each.dropped),
                )
                for each in found
            ],
        )
        click.echo(plural(len(found), "dropped record"), err=True)


@command.command("restore")
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--all", "everything", is_flag=True, help="Every dropped record.")
@collection_option
@json_option
@pass_invocation
@click.pass_context
def restore(
    context: click.Context,
    invocation: Invocation,
    ids: tuple[str, ...],
    everything: bool,
    collection: str | None,
    as_json: bool,
) -> None:
    """Put dropped records back as they were; --quiet prints the ids of those that are back."""
    if bool(ids) == everything:
        raise InvalidInput("give ids, or --all", path="ID")
    with invocation.engine() as engine:
        opened = open_collection(engine, collection)
        chosen = [each.record.id for each in opened.dropped()] if everything else ids
        report = opened.restore(chosen)
    for skipped in report.skipped:
        click.echo(f"{skipped.id}: {skipped.error}", err=True)
    if as_json:
        failed = [{"id": each.id, "error": str(each.error)} for each in report.skipped]
        print_json({"restored": list(report.inserted), "failed": failed})
    elif invocation.quiet:
        for record_id in report.inserted:
            click.echo(on_one_line(record_id))
    else:
        click.echo(f"{plural(len(report.inserted), 'record')} restored")
    context.exit(Exit.SOME_FAILED if report.skipped else Exit.DONE)


@command.command("move", options={"move": "DIR"})
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@dry_run_option
@collection_option
@json_option
@pass_invocation
@click.pass_context
def move(
    context: click.Context,
    invocation: Invocation,
    folder: Path,
    dry_run: bool,
    collection: str | None,
    as_json: bool,
) -> None:
    """Move the files of dropped records into DIR; `photomill duplicates --undo` moves them back.

    No file is deleted or overwritten. --quiet prints the new paths only.
    """
    with invocation.engine() as engine:
        opened = open_collection(engine, collection)
        files = files_of_dropped(opened.dropped())
        report = moving.move(opened, files, folder, dry_run=dry_run, quiet=invocation.quiet)
    done = "would be moved" if dry_run else "moved"
    context.exit(print_moves(report, done, invocation, as_json=as_json))


@command.command("empty")
@collection_option
@yes_option
@pass_invocation
def empty(invocation: Invocation, collection: str | None, yes: bool) -> None:
    """Remove all dropped records for good; --quiet prints how many.

    Files stay. An import that finds them again takes them in again.
    """
    with invocation.engine() as engine:
        opened = open_collection(engine, collection)
        count = opened.count_dropped()
        if count and not yes:
            confirm(f"Remove {plural(count, 'dropped record')} for good?")
        removed = opened.empty_dropped() if count else 0
    click.echo(removed if invocation.quiet else f"{plural(removed, 'record')} removed")


def _shown(each: DroppedRecord) -> dict[str, Any]:
    return {
        "id": each.record.id,
        "width": each.record.width,
        "height": each.record.height,
        "bytes": each.record.bytes,
        "dropped": moment(each.dropped),
    }
