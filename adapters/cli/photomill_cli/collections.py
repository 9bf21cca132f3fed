"""``photomill collections``: create, list, show, concepts, reembed, texts, thumbnails, clear, delete."""

from typing import Any

import attrs
import click

from photomill import CollectionInfo, Conflict, Engine, TextsReport, ThumbnailReport
from photomill_cli import passes
from photomill_cli.asking import confirm
from photomill_cli.choosing import choose_collection, complete_collections, open_collection
from photomill_cli.commands import Group
from photomill_cli.exits import Exit
from photomill_cli.interruption import interruption
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import moment, plural, print_details, print_json, print_table, working
from photomill_cli.progress import progress

yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


@click.group("collections", cls=Group)
def command() -> None:
    """Create, list and delete collections.

    A collection is named by its id, or by its name where no other has it.
    """


@command.command("create")
@click.argument("name")
@click.option("--embedder", default="", help="An instance in [embedders]; else the configured one.")
@click.option("--index", default="", help="An instance in [indexes], or auto.")
@click.option("--product-field", default="", help="The attribute by which results are grouped.")
@click.option(
    "--max-records",
    type=click.IntRange(min=0),
    help="What it may hold, 0 for no limit; else what is configured.",
)
@click.option(
    "--thumbnails/--no-thumbnails",
    default=None,
    help="Whether thumbnails are made of what is inserted; else what is configured.",
)
@click.option("--texts", is_flag=True, help="Read the text in images that are inserted.")
@click.option(
    "--people", is_flag=True, help="Look for people in what is inserted; see `photomill people`."
)
@click.option("--allow-same-name", is_flag=True, help="Also where a collection has the name.")
@json_option
@pass_invocation
def create(
    invocation: Invocation,
    name: str,
    embedder: str,
    index: str,
    product_field: str,
    max_records: int | None,
    thumbnails: bool | None,
    texts: bool,
    people: bool,
    allow_same_name: bool,
    as_json: bool,
) -> None:
    """Create a collection; --quiet prints its id only."""
    with invocation.engine() as engine, working("creating", quiet=invocation.quiet):
        if not allow_same_name and engine.collections.named(name):
            raise Conflict(
                f"a collection is called {name!r} already; --allow-same-name makes one more"
            )
        info = engine.collections.create(
            name,
            embedder=embedder,
            index=index,
            product_field=product_field,
            max_records=max_records,
            thumbnails=thumbnails,
            texts=texts,
            people=people,
        )
    if as_json:
        print_json(attrs.asdict(info))
    elif invocation.quiet:
        click.echo(info.id)
    else:
        click.echo(f"created {name!r} with id {info.id}")


@command.command("list")
@json_option
@pass_invocation
def list_all(invocation: Invocation, as_json: bool) -> None:
    """List collections; --quiet prints their ids only."""
    with invocation.engine() as engine:
        found = engine.collections.list_all()
    if as_json:
        print_json([attrs.asdict(info) for info in found])
    elif invocation.quiet:
        for info in found:
            click.echo(info.id)
    else:
        rows = [
            (info.name, info.id, info.embedder, info.index, moment(info.created)) for info in found
        ]
        print_table(("Name", "Id", "Embedder", "Index", "Created"), rows)


@command.command("show")
@click.argument("collection", shell_complete=complete_collections)
@json_option
@pass_invocation
def show(invocation: Invocation, collection: str, as_json: bool) -> None:
    """Show a collection's settings and size; --quiet prints the number of records only."""
    with invocation.engine() as engine, working("opening", quiet=invocation.quiet):
        info = choose_collection(engine, collection)
        details = _details(engine, info)
    if as_json:
        print_json(details)
    elif invocation.quiet:
        click.echo(details["records"])
    else:
        print_details(list({**details, "created": moment(info.created)}.items()))


@command.command("concepts")
@click.argument("collection", shell_complete=complete_collections)
@pass_invocation
def concepts(invocation: Invocation, collection: str) -> None:
    """Find out what the images show of records that came before concepts were kept; --quiet prints for how many.

    No image is read. What was interrupted goes on when it is run again.
    """
    with invocation.engine() as engine:
        with working("opening", quiet=invocation.quiet):
            opened = open_collection(engine, collection)
        total = opened.count()
        with (
            interruption() as interrupted,
            progress("looking", total, quiet=invocation.quiet) as advance,
        ):
            count = opened.add_concepts(
                progress=lambda seen: advance(seen, ""), stop=lambda: bool(interrupted)
            )
    click.echo(count if invocation.quiet else f"added to {plural(count, 'record')}")
    if interrupted:
        raise click.exceptions.Exit(Exit.INTERRUPTED)


@command.command("texts")
@click.argument("collection", shell_complete=complete_collections)
@click.option("--off", is_flag=True, help="Read no more; what was read stays.")
@json_option
@pass_invocation
def texts(invocation: Invocation, collection: str, off: bool, as_json: bool) -> None:
    """Read the text in a collection's images, and have it read of what is inserted from now on.

    Searches by words find what was read, and `kind` tells documents, screenshots and photos apart. Originals are read
    where records say that they are, and used where they still are the very images that were inserted. Ctrl-C ends it;
    run again, it goes on. --quiet prints how many were read.
    """
    with invocation.engine() as engine:
        info = choose_collection(engine, collection)
        engine.collections.set_texts(info.id, not off)
        report = TextsReport()
        stopped = False
        if not off:
            report, stopped = _read_texts(engine, info, quiet=invocation.quiet)
    read = f"read {plural(report.read, 'image')}, {report.with_text} with text"
    passes.end(
        invocation,
        {"read": report.read, "with_text": report.with_text},
        f"{info.name!r} reads no more texts" if off else read,
        count=report.read,
        unreadable=report.unreadable,
        stopped=stopped,
        as_json=as_json,
    )


