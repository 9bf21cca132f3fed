"""``photomill duplicates``: what a collection holds twice."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from photomill import Collection, DuplicateKind, Pair, Record
from photomill_cli.choosing import choose_collection, collection_option
from photomill_cli.commands import Command
from photomill_cli.contact_sheet import ContactSheet, Section, card_of
from photomill_cli.duplicate_groups import Choice, DuplicateGroup
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import human_bytes, plural, print_json, print_table, working
from photomill_cli.search import filter_option, html_option, parse_filter

MOST_PAIRS = 100_000
"""Pairs looked at, the nearest first."""


@click.command("duplicates", cls=Command)
@collection_option
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in DuplicateKind]),
    default="similar",
    show_default=True,
    help="How alike at least: the same pixels, the same picture saved again, … any within the radius.",
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
@filter_option
@json_option
@html_option
@pass_invocation
def command(
    invocation: Invocation,
    collection: str | None,
    kind: str,
    radius: float | None,
    clusters: bool,
    limit: int,
    expression: str | None,
    as_json: bool,
    sheet: Path | None,
) -> None:
    """Find near-duplicates, as clusters or pairs, and say which of them to keep.

    What was enlarged or blurred is superfluous beside what is sharp; else the one with the most pixels is kept, then
    the one with the most bytes, then the one that came first. --quiet prints the ids of a cluster or pair on one line,
    with tabs between, the better ones first.
    """
    wanted = parse_filter(expression)
    with (
        invocation.engine() as engine,
        working("comparing", quiet=invocation.quiet),
    ):
        opened = engine.collections.open(choose_collection(engine, collection).id)
        with opened.pinned() as pinned:
            page = pinned.near_duplicate_pairs(radius=radius, filter=wanted, limit=MOST_PAIRS)
            pairs = [pair for pair in page.pairs if pair.kind.at_least(DuplicateKind(kind))]
            records = _records(pinned, pairs)
            choice = Choice(pairs, records, pinned.sharpness(list(records)))
        groups = choice.clusters() if clusters else choice.pairs()
    noun = "cluster" if clusters else "pair"
    if page.total > MOST_PAIRS:
        click.echo(
            f"only the nearest {MOST_PAIRS:,} of {page.total:,} pairs are looked at", err=True
        )
    if page.uncompared:
        click.echo(
            f"not compared: {page.uncompared:,} of the pairs outside the radius whose hashes agree, for they are too "
            "many; --filter leaves fewer",
            err=True,
        )
    shown = groups[:limit]
    if sheet is not None:
        _sheet(opened.info.name, shown, noun).write(sheet)
    if as_json:
        print_json({"total": len(groups), f"{noun}s": [_shown(group) for group in shown]})
    elif invocation.quiet:
        for group in shown:
            click.echo("\t".join(record.id for record in group.records))
    else:
        _print(shown, noun, len(groups))
        if sheet is not None:
            click.echo(f"wrote {sheet}", err=True)


def _records(collection: Collection, pairs: Sequence[Pair]) -> dict[str, Record]:
    ids = sorted({record_id for pair in pairs for record_id in (pair.first, pair.second)})
    return {record.id: record for record in collection.get(ids) if record is not None}


def _print(groups: Sequence[DuplicateGroup], noun: str, total: int) -> None:
    print_table(
        ("#", "Kind", "Distance", "", "Id", "Size", "Bytes"),
        [
            (
                number,
                group.kind.value,
                group.distance,
                "keep" if record is group.keep else "",
                record.id,
                f"{record.width}x{record.height}",
                human_bytes(record.bytes),
            )
            for number, group in enumerate(groups, 1)
            for record in group.records
        ],
    )
    more = "" if len(groups) == total else f", the first {len(groups):,} shown"
    click.echo(f"{plural(total, noun)}{more}", err=True)


def _sheet(collection: str, groups: Sequence[DuplicateGroup], noun: str) -> ContactSheet:
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


def _shown(group: DuplicateGroup) -> dict[str, Any]:
    return {
        "kind": group.kind.value,
        "distance": group.distance,
        "keep": group.keep.id if group.keep else None,
        "superfluous": [record.id for record in group.superfluous],
    }
