"""``photomill group``: images into groups by similarity."""

from pathlib import Path

import click

from photomill import (
    GROUPING_MODES,
    EditRequest,
    Engine,
    GroupingConstraints,
    GroupingMode,
    GroupingResult,
    InvalidInput,
    Job,
    PathInputs,
    find_originals,
    plan_files,
)
from photomill_cli.choosing import collection_option, open_collection
from photomill_cli.commands import Command
from photomill_cli.contact_sheet import SheetPath
from photomill_cli.exits import Exit
from photomill_cli.group_moves import Move, move_all, plan_moves
from photomill_cli.group_output import Groups, contact_sheet, print_groups, shown
from photomill_cli.group_people import PEOPLE, group_by_people
from photomill_cli.interruption import interruption
from photomill_cli.left_out import print_left_out
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import plural, print_json
from photomill_cli.progress import progress

_POLL_SECONDS = 0.1


class _Interrupted(Exception):
    pass


@click.command("group", cls=Command, options={"groups": "-g"})
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-g", "--groups", type=click.IntRange(min=1), help="How many; the images decide without it."
)
@click.option("-k", "groups_as_before", type=click.IntRange(min=1), hidden=True, help="As -g.")
@click.option(
    "--min",
    "smallest",
    type=click.IntRange(min=1),
    default=1,
    help="Images of a group, at least.",
)
@click.option("--max", "largest", type=click.IntRange(min=1), help="Images of a group, at most.")
@click.option(
    "--mode",
    type=click.Choice([*GROUPING_MODES, PEOPLE]),
    default="visual",
    show_default=True,
    help="visual: by similarity. time: by gaps in time. sequence: by both, in the order taken, as the pages of a book. "
    "time+visual: by both; a group may come back to an earlier subject. people: by whose face is the largest, as a "
    "collection knows them.",
)
@collection_option
@click.option(
    "--html",
    type=SheetPath(),
    help="Write a page of thumbnails.",
)
@click.option(
    "--move",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Move the files into DIR/1, DIR/2 …: all of them or none, over no other file.",
)
@click.option(
    "--dry-run", is_flag=True, help="With --move: show what would be moved, and move nothing."
)
@json_option
@pass_invocation
@click.pass_context
def command(
    context: click.Context,
    invocation: Invocation,
    /,
    inputs: tuple[str, ...],
    groups: int | None,
    groups_as_before: int | None,
    smallest: int,
    largest: int | None,
    mode: str,
    collection: str | None,
    html: Path | None,
    move: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Split images into groups by similarity: files, folders to any depth, URLs, and storage://NAME/FOLDER/.

    \b
    photomill group photos -g 8 --min 2 --max 6 --html sheet.html
    photomill group holiday --mode sequence --move sorted --dry-run

    The same images always make the same groups. --quiet prints a group's number and an image on each line.
    """
    if dry_run and move is None:
        raise InvalidInput("is of use with --move only", path="--dry-run")
    with invocation.engine() as engine:
        images = _images(engine, inputs, move)
        if largest is not None and largest < smallest:
            raise InvalidInput(f"is less than --min, {smallest}", path="--max")
        wanted = GroupingConstraints(groups or groups_as_before, smallest, largest)
        try:
            if mode == PEOPLE:
                _check_unconstrained(wanted)
                made = group_by_people(open_collection(engine, collection), images)
            else:
                made = _grouped(engine, images, wanted, mode, quiet=invocation.quiet)
        except _Interrupted:
            click.echo("interrupted", err=True)
            context.exit(Exit.INTERRUPTED)
    moves = [] if move is None else plan_moves(made.groups, move)
    if html is not None:
        contact_sheet(made).write(html)
    if moves and not dry_run:
        move_all(moves)
    _print(invocation, made, moves, as_json=as_json, dry_run=dry_run)
    context.exit(Exit.SOME_FAILED if made.found.skipped else Exit.DONE)


def _check_unconstrained(wanted: GroupingConstraints) -> None:
    if wanted != GroupingConstraints():
        raise InvalidInput(
            "people are as many as they are: leave out -g, --min and --max", path="--mode"
        )


def _grouped(
    engine: Engine, images: list[str], wanted: GroupingConstraints, mode: str, *, quiet: bool
) -> Groups:
    if not images:
        return Groups(images, _no_groups(wanted))
    known: GroupingMode = next(each for each in GROUPING_MODES if each == mode)
    job = engine.grouping.submit(PathInputs(_absolute(images)), wanted, mode=known)
    return Groups(images, _finished(engine, job, len(images), quiet=quiet))


def _no_groups(wanted: GroupingConstraints) -> GroupingResult:
    sizes = {"groups": 0, "smallest": wanted.smallest, "largest": wanted.largest or 0}
    lists = ("groups", "covers", "bursts", "names", "skipped", "adjusted")
    return GroupingResult.of({"sizes": sizes, **{name: [] for name in lists}})


def _images(engine: Engine, inputs: tuple[str, ...], move: Path | None) -> list[str]:
    """The images as people name them, each once."""
    left_out: list[str] = []
    results = None if move is None else f"{move}/"
    plan = plan_files(inputs, EditRequest(), results)
    found = find_originals(plan, engine.storages.operator, left_out=left_out.append)
    images = list(dict.fromkeys(original.shown for original in found))
    print_left_out(left_out)
    if not images:
        click.echo(f"there are no images in {', '.join(inputs)}", err=True)
    for image in images:
        if move is not None and "://" in image:
            raise InvalidInput(f"{image} is no file of this machine", path="--move")
    return images


def _absolute(images: list[str]) -> list[str]:
    """Names that mean the same in every folder: another process may work on the job too."""
    return [each if "://" in each else str(Path(each).absolute()) for each in images]


def _finished(engine: Engine, job: Job, total: int, *, quiet: bool) -> GroupingResult:
    engine.jobs.start()
    try:
        job = _followed(engine, job, total, quiet=quiet)
        return engine.grouping.result(job)
    finally:
        # Whoever asked has the answer.
        if not engine.jobs.get(job.number).state.ended:
            engine.jobs.cancel(job.number)
        engine.jobs.delete(job.number)


def _followed(engine: Engine, job: Job, total: int, *, quiet: bool) -> Job:
    with interruption() as interrupted, progress("looking", total, quiet=quiet) as advance:
        while not job.state.ended:
            if interrupted:
                raise _Interrupted
            job = engine.jobs.wait(job.number, _POLL_SECONDS)
            so_far = job.progress
            lost = so_far.failed + so_far.skipped
            advance(so_far.done + lost, f"{lost} left out" if lost else "")
    return job


def _print(
    invocation: Invocation, made: Groups, moves: list[Move], *, as_json: bool, dry_run: bool
) -> None:
    if as_json:
        print_json(shown(made, moves))
        return
    if moves and not invocation.quiet:
        for each in moves:
            click.echo(f"{each.source} -> {each.target}")
        done = "would be moved" if dry_run else "moved"
        click.echo(f"{plural(len(moves), 'file')} {done}")
        return
    print_groups(made, quiet=invocation.quiet)
