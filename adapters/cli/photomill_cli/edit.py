"""``photomill edit``: images into edited ones."""

import sys
from typing import Any

import click

from photomill import (
    EditFailure,
    EditReport,
    EditRequest,
    Engine,
    FileEdit,
    InvalidInput,
    PhotomillError,
    request_field_name,
)
from photomill_cli.commands import Command, named_as_options
from photomill_cli.edit_options import MASK, edit_options, edit_request
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


@click.command("edit", cls=Command, options={"destination": "--output", "inputs": "INPUT"})
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
    if output == STANDARD and overwrite:
        raise InvalidInput("is of no use with standard output", path="--overwrite")
    chosen = None if output is None else EditOutput.parse(output)
    request = edit_request(edits, "" if chosen is None else chosen.format)
    if chosen is not None:
        chosen.check_format(request_field_name(type(request.output.format)))
    # A file of operations may ask for a mask, too.
    mask = {f"extensions.{MASK}": "--mask"} if edits["mask"] else {}
    with invocation.engine() as engine, named_as_options(mask):
        left_out: list[str] = []
        edit = _found(engine, inputs, request, chosen, overwrite=overwrite, left_out=left_out)
        if dry_run:
            plans = sorted(engine.file_editing.plan(edit), key=lambda each: each.original.shown)
            show = print_plan_json if as_json else print_plan
            show(plans, left_out, known=chosen is not None)
            context.exit(Exit.SOME_FAILED if any(each.error for each in plans) else Exit.DONE)
        if output == STANDARD:
            report = _edit_to_standard_output(engine, edit)
        else:
            report = _edit(engine, edit, quiet=invocation.quiet)
        print_faults(report, quiet=invocation.quiet)
    left_out += report.left_out
    if as_json:
        print_json(report_json(report, left_out))
    elif not invocation.quiet:
        print_report(report, left_out, to_stderr=output == STANDARD)
    elif output != STANDARD:
        click.echo(report.edited)
    context.exit(exit_of(report))


def _found(
    engine: Engine,
    inputs: tuple[str, ...],
    request: EditRequest,
    output: EditOutput | None,
    *,
    overwrite: bool,
    left_out: list[str],
) -> FileEdit:
    destination = None if output is None else output.destination
    if STANDARD in inputs:
        data = _standard_input(inputs, engine.settings.images.max_bytes)
        return engine.file_editing.of_bytes(data, request, destination, overwrite=overwrite)
    found = engine.file_editing.find(
        inputs, request, destination, overwrite=overwrite, left_out=left_out.append
    )
    if output is not None and destination is None and len(found.originals) != 1:
        raise InvalidInput(
            f"{output.given} holds one image, and there are {len(found.originals)}", path="--output"
        )
    return found


def _standard_input(inputs: tuple[str, ...], most: int) -> bytes:
    if inputs.count(STANDARD) > 1:
        raise InvalidInput("standard input is read once", path="INPUT")
    if len(inputs) > 1:
        raise InvalidInput("the image of standard input is edited alone", path="INPUT")
    if sys.stdin.isatty():
        raise InvalidInput("no image comes from a terminal", path="INPUT")
    # One byte more than an image may have is refused as too large.
    return sys.stdin.buffer.read(most + 1)


def _edit_to_standard_output(engine: Engine, edit: FileEdit) -> EditReport:
    if sys.stdout.isatty():
        raise InvalidInput("a terminal shows no images: name a file", path="--output")
    (original,) = edit.originals
    report = EditReport()
    try:
        edited = engine.editing.edit(original.source, edit.plan.request, interactive=False)
    except PhotomillError as error:
        report.failures.append(EditFailure(original.shown, str(error)))
    else:
        sys.stdout.buffer.write(edited.data)
        sys.stdout.flush()
        report.add_edited(edited)
    return report


def _edit(engine: Engine, edit: FileEdit, *, quiet: bool) -> EditReport:
    with (
        interruption() as interrupted,
        progress("editing", len(edit.originals), quiet=quiet) as advance,
    ):
        return engine.file_editing.run(
            edit,
            progress=lambda so_far: advance(so_far.seen, _note(so_far)),
            stop=lambda: bool(interrupted),
        )


def _note(report: EditReport) -> str:
    parts = []
    if report.present:
        parts.append(f"{report.present} there already")
    if report.failures:
        parts.append(f"{len(report.failures)} failed")
    return ", ".join(parts)
