"""``photomill edit``: pictures into edited ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from photomill.editing.batch.checking import check_apart
from photomill.editing.batch.plan import EditPlan
from photomill.editing.destinations import Destination
from photomill.editing.direct import (
    EditReport,
    FolderTarget,
    Original,
    StorageTarget,
    Target,
    edit_all,
    find_originals,
)
from photomill.editing.naming import possible_formats
from photomill.editing.request import EditRequest
from photomill.engine import Engine
from photomill.errors import InvalidInput
from photomill_cli.commands import Command
from photomill_cli.edit_options import edit_json, edit_options
from photomill_cli.exits import Exit
from photomill_cli.interruption import interruption
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import human_bytes, plural, print_json, print_table
from photomill_cli.progress import progress

SHOWN_FAILURES = 20
_EXAMPLE_SIZE = (4000, 3000)


@click.command("edit", cls=Command)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--output", metavar="DIR|URI", help="A folder, or storage://NAME/FOLDER/.")
@edit_options
@click.option("--overwrite", is_flag=True, help="Also edit pictures whose results are there.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@json_option
@pass_invocation
@click.pass_context
def command(
    context: click.Context,
    invocation: Invocation,
    /,
    inputs: tuple[str, ...],
    output: str | None,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
    **edits: Any,
) -> None:
    """Edit pictures: files, folders to any depth, URLs, and storage://NAME/FOLDER/.

    \b
    photomill edit photos --resize 1000x1000 --fit smart --output small
    photomill edit shoes --remove-background --padding 10% --background '#ffffff' --output clean

    A picture whose result is there already is left alone, so that an edit that was interrupted goes on when it is run
    again. --quiet prints how many pictures were edited.
    """
    operations, wanted = edit_json(edits)
    request = EditPlan([], operations, wanted).document.request
    with invocation.engine() as engine:
        if dry_run:
            _show_plan(engine, inputs, output, request, as_json)
            return
        if output is None:
            raise InvalidInput("say where the results go", path="--output")
        report = _edit(engine, inputs, output, request, overwrite, quiet=invocation.quiet)
    if as_json:
        print_json(_shown(report))
    elif invocation.quiet:
        click.echo(report.edited)
    else:
        _print(report)
    context.exit(_exit(report))


def _edit(
    engine: Engine,
    inputs: tuple[str, ...],
    output: str,
    request: EditRequest,
    overwrite: bool,
    *,
    quiet: bool,
) -> EditReport:
    target = _target(engine, output)
    total = sum(1 for _ in _originals(engine, inputs, output, request))
    executor = engine.components.executor(engine.settings.search.executor)
    with interruption() as interrupted, progress("editing", total, quiet=quiet) as advance:
        report = edit_all(
            engine.editing,
            executor,
            _originals(engine, inputs, output, request),
            request,
            target,
            overwrite=overwrite,
            progress=lambda so_far: advance(so_far.seen, _note(so_far)),
            stop=lambda: bool(interrupted),
        )
    for failure in report.failures[: None if quiet else SHOWN_FAILURES]:
        click.echo(f"{failure.shown}: {failure.error}", err=True)
    return report


def _originals(
    engine: Engine, inputs: tuple[str, ...], output: str | None, request: EditRequest
) -> Iterator[Original]:
    folder = None if output is None or "://" in output else Path(output)
    if folder is not None:
        for given in inputs:
            if "://" not in given and Path(given).resolve() == folder.resolve():
                raise InvalidInput(
                    f"{output} holds the originals: choose another folder", path="--output"
                )
    elif output is not None:
        among = EditPlan(list(inputs), output=output, recursive=True)
        check_apart(among, engine.storages.operator)
    formats = possible_formats(request)
    return find_originals(inputs, engine.storages.operator, formats=formats, leave_out=folder)


def _target(engine: Engine, output: str) -> Target:
    if "://" not in output:
        return FolderTarget(Path(output))
    destination = Destination.parse(output if output.endswith("/") else f"{output}/")
    return StorageTarget(engine.storages.operator.storage(destination.storage), destination)


def _show_plan(
    engine: Engine,
    inputs: tuple[str, ...],
    output: str | None,
    request: EditRequest,
    as_json: bool,
) -> None:
    originals: list[Original] = list(_originals(engine, inputs, output, request))
    steps = engine.editing.plan(request, *_EXAMPLE_SIZE)
    if as_json:
        pictures = [{"input": each.shown, "result": each.name.name} for each in originals]
        shown = [
            {"operation": each.operation, "engine": each.engine, "parameters": str(each.parameters)}
            for each in steps
        ]
        print_json({"pictures": pictures, "steps": shown})
        return
    width, height = _EXAMPLE_SIZE
    click.echo(
        f"{plural(len(originals), 'picture')}; of {width} x {height} pixels each would go through"
    )
    print_table(
        ("Operation", "Engine", "Parameters"),
        [
            (each.operation, each.engine, ", ".join(f"{k}={v}" for k, v in each.parameters.items()))
            for each in steps
        ],
    )


def _print(report: EditReport) -> None:
    parts = [f"{plural(report.edited, 'picture')} edited ({human_bytes(report.bytes)})"]
    if report.present:
        parts.append(f"{report.present:,} there already")
    if report.failures:
        parts.append(f"{len(report.failures):,} failed")
    if report.stopped:
        parts.append("interrupted: run it again to go on")
    click.echo(", ".join(parts))
    for note, count in report.notes.items():
        click.echo(f"  {note} ({plural(count, 'picture')})", err=True)


def _note(report: EditReport) -> str:
    parts = []
    if report.present:
        parts.append(f"{report.present} there already")
    if report.failures:
        parts.append(f"{len(report.failures)} failed")
    return ", ".join(parts)


def _shown(report: EditReport) -> dict[str, Any]:
    return {
        "edited": report.edited,
        "present": report.present,
        "bytes": report.bytes,
        "engines": report.engines,
        "notes": report.notes,
        "failed": [{"input": each.shown, "error": str(each.error)} for each in report.failures],
        "stopped": report.stopped,
    }


def _exit(report: EditReport) -> Exit:
    if report.stopped:
        return Exit.INTERRUPTED
    return Exit.SOME_FAILED if report.failures else Exit.DONE
