"""``photomill groups import``: a folder as a group."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from photomill import (
    Conflict,
    Engine,
    FoundFile,
    Group,
    GroupImport,
    NotFound,
    Owner,
    Photo,
    find_images,
    import_into_group,
    wait_until_processed,
)
from photomill_cli.commands import Command
from photomill_cli.exits import Exit
from photomill_cli.interruption import interruption
from photomill_cli.left_out import print_left_out
from photomill_cli.options import ExistingPath, Invocation, json_option, pass_invocation
from photomill_cli.output import plural, print_json
from photomill_cli.owners import choose_owner
from photomill_cli.progress import progress


@click.command("import", cls=Command)
@click.argument("folder", type=ExistingPath(file_okay=False))
@click.option("--owner", required=True, metavar="NAME_OR_ID", help="Whose group it is to be.")
@click.option("--name", help="The group's name; else the folder's.")
@click.option("--group", "reference", metavar="ID_OR_TOKEN", help="Add to this group instead.")
@click.option("--when", type=click.IntRange(min=0), metavar="SECONDS", help="Since 1970; else now.")
@click.option("--no-wait", is_flag=True, help="Leave the photos' derivatives to a server.")
@json_option
@pass_invocation
@click.pass_context
def import_folder(
    context: click.Context,
    invocation: Invocation,
    folder: Path,
    owner: str,
    name: str | None,
    reference: str | None,
    when: int | None,
    no_wait: bool,
    as_json: bool,
) -> None:
    """Import a folder, to any depth, as a group; --quiet prints the group's token.

    With --group what is there already is left alone, so that an import that was interrupted goes on.
    """
    with invocation.engine() as engine:
        chosen = choose_owner(engine, owner)
        group = _existing(engine, chosen, reference) if reference else None
        found = _found(folder)
        if group is None:
            if not found:
                raise Conflict(f"there are no images in {folder}, and no group is made of nothing")
            group = _made(engine, chosen, folder.resolve().name if name is None else name, when)
        elif not found:
            click.echo(f"there are no images in {folder}", err=True)
        with interruption() as interrupted:
            report = _import(engine, group, found, interrupted, quiet=invocation.quiet)
            photos: Sequence[Photo] = report.added
            if not no_wait:
                photos = _processed(engine, chosen, photos, interrupted, quiet=invocation.quiet)
    failed = [photo for photo in photos if photo.state == "failed"]
    _tell(report, failed)
    if as_json:
        print_json(_shown(group, report, failed))
    elif invocation.quiet:
        click.echo(group.token)
    else:
        click.echo(f"{group.name or group.token!r}, token {group.token}: {_summary(report)}")
    context.exit(_exit(report, failed))


def _existing(engine: Engine, owner: Owner, reference: str) -> Group:
    group = engine.albums.groups.find(reference)
    if group.owner != owner.id or group.deleted is not None:
        raise NotFound(f"{owner.name!r} has no group {reference!r}")
    return group


def _made(engine: Engine, owner: Owner, name: str, when: int | None) -> Group:
    if not owner.primary_brand:
        # Nobody else needs to know of brands to share a folder.
        engine.albums.brands.create(owner, owner.name, owner.id)
        owner = engine.albums.owners.get(owner.id)
    return engine.albums.groups.create(owner, name=name, when=when)


def _found(folder: Path) -> list[FoundFile]:
    """The images of a folder."""
    left_out: list[str] = []
    found = list(
        find_images([folder], unreadable=_say, left_out=lambda path: left_out.append(str(path)))
    )
    print_left_out(left_out)
    return found


def _import(
    engine: Engine,
    group: Group,
    found: Sequence[FoundFile],
    interrupted: list[int],
    *,
    quiet: bool,
) -> GroupImport:
    with progress("importing", len(found), quiet=quiet) as advance:
        return import_into_group(
            engine.albums,
            group,
            found,
            progress=lambda so_far: advance(so_far.seen, ""),
            stop=lambda: bool(interrupted),
        )


def _processed(
    engine: Engine,
    owner: Owner,
    photos: Sequence[Photo],
    interrupted: list[int],
    *,
    quiet: bool,
) -> list[Photo]:
    engine.jobs.start()
    with progress("processing", len(photos), quiet=quiet) as advance:
        return wait_until_processed(
            engine.albums.photos,
            engine.jobs,
            owner,
            photos,
            progress=lambda done: advance(done, ""),
            stop=lambda: bool(interrupted),
        )


def _say(error: OSError) -> None:
    click.echo(f"{error.filename}: {error.strerror}", err=True)


def _tell(report: GroupImport, failed: Sequence[Photo]) -> None:
    for failure in report.failures:
        click.echo(f"{failure.path}: {failure.error}", err=True)
    for photo in failed:
        click.echo(f"{photo.sort_name}: {photo.error}", err=True)


def _summary(report: GroupImport) -> str:
    parts = [plural(len(report.added), "new photo")]
    duplicates = sum(bool(photo.duplicate_of) for photo in report.added)
    if duplicates:
        parts.append(f"{duplicates:,} of them again")
    if report.present:
        parts.append(f"{report.present:,} there already")
    if report.failures:
        parts.append(f"{len(report.failures):,} failed")
    if report.stopped:
        parts.append("interrupted: run it again with --group to go on")
    return ", ".join(parts)


def _shown(group: Group, report: GroupImport, failed: Sequence[Photo]) -> dict[str, Any]:
    failures = [
        {"path": str(failure.path), "error": str(failure.error)} for failure in report.failures
    ]
    return {
        "id": group.id,
        "token": group.token,
        "name": group.name,
        "added": [photo.id for photo in report.added],
        "present": report.present,
        "failed": failures + [{"path": photo.sort_name, "error": photo.error} for photo in failed],
        "stopped": report.stopped,
    }


def _exit(report: GroupImport, failed: Sequence[Photo]) -> Exit:
    if report.stopped:
        return Exit.INTERRUPTED
    return Exit.SOME_FAILED if report.failures or failed else Exit.DONE
