"""``photomill edit``: images into edited ones."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from attrs import frozen

from photomill import (
    DirectEdit,
    EditPlan,
    EditReport,
    EditRequest,
    Engine,
    InvalidInput,
    Original,
    StreamTarget,
    check_targets_apart,
    edit_all,
    edit_digest,
    find_originals,
    plan_all,
    possible_formats,
    request_field_name,
)
from photomill_cli.commands import Command
from photomill_cli.edit_options import edit_options, edit_request
from photomill_cli.edit_output import STANDARD, EditOutput
from photomill_cli.edit_report import (
    exit_of,
    print_faults,
    print_plan,
    print_plan_json,
    print_report,
    report_json,
)
from photomill_cli.exits import Exit
from photomill_cli.interruption import interruption
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import print_json
from photomill_cli.progress import progress


@click.command("edit", cls=Command)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "--output",
    metavar="DIR|FILE|URI|-",
    help="A folder, a file for one image, storage://NAME/FOLDER/, or - for standard output.",
)
@edit_options
@click.option("--overwrite", is_flag=True, help="Also replace what is there already.")
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
    """Edit images: files, folders to any depth, URLs, storage://NAME/FOLDER/, and - for standard input.

    \b
    photomill edit photos --resize 1000x1000 --fit smart --output small
    photomill edit shoe.jpg --remove-background --padding 10% --output clean.png
    curl … | photomill edit - --resize 800x --output - > small.jpg

    What each result was made of is kept beside the results. A result of the same operations and the same original is
    left alone, so that an edit that was interrupted goes on when it is run again; one of others is made again; what
    was not made here is never replaced without --overwrite. --quiet prints how many images were edited.
    """
    if output is None and not dry_run:
        raise InvalidInput("say where the results go", path="--output")
    if output == STANDARD and as_json and not dry_run:
        raise InvalidInput("standard output holds the image already", path="--json")
    chosen = None if output is None else EditOutput.parse(output)
    asked = _asked(edits, chosen)
    with invocation.engine() as engine:
        left_out: list[str] = []
        originals = _originals(engine, inputs, chosen, asked.request, left_out)
        edit = _direct_edit(engine, asked, chosen, overwrite=overwrite)
        if chosen is not None:
            edit.check(originals)
        if dry_run:
            plans = sorted(plan_all(edit, originals), key=lambda each: each.original.shown)
            show = print_plan_json if as_json else print_plan
            show(plans, left_out, known=chosen is not None)
            context.exit(Exit.SOME_FAILED if any(each.error for each in plans) else Exit.DONE)
        report = _edit(edit, originals, quiet=invocation.quiet)
    left_out += report.left_out
    if as_json:
        print_json(report_json(report, left_out))
    elif not invocation.quiet:
        print_report(report, left_out, to_stderr=output == STANDARD)
    elif output != STANDARD:
        click.echo(report.edited)
    context.exit(exit_of(report))


@frozen
class _Asked:
    request: EditRequest
    digest: str


def _asked(edits: Mapping[str, Any], output: EditOutput | None) -> _Asked:
    request = edit_request(edits, "" if output is None else output.format)
    if output is not None:
        output.check_format(request_field_name(type(request.output.format)))
    return _Asked(request, edit_digest(request))


def _originals(
    engine: Engine,
    inputs: tuple[str, ...],
    output: EditOutput | None,
    request: EditRequest,
    left_out: list[str],
) -> list[Original]:
    folder = None if output is None else output.folder
    _check_apart(engine, inputs, folder)
    found = list(
        find_originals(
            inputs,
            engine.storages.operator,
            formats=possible_formats(request),
            output=folder,
            standard_input=_standard_input(inputs, engine.settings.images.max_bytes),
            left_out=left_out.append,
        )
    )
    if output is not None and output.single and len(found) != 1:
        raise InvalidInput(
            f"{output.given} holds one image, and there are {len(found)}", path="--output"
        )
    return found


def _check_apart(engine: Engine, inputs: tuple[str, ...], folder: str | Path | None) -> None:
    if isinstance(folder, str):
        among = EditPlan(
            tuple(each for each in inputs if "://" in each), EditRequest(), folder, recursive=True
        )
        try:
            check_targets_apart(among, engine.storages.operator)
        except InvalidInput as error:
            raise InvalidInput(error.message, path="--output") from None
    elif folder is not None:
        for given in inputs:
            is_folder = "://" not in given and Path(given).is_dir()
            if is_folder and Path(given).resolve() == folder.resolve():
                raise InvalidInput(
                    f"{folder} holds the originals: choose another folder", path="--output"
                )


def _standard_input(inputs: tuple[str, ...], most: int) -> bytes | None:
    if STANDARD not in inputs:
        return None
    if inputs.count(STANDARD) > 1:
        raise InvalidInput("standard input is read once", path="INPUT")
    if sys.stdin.isatty():
        raise InvalidInput("no image comes from a terminal", path="INPUT")
    # One byte more than an image may have is refused as too large.
    return sys.stdin.buffer.read(most + 1)


def _direct_edit(
    engine: Engine, asked: _Asked, output: EditOutput | None, *, overwrite: bool
) -> DirectEdit:
    # A dry run without an output asks a target that is empty.
    target = output.target(engine) if output is not None else StreamTarget(sys.stdout.buffer)
    return DirectEdit(
        engine.editing,
        engine.settings.search.threads,
        asked.request,
        asked.digest,
        target,
        overwrite,
    )


def _edit(edit: DirectEdit, originals: list[Original], *, quiet: bool) -> EditReport:
    with (
        interruption() as interrupted,
        progress("editing", len(originals), quiet=quiet) as advance,
    ):
        report = edit_all(
            edit,
            originals,
            progress=lambda so_far: advance(so_far.seen, _note(so_far)),
            stop=lambda: bool(interrupted),
        )
    print_faults(report, quiet=quiet)
    return report


def _note(report: EditReport) -> str:
    parts = []
    if report.present:
        parts.append(f"{report.present} there already")
    if report.failures:
        parts.append(f"{len(report.failures)} failed")
    return ", ".join(parts)
