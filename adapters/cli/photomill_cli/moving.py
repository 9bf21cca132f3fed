"""Moving files to a folder and back, as commands show it."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from photomill import Collection, FileToMove, MoveReport, move_files, undo_moves
from photomill_cli.exits import Exit
from photomill_cli.interruption import interruption
from photomill_cli.options import Invocation
from photomill_cli.output import on_one_line, plural, print_json, working
from photomill_cli.progress import progress

dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Show what would be moved, and move nothing."
)


def move(
    collection: Collection,
    files: Sequence[FileToMove],
    folder: Path,
    *,
    dry_run: bool,
    quiet: bool,
) -> MoveReport:
    """Move files with progress; Ctrl-C ends it after the file that is under way."""
    with interruption() as interrupted, progress("moving", len(files), quiet=quiet) as advance:
        return move_files(
            collection,
            files,
            folder,
            dry_run=dry_run,
            progress=lambda report: advance(len(report.moved) + len(report.not_moved), ""),
            stop=lambda: bool(interrupted),
        )


def undo(collection: Collection, path: Path, *, quiet: bool) -> MoveReport:
    """Move files back."""
    with working("moving back", quiet=quiet):
        return undo_moves(collection, path)


def print_moves(report: MoveReport, done: str, invocation: Invocation, *, as_json: bool) -> Exit:
    """Print what was moved and what was not; returns the exit code.

    :param done: ``moved``, ``would be moved``, ``moved back``.
    """
    for each in report.not_moved:
        click.echo(f"{each.record}: not {done.removeprefix('would be ')}: {each.reason}", err=True)
    for record, reason in report.not_restored.items():
        click.echo(f"{record}: {reason}", err=True)
    if as_json:
        print_json(
            {
                "moved": [
                    {"id": each.record, "from": str(each.source), "to": str(each.target)}
                    for each in report.moved
                ],
                "not_moved": [
                    {"id": each.record, "reason": each.reason} for each in report.not_moved
                ],
                "not_restored": [
                    {"id": record, "reason": reason}
                    for record, reason in report.not_restored.items()
                ],
                "finished": report.finished,
                "undo_file": str(report.undo_file) if report.undo_file else None,
                "stopped": report.stopped,
            }
        )
    elif invocation.quiet:
        for target in dict.fromkeys(each.target for each in report.moved):
            click.echo(on_one_line(target))
    else:
        _print_moves(report, done, invocation)
    if report.stopped:
        return Exit.INTERRUPTED
    return Exit.SOME_FAILED if report.not_moved or report.not_restored else Exit.DONE


def _print_moves(report: MoveReport, done: str, invocation: Invocation) -> None:
    # Several records may be of one file.
    files = dict.fromkeys((each.source, each.target) for each in report.moved)
    for source, target in files:
        click.echo(f"{source} -> {target}")
    if report.finished:
        click.echo(f"{plural(report.finished, 'file')} {done} by an earlier run that was ended")
    rest = f", {plural(len(report.not_moved), 'file')} not" if report.not_moved else ""
    click.echo(f"{plural(len(files), 'file')} {done}{rest}")
    if report.stopped:
        click.echo("interrupted: run it again to go on", err=True)
    if report.undo_file and done == "moved":
        words = ["photomill", "duplicates", "--undo", str(report.undo_file), *invocation.words]
        click.echo(f"to undo: {shlex.join(words)}", err=True)