@command.command("reembed")
@click.argument("collection", shell_complete=complete_collections)
@pass_invocation
def reembed(invocation: Invocation, collection: str) -> None:
    """Bring a collection to the present version of its embedder; --quiet prints how many records were converted.

    No image is read. The collection is searched as it was until all is converted. It is a job, on which whoever works on
    jobs may help; what was interrupted goes on when it is run again.
    """
    with invocation.engine() as engine:
        info = choose_collection(engine, collection)
        total, _ = engine.collections.newest(info.id, 0)
        with (
            interruption() as interrupted,
            progress("converting", total, quiet=invocation.quiet) as advance,
        ):
            report = engine.reembedding.run(
                info.id,
                progress=lambda seen: advance(min(seen, total), ""),
                stop=lambda: bool(interrupted),
            )
    if invocation.quiet:
        click.echo(report.records)
    elif report.stopped:
        click.echo(f"{info.name!r} is as it was; run this again to go on")
    else:
        click.echo(
            f"{info.name!r} is of the present version: converted {plural(report.records, 'record')}"
        )
    if report.stopped:
        raise click.exceptions.Exit(Exit.INTERRUPTED)


@command.command("thumbnails")
@click.argument("collection", shell_complete=complete_collections)
@click.option(
    "--off", is_flag=True, help="Remove the thumbnails, and make none of what is inserted."
)
@json_option
@pass_invocation
def thumbnails(invocation: Invocation, collection: str, off: bool, as_json: bool) -> None:
    """Make the thumbnails that a collection lacks, and have them made of what is inserted from now on.

    Originals are read where records say that they are, and used where they still are the very images that were inserted.
    Ctrl-C ends it; run again, it goes on. --quiet prints how many were made.
    """
    with invocation.engine() as engine:
        info = choose_collection(engine, collection)
        if off:
            engine.collections.set_thumbnails(info.id, False)
            report = ThumbnailReport()
        else:
            report = _made(engine, info, quiet=invocation.quiet)
    made = f"made {plural(report.made, 'thumbnail')}"
    passes.end(
        invocation,
        {"made": report.made},
        f"{info.name!r} has no thumbnails any more" if off else made,
        count=report.made,
        unreadable=report.unreadable,
        stopped=report.stopped,
        as_json=as_json,
    )


@command.command("clear")
@click.argument("collection", shell_complete=complete_collections)
@yes_option
@pass_invocation
def clear(invocation: Invocation, collection: str, yes: bool) -> None:
    """Remove all records of a collection; --quiet prints how many there were."""
    with invocation.engine() as engine:
        info = choose_collection(engine, collection)
        if not yes:
            confirm(f"Remove all records of {info.name!r}?")
        count = engine.collections.clear(info.id)
    click.echo(count if invocation.quiet else f"removed {plural(count, 'record')}")


@command.command("delete")
@click.argument("collection", shell_complete=complete_collections)
@yes_option
@pass_invocation
def delete(invocation: Invocation, collection: str, yes: bool) -> None:
    """Delete a collection and all that is in it; --quiet prints its id."""
    with invocation.engine() as engine:
        info = choose_collection(engine, collection)
        if not yes:
            confirm(f"Delete {info.name!r} and all its records?")
        engine.collections.delete(info.id)
    click.echo(info.id if invocation.quiet else f"deleted {info.name!r}")


def _read_texts(engine: Engine, info: CollectionInfo, *, quiet: bool) -> tuple[TextsReport, bool]:
    opened = engine.collections.open(info.id)
    missing = opened.count() - opened.texts.count()
    with interruption() as interrupted, progress("reading", missing, quiet=quiet) as advance:
        report = engine.reading.run(
            info.id,
            progress=lambda so_far: advance(so_far.read + len(so_far.unreadable), ""),
            stop=lambda: bool(interrupted),
        )
    return report, bool(interrupted)


def _made(engine: Engine, info: CollectionInfo, *, quiet: bool) -> ThumbnailReport:
    if not info.thumbnails:
        engine.collections.set_thumbnails(info.id, True)
    opened = engine.collections.open(info.id)
    missing = opened.count() - opened.thumbnail_usage().count
    with interruption() as interrupted, progress("making", missing, quiet=quiet) as advance:
        return opened.make_thumbnails(
            trusted=True,
            progress=lambda so_far: advance(so_far.made + len(so_far.unreadable), ""),
            stop=lambda: bool(interrupted),
        )


def _details(engine: Engine, info: CollectionInfo) -> dict[str, Any]:
    opened = engine.collections.open(info.id)
    state = attrs.asdict(opened.statistics())
    return {
        **attrs.asdict(info),
        "records": state.pop("records"),
        "index_state": state,
        "stored_thumbnails": attrs.asdict(opened.thumbnail_usage()),
    }
