"""From what was typed to the collection that is meant."""

import click

from photomill import Collection, CollectionInfo, Engine, InvalidInput, NotFound, PhotomillError
from photomill_cli.options import Invocation


def complete_collections(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[str]:
    """The names of collections that begin so, for a shell; none where the catalog cannot be opened."""
    invocation = context.find_object(Invocation) or Invocation()
    try:
        if not invocation.settings().data_dir.is_dir():
            return []
        with invocation.engine() as engine:
            names = {info.name for info in engine.collections.list_all()}
    except PhotomillError:
        return []
    return sorted(name for name in names if name.startswith(incomplete))


collection_option = click.option(
    "--collection",
    "-c",
    shell_complete=complete_collections,
    metavar="NAME_OR_ID",
    help="The collection; may be left out where there is only one.",
)


def choose_collection(engine: Engine, reference: str | None) -> CollectionInfo:
    """The collection of an id or of a name that only one has; without either, the only one there is.

    Those that hold the photos of owners' groups are meant only where they are named.

    :raises NotFound: there is none.
    :raises InvalidInput: there are several.
    """
    collections = engine.collections.list_all()
    if reference is None:
        of_albums = engine.albums.owners.collections()
        return _only([info for info in collections if info.id not in of_albums])
    by_id = [info for info in collections if info.id == reference]
    named = by_id or [info for info in collections if info.name == reference]
    if not named:
        raise NotFound(f"no collection {reference!r}; `photomill collections list` shows all")
    if len(named) > 1:
        raise InvalidInput(
            f"{len(named)} collections are called {reference!r}; give an id: {_choices(named)}",
            path="--collection",
        )
    return named[0]


def open_collection(engine: Engine, reference: str | None) -> Collection:
    """Open the collection that :func:`choose_collection` chooses.

    :raises NotFound, InvalidInput: as there.
    """
    return engine.collections.open(choose_collection(engine, reference).id)


def _only(collections: list[CollectionInfo]) -> CollectionInfo:
    if not collections:
        raise NotFound("no collection yet; `photomill collections create NAME` makes one")
    if len(collections) > 1:
        raise InvalidInput(
            f"there are {len(collections)} collections; give a name or an id: {_choices(collections)}",
            path="--collection",
        )
    return collections[0]


def _choices(collections: list[CollectionInfo]) -> str:
    return ", ".join(f"{info.id} ({info.name})" for info in collections[:5])
