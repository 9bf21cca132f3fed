"""``photomill duplicates``: what a collection holds twice."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from photomill import (
    Advantage,
    ClustersPage,
    Collection,
    DuplicateCluster,
    DuplicateKind,
    Engine,
    InvalidInput,
    Unsupported,
    files_of_clusters,
    undo_collection,
)
from photomill_cli import moving
from photomill_cli.choosing import collection_option, open_collection
from photomill_cli.commands import Command
from photomill_cli.contact_sheet import ContactSheet, Section, card_of
from photomill_cli.exits import Exit
from photomill_cli.interruption import interruption
from photomill_cli.moving import dry_run_option, print_moves
from photomill_cli.options import ExistingPath, Invocation, json_option, pass_invocation
from photomill_cli.output import human_bytes, on_one_line, plural, print_json, print_table, working
from photomill_cli.progress import progress
from photomill_cli.search import filter_option, html_option, parse_filter

_REASONS = {
    Advantage.SHARPER: "sharper",
    Advantage.LARGER: "larger",
    Advantage.FORMAT: "better format",
    Advantage.BYTES: "more bytes",
    Advantage.OLDER: "older",
    Advantage.EARLIER: "came first",
}


@click.command("duplicates", cls=Command)
@collection_option
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in DuplicateKind]),
    help="How alike at least: the same pixels, the same image saved again, … any within the radius. "
    "[default: similar; near with --drop and --move]",
)
@click.option("--radius", type=click.FloatRange(min=0), help="How near; else what is configured.")
@click.option(
    "--clusters/--pairs",
    default=True,
    help="Show each record to keep with what it makes superfluous, or every pair.",
)
@click.option(
    "-k",
    "--limit",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="How many to find at most: pairs or clusters.",
)
@click.option(
    "--drop",
    is_flag=True,
    help="Drop what is superfluous; `photomill dropped restore` puts it back.",
)
@click.option(
    "--move",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Drop what is superfluous and move its files into DIR; over no other file, and never without the file to keep.",
)
@dry_run_option
@click.option(
    "--undo",
    type=ExistingPath(dir_okay=False),
    metavar="FILE",
    help="Move back what --move noted in FILE, and restore its records.",
)
@filter_option
@json_option
@html_option
@pass_invocation
@click.pass_context
def command(
    context: click.Context,
    invocation: Invocation,
    collection: str | None,
    kind: str | None,
    radius: float | None,
    clusters: bool,
    limit: int,
    drop: bool,
    move: Path | None,
    dry_run: bool,
    undo: Path | None,
    expression: str | None,
    as_json: bool,
    sheet: Path | None,
) -> None:
    """Find near-duplicates, as clusters or pairs, and say which of them to keep.

    What was enlarged or blurred is superfluous beside what is sharp; else the one with the most pixels is kept, then
    the one in the better format, with the most bytes, the older file, the one that came first. --quiet prints the ids of a cluster or pair on one line,
    with tabs between, the better ones first.

    Where an external index holds a collection's vectors, a job compares all records, unless none came since the last
    one; whoever works on jobs may help.
    """
    wanted = parse_filter(expression)
    _check_options(clusters=clusters, drop=drop, move=move, dry_run=dry_run, undo=undo)
    with invocation.engine() as engine:
        if undo is not None and collection is None:
            collection = undo_collection(undo)
        opened = open_collection(engine, collection)
        if undo is not None:
            report = moving.undo(opened, undo, quiet=invocation.quiet)
            context.exit(print_moves(report, "moved back", invocation, as_json=as_json))
        if not opened.in_memory:
            _compare(invocation, engine, opened, radius, wanted)
        with working("comparing", quiet=invocation.quiet):
            page = opened.duplicate_clusters(
                kind=DuplicateKind(kind or ("near" if drop or move else "similar")),
                pairs=not clusters,
                radius=radius,
                filter=wanted,
                limit=limit,
            )
        if sheet is not None:
            _sheet(opened.info.name, page.clusters, "cluster" if clusters else "pair").write(sheet)
        if move is not None:
            files = files_of_clusters(opened, page.clusters)
            report = moving.move(opened, files, move, dry_run=dry_run, quiet=invocation.quiet)
            done = "would be moved" if dry_run else "moved"
            context.exit(print_moves(report, done, invocation, as_json=as_json))
        if drop and not dry_run:
            opened.drop([record.id for each in page.clusters for record in each.superfluous])
    noun = "cluster" if clusters else "pair"
    _print_what_is_left_out(page)
    if as_json:
        print_json({"total": page.total, f"{noun}s": [_shown(each) for each in page.clusters]})
    elif invocation.quiet:
        for cluster in page.clusters:
            click.echo("\t".join(on_one_line(record.id) for record in cluster.records))
    else:
        _print(page.clusters, noun, page.total)
        if drop:
            count = sum(len(each.superfluous) for each in page.clusters)
            done = "would be dropped" if dry_run else "dropped"
            click.echo(f"{plural(count, 'record')} {done}", err=True)
        if sheet is not None:
            click.echo(f"wrote {sheet}", err=True)


def _compare(
    invocation: Invocation,
    engine: Engine,
    collection: Collection,
    radius: float | None,
    filter: Any,
) -> None:
    """Have a job compare the records, unless one did since the last was inserted."""
    try:
        if not collection.near_duplicate_pairs(radius=radius, filter=filter, limit=1).newer:
            return
    except Unsupported:
        pass  # None has compared them yet.
    count = collection.count(filter)
    with (
        interruption() as interrupted,
        progress("comparing", count, quiet=invocation.quiet) as advance,
    ):
        whole = engine.comparing.run(
            collection.info.id,
            radius=radius,
            filter=filter,
            progress=lambda done, total: advance(count * done // (total or count + 1), ""),
            stop=lambda: bool(interrupted),
        )
    if not whole:
        click.echo("interrupted: nothing was compared to the end", err=True)
        raise click.exceptions.Exit(Exit.INTERRUPTED)


def _check_options(
    *,
    clusters: bool,
    drop: bool,
    move: Path | None,
    dry_run: bool,
    undo: Path | None,
) -> None:
    if (drop or move) and not clusters:
        raise InvalidInput("go with clusters only", path="--drop and --move")
    if dry_run and not (drop or move):
        raise InvalidInput("is of use with --drop and --move only", path="--dry-run")
    if undo is not None and (drop or move):
        raise InvalidInput("goes without --drop and --move", path="--undo")


def _print_what_is_left_out(page: ClustersPage) -> None:
    if page.pairs > page.looked_at:
        click.echo(
            f"only the nearest {page.looked_at:,} of {page.pairs:,} pairs are looked at", err=True
        )
    if page.uncompared:
        click.echo(
            f"not compared: {page.uncompared:,} of the pairs outside the radius whose hashes agree, for they are too "
            "many; --filter leaves fewer",
            err=True,
        )
    if page.approximate:
        click.echo(
            "the vectors are too many to be compared with each other: each record's neighbours were searched for, and no "
            "copies outside the radius; [search] compared_bytes sets how many may be",
            err=True,
        )
    if page.newer:
        click.echo(f"not compared: {plural(page.newer, 'record')} inserted meanwhile", err=True)
    if page.reviewed:
        click.echo(f"{plural(page.reviewed, 'pair')} left out, reviewed and kept", err=True)


def _print(groups: Sequence[DuplicateCluster], noun: str, total: int) -> None:
    print_table(
        ("#", "Kind", "Distance", "", "Id", "Size", "Bytes", "Why the other one"),
        [
            (
                number,
                group.kind.value,
                group.distance,
                "keep" if record is group.keep else "",
                record.id,
                f"{record.width}x{record.height}",
                human_bytes(record.bytes),
                _reasons(group, record.id),
            )
            for number, group in enumerate(groups, 1)
            for record in group.records
        ],
    )
    more = "" if len(groups) == total else f", the first {len(groups):,} shown"
    click.echo(f"{plural(total, noun)}{more}", err=True)


def _sheet(collection: str, groups: Sequence[DuplicateCluster], noun: str) -> ContactSheet:
    return ContactSheet(
        title=f"Near-duplicates in {collection}",
        subtitle=plural(len(groups), noun),
        sections=[
            Section(
                f"{group.kind.value}, distance {group.distance:.2f}",
                [
                    card_of(record, badge="keep" if record is group.keep else "")
                    for record in group.records
                ],
            )
            for group in groups
        ],
    )


def _shown(group: DuplicateCluster) -> dict[str, Any]:
    return {
        "kind": group.kind.value,
        "distance": group.distance,
        "keep": group.keep.id if group.keep else None,
        "superfluous": [record.id for record in group.superfluous],
        "reasons": {
            record_id: [reason.value for reason in reasons]
            for record_id, reasons in group.reasons.items()
        },
    }


def _reasons(group: DuplicateCluster, record_id: str) -> str:
    return ", ".join(_REASONS[reason] for reason in group.reasons.get(record_id, ()))
