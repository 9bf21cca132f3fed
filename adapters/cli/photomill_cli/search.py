"""``photomill search``: by an image, a text or a record."""

import os
from pathlib import Path
from typing import Any

import click

from photomill import (
    ById,
    ByImage,
    ByText,
    Collection,
    Hit,
    InvalidFilter,
    InvalidInput,
    NotFound,
    PathSource,
    Query,
    RankBy,
    Record,
    SearchOptions,
    SearchResult,
    UriSource,
    decode_json,
    show_value,
)
from photomill_cli.choosing import collection_option, open_collection
from photomill_cli.commands import Command
from photomill_cli.contact_sheet import Card, ContactSheet, Section, SheetPath, card_of
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import human_bytes, on_one_line, print_json, print_table, working

Found = list[tuple[Hit, Record]]

filter_option = click.option(
    "--filter", "expression", metavar="JSON", help='Only such records: {"tags": "beach"}.'
)
html_option = click.option(
    "--html",
    "sheet",
    type=SheetPath(),
    help="Write a contact sheet, to look at.",
)


@click.command("search", cls=Command)
@click.argument("query", required=False)
@click.option(
    "--text",
    help="Search by words: things and kinds of things, colours, tags; not people, deeds or weather.",
)
@click.option("--id", "record_id", help="Search by a record.")
@collection_option
@click.option(
    "-k",
    "--limit",
    "limit",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many to find at most.",
)
@filter_option
@click.option("--radius", type=click.FloatRange(min=0), help="Only what is at most so far away.")
@click.option("--product-field", default="", help="Only the best of each value of this attribute.")
@click.option(
    "--ranking",
    type=click.Choice([each.value for each in RankBy]),
    default=RankBy.VISUAL.value,
    show_default=True,
    help="By how images look, or by what they show too.",
)
@click.option("--exact", is_flag=True, help="Measure every record.")
@json_option
@html_option
@pass_invocation
def command(
    invocation: Invocation,
    query: str | None,
    text: str | None,
    record_id: str | None,
    collection: str | None,
    limit: int,
    expression: str | None,
    radius: float | None,
    product_field: str,
    ranking: str,
    exact: bool,
    as_json: bool,
    sheet: Path | None,
) -> None:
    """Find the records most like QUERY: an image's path or URL, or a record's id.

    --quiet prints the ids only.
    """
    options = SearchOptions(
        limit=limit,
        filter=parse_filter(expression),
        radius=radius,
        product_field=product_field,
        exact=exact,
        ranking=RankBy(ranking),
    )
    wanted, card = _query(query, text, record_id)
    with (
        invocation.engine() as engine,
        working("searching", quiet=invocation.quiet),
    ):
        opened = open_collection(engine, collection)
        with opened.pinned() as pinned:
            result = _search(pinned, wanted, options, by_id=record_id is not None)
            found = _with_records(pinned, result)
        card = _card(opened, wanted, card)
    if sheet is not None:
        _sheet(opened, card, found).write(sheet)
    if as_json:
        print_json(_shown(opened, result, found))
    elif invocation.quiet:
        for hit, _ in found:
            click.echo(on_one_line(hit.id))
    else:
        print_table(
            ("Distance", "Id", "Size", "Bytes"), [_row(hit, record) for hit, record in found]
        )
        for note in result.notes:
            click.echo(note, err=True)
        if sheet is not None:
            click.echo(f"wrote {sheet}", err=True)


def parse_filter(expression: str | None) -> Any:
    """A filter from the command line.

    :raises InvalidFilter: it is not JSON.
    """
    if expression is None:
        return None
    try:
        return decode_json(expression.encode(errors="surrogateescape"))
    except InvalidInput as error:
        raise InvalidFilter(
            f"expected JSON, got {show_value(expression)}: {error.message}", path="--filter"
        ) from None


def _query(query: str | None, text: str | None, record_id: str | None) -> tuple[Query, Card]:
    """What to search by, and how to show it."""
    given = [value for value in (query, text, record_id) if value is not None]
    if len(given) != 1:
        raise InvalidInput("expected one of QUERY, --text and --id")
    (word,) = given
    if text is not None:
        return ByText(word), Card(f"“{word}”")
    if query is not None and word.startswith(("http://", "https://", "storage://")):
        return ByImage(UriSource(word)), Card(word)
    if query is not None and os.path.isfile(word):
        path = Path(word).absolute()
        return ByImage(PathSource(str(path), trusted=True)), Card(path.name, path)
    return ById(word), Card(word)


def _search(
    collection: Collection, query: Query, options: SearchOptions, *, by_id: bool
) -> SearchResult:
    """
    :param by_id: a record was named as such, and no file was meant.
    """
    try:
        return collection.search(query, options)
    except NotFound:
        if isinstance(query, ById):
            raise NotFound(
                f"no {'' if by_id else 'file and no '}record {query.id!r} in {collection.info.name!r}"
            ) from None
        raise


def _with_records(collection: Collection, result: SearchResult) -> Found:
    records = collection.get([hit.id for hit in result.hits])
    return [
        (hit, record)
        for hit, record in zip(result.hits, records, strict=True)
        if record is not None  # deleted since by another process
    ]


def _card(collection: Collection, query: Query, plain: Card) -> Card:
    records = collection.get([query.id]) if isinstance(query, ById) else []
    return next((card_of(record) for record in records if record is not None), plain)


def _sheet(collection: Collection, query: Card, found: Found) -> ContactSheet:
    cards = [card_of(record, f"distance {hit.distance:.2f}") for hit, record in found]
    return ContactSheet(
        title=f"Most like {query.title}",
        subtitle=f"{len(cards)} found in {collection.info.name}",
        sections=[Section("Searched for", [query]), Section("Found, most alike first", cards)],
    )


def _row(hit: Hit, record: Record) -> tuple[float, str, str, str]:
    return hit.distance, hit.id, f"{record.width}x{record.height}", human_bytes(record.bytes)


def _shown(collection: Collection, result: SearchResult, found: Found) -> dict[str, Any]:
    return {
        "collection": {"id": collection.info.id, "name": collection.info.name},
        "hits": [
            {
                "id": hit.id,
                "distance": hit.distance,
                "width": record.width,
                "height": record.height,
                "format": record.format,
                "bytes": record.bytes,
                "attributes": record.attributes,
            }
            for hit, record in found
        ],
        "plan": result.plan,
        "scanned": result.scanned,
        "channels": list(result.channels),
        "notes": list(result.notes),
        "certified": result.certified,
    }
