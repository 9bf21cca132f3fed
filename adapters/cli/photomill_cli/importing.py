"""``photomill import``: folders and files into a collection."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click

from photomill import (
    MOST_OF_A_UNIT,
    Collection,
    DuplicateKind,
    Engine,
    ImportOptions,
    ImportReport,
    InvalidInput,
    NotFound,
    TooComplex,
    decode_json,
    escape_name,
    find_images,
    find_objects,
)
from photomill_cli.choosing import choose_collection, collection_option
from photomill_cli.commands import Command
from photomill_cli.exits import Exit
from photomill_cli.interruption import interruption
from photomill_cli.left_out import print_left_out
from photomill_cli.options import ExistingPath, Invocation, json_option, pass_invocation
from photomill_cli.output import plural, print_json, working
from photomill_cli.progress import progress
from photomill_cli.watching import check_watched, watch_places

SHOWN_FAILURES = 20


class _Place(click.ParamType[Path | str]):
    """A file or folder that is there, or a URI."""

    name = "input"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path | str:
        if "://" in str(value):
            return str(value)
        path: Path = ExistingPath().convert(value, param, ctx)
        return path


@click.command("import", cls=Command)
@click.argument("places", nargs=-1, required=True, metavar="INPUT...", type=_Place())
@collection_option
@click.option("--create", is_flag=True, help="Create the collection where there is none.")
@click.option(
    "--near-duplicates",
    type=click.Choice(["keep", "skip"]),
    default="keep",
    show_default=True,
    help="What to do with images like one that is there.",
)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in DuplicateKind]),
    default="near",
    show_default=True,
    help="How alike near-duplicates are at least: the same pixels, the same image, … any within the radius.",
)
@click.option(
    "--radius",
    type=click.FloatRange(min=0),
    help="How near a near-duplicate is; else what is configured.",
)
@click.option("--tags", default="", help="Tags for every record, with commas between.")
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    metavar="NAME=VALUE",
    help="An attribute for every record; a VALUE that is JSON is taken as such.",
)
@click.option("--prefix", default="", help="Put before every id.")
@click.option("--watch", is_flag=True, help="Then follow the folders, until Ctrl-C.")
@json_option
@pass_invocation
@click.pass_context
def command(
    context: click.Context,
    invocation: Invocation,
    places: tuple[Path | str, ...],
    collection: str | None,
    create: bool,
    near_duplicates: str,
    kind: str,
    radius: float | None,
    tags: str,
    attributes: tuple[str, ...],
    prefix: str,
    watch: bool,
    as_json: bool,
) -> None:
    """Import images into a collection: folders to any depth, files, URLs, and storage://NAME/FOLDER/.

    A record's id is the image's path below its folder. What is there already is left alone, so an import that was
    interrupted goes on when it is run again. It is a job, on which whoever works on jobs may help. --quiet prints how many
    records are new.

    With --watch new images come in by themselves once they are written. A record whose file is gone is dropped, and can
    be restored; with a file that gets another name its attributes go along; a file that holds another image makes its
    record anew.
    """
    folders = check_watched(places) if watch else []
    given = _attributes(attributes, tags)
    with invocation.engine() as engine:
        with working("opening the collection", quiet=invocation.quiet):
            target = _target(engine, collection, create)
        reach = engine.settings.search.near_radius if radius is None else radius
        options = ImportOptions(
            attributes=given,
            prefix=prefix,
            near_radius=reach if near_duplicates == "skip" else None,
            near_kind=DuplicateKind(kind),
            gps=engine.settings.import_.gps,
        )
        report = import_places(engine, target, places, options, quiet=invocation.quiet)
        _tell(report, as_json=as_json, quiet=invocation.quiet)
        if watch and not report.stopped:
            _watch(engine, target, folders, options, report, quiet=invocation.quiet)
    context.exit(_exit(report))


def _tell(report: ImportReport, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(_shown(report))
    elif quiet:
        click.echo(report.inserted)
    else:
        click.echo(summary(report))


def _watch(
    engine: Engine,
    target: Collection,
    folders: Sequence[Path],
    options: ImportOptions,
    report: ImportReport,
    *,
    quiet: bool,
) -> None:
    if not quiet:
        click.echo("watching; Ctrl-C ends it", err=True)
    with interruption() as interrupted:
        watch_places(
            engine,
            target,
            folders,
            options,
            report,
            stop=lambda: bool(interrupted),
            quiet=quiet,
        )


def import_places(
    engine: Engine,
    collection: Collection,
    places: Sequence[Path | str],
    options: ImportOptions,
    *,
    quiet: bool,
    stop: Callable[[], bool] | None = None,
) -> ImportReport:
    """Import with progress; Ctrl-C ends it after the batches that are under way, a second one at once.

    :param places: folders and files, and URIs.
    :param stop: ends it instead of Ctrl-C, in a thread beside a server; then no progress is shown.
    """
    left_out: list[str] = []
    total = sum(_count(engine, place, left_out) for place in places)
    shown = progress("importing", total, quiet=quiet or stop is not None)
    ctrl_c: AbstractContextManager[list[int]] = nullcontext([]) if stop else interruption()
    with ctrl_c as interrupted, shown as advance:
        report = engine.importing.run(
            collection.info.id,
            places,
            options,
            # What progress is told of.
            unit=min(MOST_OF_A_UNIT, max(options.batch, total // 100)),
            progress=lambda so_far: advance(so_far.seen, _note(so_far)),
            stop=stop or (lambda: bool(interrupted)),
        )
    for failure in report.failures[: len(report.failures) if quiet else SHOWN_FAILURES]:
        click.echo(f"{_shown_path(failure.path)}: {failure.error}", err=True)
    print_left_out(left_out)
    if not report.seen and not report.stopped:
        where = ", ".join(_shown_path(place) for place in places)
        click.echo(f"there are no images in {where}", err=True)
    _tell_what_was_left_out(report)
    if not quiet:
        for note, count in report.notes.most_common():
            click.echo(f"{plural(count, 'image')}: {note}", err=True)
    return report


def _count(engine: Engine, place: Path | str, left_out: list[str]) -> int:
    """How many images there are to look at.

    :param left_out: told of the files that are none.
    """
    if isinstance(place, str):
        found = find_objects(place, engine.storages.operator, left_out=left_out.append)
        return sum(1 for _ in found)

    def leave_out(path: Path) -> None:
        left_out.append(_shown_path(path))

    files = find_images([place], unreadable=lambda error: None, left_out=leave_out)
    return sum(1 for _ in files)


def _shown_path(path: Path | str) -> str:
    return path if isinstance(path, str) else escape_name(str(path))


def _tell_what_was_left_out(report: ImportReport) -> None:
    for each in report.left_out:
        found, kind = each.duplicate_of, each.duplicate_of.kind
        how = "" if kind is None else f"{kind.value}, "
        click.echo(
            f"{_shown_path(each.path)}: left out, like {found.id} ({how}distance {found.distance:.2f})",
            err=True,
        )


def summary(report: ImportReport) -> str:
    """One line that tells what an import did."""
    parts = [plural(report.inserted, "new record")]
    if report.present:
        parts.append(f"{report.present:,} there already")
    if report.dropped:
        parts.append(f"{report.dropped:,} dropped earlier")
    if report.near_duplicates:
        parts.append(f"{plural(report.near_duplicates, 'near-duplicate')} left out")
    if report.failures:
        parts.append(f"{len(report.failures):,} failed")
    if report.stopped:
        parts.append("interrupted: run it again to go on")
    return ", ".join(parts)


def _target(engine: Engine, reference: str | None, create: bool) -> Collection:
    try:
        info = choose_collection(engine, reference)
    except NotFound:
        if not create or reference is None:
            raise
        info = engine.collections.create(reference)
    return engine.collections.open(info.id)


def _attributes(given: tuple[str, ...], tags: str) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidInput(f"expected NAME=VALUE, got {text!r}", path="--attribute")
        attributes[name] = _json_or_text(value)
    if tags:
        attributes["tags"] = [tag.strip() for tag in tags.split(",") if tag.strip()]
    return attributes


def _json_or_text(value: str) -> Any:
    try:
        return decode_json(value.encode(errors="surrogateescape"))
    except TooComplex:
        raise
    except InvalidInput:
        return value


def _note(report: ImportReport) -> str:
    parts = []
    if report.present:
        parts.append(f"{report.present} there already")
    if report.failures:
        parts.append(f"{len(report.failures)} failed")
    return ", ".join(parts)


def _shown(report: ImportReport) -> dict[str, Any]:
    return {
        "inserted": report.inserted,
        "present": report.present,
        "dropped": report.dropped,
        "near_duplicates": report.near_duplicates,
        "left_out": [
            {
                "path": _shown_path(each.path),
                "like": each.duplicate_of.id,
                "kind": each.duplicate_of.kind.value if each.duplicate_of.kind else None,
                "distance": each.duplicate_of.distance,
            }
            for each in report.left_out
        ],
        "failed": [
            {"path": _shown_path(failure.path), "error": str(failure.error)}
            for failure in report.failures
        ],
        "notes": [{"note": note, "images": count} for note, count in report.notes.most_common()],
        "stopped": report.stopped,
    }


def _exit(report: ImportReport) -> Exit:
    if report.stopped:
        return Exit.INTERRUPTED
    return Exit.SOME_FAILED if report.failures else Exit.DONE
