"""What the settings name by a name: whether it is there."""

from collections.abc import Collection, Iterator
from pathlib import Path

from photomill.config.settings import Settings
from photomill.config.wording import suggest_name
from photomill.errors import Problem

_OPTIONAL = (
    ("editing", "text_embedder", "embedders"),
    ("editing", "temporary", "storages"),
    ("people", "recogniser", "recognisers"),
    ("grouping", "embedder", "embedders"),
    ("grouping", "colours", "embedders"),
    ("grouping", "visual", "groupers"),
    ("grouping", "time", "groupers"),
    ("grouping", "time_visual", "groupers"),
    ("grouping", "sequence", "groupers"),
    ("texts", "reader", "readers"),
)
_REGISTERED = (("albums", "storage"), ("thumbnails", "storage"))
"""Settings that may name a storage that is registered, too: those are in the catalog."""

_STORAGE = "storage://"

_PNG = b"\x89PNG\r\n\x1a\n"


def dangling_references(settings: Settings) -> list[tuple[Problem, str]]:
    """Find the keys that name an instance which is not configured, or a derivative that is not made, and its path."""
    found = [
        (Problem(path, _missing_instance(settings, name, family)), f"{family}.{name}")
        for path, name, family in [*_references(settings), *_chosen_references(settings)]
        if name not in getattr(settings, family)
    ]
    if settings.albums.thumbnail != Settings().albums.thumbnail and _lacks_thumbnail(settings):
        named = f"albums.derivatives.{settings.albums.thumbnail}"
        found.append((Problem("albums.thumbnail", _no_derivative(settings)), named))
    mark = settings.albums.watermark.image
    if mark and (fault := _fault_of_png(Path(mark).expanduser())):
        path = "albums.watermark.image"
        found.append((Problem(path, fault), path))
    return found


def _fault_of_png(file: Path) -> str:
    """Say why this is no PNG file that can be read; empty where it is one."""
    try:
        with file.open("rb") as opened:
            begins = opened.read(len(_PNG))
    except OSError as error:
        return f"{file}: {error.strerror or error}"
    return "" if begins == _PNG else f"{file}: no PNG file"


def _missing_instance(settings: Settings, name: str, family: str) -> str:
    """Say that a family has no instance of a name, and what may have been meant."""
    return _with_hint(f"no instance {name!r} in [{family}]", name, getattr(settings, family))


def doubtful_references(settings: Settings) -> list[str]:
    """Say what the settings name that serves only where it is somewhere else than in the settings.

    A storage may be registered instead; a thumbnail is missing where the built-in derivative was left out.

    :returns: a sentence for each, with the path of its setting.
    """
    found = [
        f"{settings.origin.locate(path)}: {name!r} serves only where a storage of this name is registered (photomill "
        f"storages list): {_missing_instance(settings, name, 'storages')}"
        for path, name in _storages_by_name(settings)
        if name not in settings.storages
    ]
    if settings.albums.thumbnail == Settings().albums.thumbnail and _lacks_thumbnail(settings):
        path = settings.origin.locate("albums.thumbnail")
        found.append(f"{path}: groups and photos have no thumbnail: {_no_derivative(settings)}")
    return found


def _references(settings: Settings) -> Iterator[tuple[str, str, str]]:
    search = settings.search
    yield "search.embedder", search.embedder, "embedders"
    if search.index != "auto":
        yield "search.index", search.index, "indexes"
    yield "search.small_index", search.small_index, "indexes"
    yield "search.large_index", search.large_index, "indexes"
    if search.exact_index:
        yield "search.exact_index", search.exact_index, "indexes"
    yield "search.filter", search.filter, "filters"
    yield "jobs.executor", settings.jobs.executor, "executors"


def _chosen_references(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """What the settings name for work that nobody need ask for, where it is not the built-in choice.

    Whoever leaves out a built-in instance need not name another one.
    """
    for table, key, family in _OPTIONAL:
        name, built_in = (getattr(getattr(each, table), key) for each in (settings, Settings()))
        if name and name != built_in:
            yield f"{table}.{key}", name, family


def _storages_by_name(settings: Settings) -> Iterator[tuple[str, str]]:
    for table, key in _REGISTERED:
        name, built_in = (getattr(getattr(each, table), key) for each in (settings, Settings()))
        if name != built_in:
            yield f"{table}.{key}", name
    for beginning in settings.image_urls.unsigned:
        # A name that ends without a slash may be the beginning of several.
        name, slash, _ = beginning.removeprefix(_STORAGE).partition("/")
        if beginning.startswith(_STORAGE) and slash:
            yield "image_urls.unsigned", name


def _lacks_thumbnail(settings: Settings) -> bool:
    albums = settings.albums
    return bool(albums.thumbnail) and albums.thumbnail not in _made_derivatives(settings)


def _no_derivative(settings: Settings) -> str:
    name = settings.albums.thumbnail
    return _with_hint(
        f"no derivative {name!r} in [albums.derivatives]", name, _made_derivatives(settings)
    )


def _made_derivatives(settings: Settings) -> list[str]:
    return [name for name, each in settings.albums.derivatives.items() if each.side]


def _with_hint(message: str, name: str, known: Collection[str]) -> str:
    hint = suggest_name(name, known)
    return f"{message}; {hint}" if hint else message
