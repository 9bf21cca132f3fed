"""Following folders, and saying what comes and goes."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from photomill import (
    Collection,
    Engine,
    FolderChanges,
    ImportOptions,
    ImportReport,
    InvalidInput,
    escape_name,
)
from photomill_cli.output import plural


def check_watched(places: Sequence[Path | str]) -> list[Path]:
    """The folders and files among some places, which are to be all.

    :raises InvalidInput: a place is not of this machine.
    """
    folders = [place for place in places if isinstance(place, Path)]
    if len(folders) < len(places):
        raise InvalidInput("only folders and files of this machine can be watched", path="--watch")
    return folders


def watch_places(
    engine: Engine,
    collection: Collection,
    places: Sequence[Path],
    options: ImportOptions,
    report: ImportReport,
    *,
    stop: Callable[[], bool],
    quiet: bool,
) -> None:
    """Make a collection follow folders until it is told to stop.

    :param report: of the import before, whose failures are not told again.
    """

    def tell(changes: FolderChanges) -> None:
        for failure in changes.report.failures:
            click.echo(f"{escape_name(str(failure.path))}: {failure.error}", err=True)
        line = described(changes)
        if line and not quiet:
            click.echo(f"{collection.info.name}: {line}", err=True)

    failed = [each.path for each in report.failures]
    passed_by = failed + [each.path for each in report.left_out]
    engine.importing.watch(
        collection.info.id,
        places,
        options,
        passed_by=[path for path in passed_by if isinstance(path, Path)],
        told=tell,
        stop=stop,
    )


def described(changes: FolderChanges) -> str:
    """One line that tells what came and went; empty for nothing."""
    report = changes.report
    parts = [
        (report.inserted, plural(report.inserted, "new record")),
        (len(changes.changed), f"{len(changes.changed):,} changed"),
        (len(changes.renamed), f"{len(changes.renamed):,} renamed"),
        (len(changes.removed), f"{len(changes.removed):,} dropped with their files"),
        (len(changes.returned), f"{len(changes.returned):,} back again"),
        (report.near_duplicates, f"{plural(report.near_duplicates, 'near-duplicate')} left out"),
    ]
    return ", ".join(text for count, text in parts if count)
