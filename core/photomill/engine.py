"""The engine: the one door for adapters and library users."""

import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from photomill.albums.albums import Albums
from photomill.albums.context import AlbumContext
from photomill.catalog import Catalog
from photomill.collections.collections import Collections
from photomill.collections.comparing import Comparing
from photomill.collections.reembedding import Reembedding
from photomill.components import Health, Unit, Work
from photomill.config.settings import Settings
from photomill.copying import Copying
from photomill.decoding.decoder import ImageDecoder
from photomill.editing.batch.files import FileEditing
from photomill.editing.editing import Editing
from photomill.editing.sandboxed import open_sandbox
from photomill.errors import ConfigError, PhotomillError
from photomill.folders import file_identity
from photomill.grouping.grouping import Grouping
from photomill.image_urls import ImageUrls
from photomill.importing import Importing
from photomill.jobs.jobs import Jobs
from photomill.keys import Key, Keys
from photomill.models import ModelStore
from photomill.plugins import Components
from photomill.plugins.loading import loading
from photomill.reading import Reading
from photomill.recognition import Recognition
from photomill.sandbox.sandbox import Sandbox
from photomill.sources.reader import SourceReader
from photomill.space import LEAST_FREE, free_bytes
from photomill.storages import Storages, sharing_problems


class Engine:
    """Everything that Photomill does, over one data folder. Synchronous and thread-safe.

    Several engines, in one process or in many, may share a data folder.
    """

    def __init__(
        self, settings: Settings, components: Components, catalog: Catalog, sandbox: Sandbox
    ) -> None:
        self.settings = settings
        self.components = components
        self.keys = Keys(catalog)
        self.models = ModelStore(settings.data_dir / "models", components.models())
        self.storages = Storages(settings, components, catalog)
        reader = SourceReader(settings, self.storages)
        decoder = ImageDecoder(components.decoders(), settings.images, sandbox)
        self.image_urls = _image_urls(settings, self.storages)
        self.collections = Collections(
            settings, catalog, components, reader, decoder, self.storages
        )
        self.jobs = Jobs(
            settings.jobs,
            catalog,
            components,
            settings.data_dir,
            EngineWork(settings),
            self.storages.tidy,
        )
        self.editing = Editing(
            settings, components, reader, self.storages, self.jobs, sandbox, self._read_record
        )
        self.file_editing = FileEditing(
            self.editing, self.jobs, self.storages, settings.search.threads
        )
        self.reembedding = Reembedding(catalog, components, self.collections, self.jobs)
        self.comparing = Comparing(self.collections, self.jobs, settings.search, settings.data_dir)
        self.importing = Importing(self.collections, self.jobs, self.storages)
        self.reading = Reading(self.collections, self.jobs)
        self.recognition = Recognition(self.collections, self.jobs)
        self.grouping = Grouping(
            settings, components, reader, decoder, self.storages, self.collections, self.jobs
        )
        shared = AlbumContext.of(
            settings, catalog, self.storages, self.collections, self.jobs, decoder
        )
        self.albums = Albums(shared, self.editing, components, self.keys, settings.data_dir)
        self.copying = Copying(self.collections, self.storages, self.albums, self.jobs)
        self._catalog = catalog
        self._folder = file_identity(settings.data_dir)
        self._sandbox = sandbox

    @classmethod
    def open(cls, settings: Settings) -> "Engine":
        """Open a data folder, and make it where there is none.

        :raises ConfigError: the settings name parts that do not exist, or options that they do not have.
        :raises PluginUnavailable: a part that is needed at once cannot be loaded.
        :raises DataFolderRefused: the data folder is of a newer version, or cannot be locked.
        """
        with loading():
            components = Components.load(settings)
        with ExitStack() as failing:
            failing.callback(components.close)
            catalog = Catalog.open(settings.catalog.url, settings.data_dir)
            failing.callback(catalog.close)
            sandbox = open_sandbox(components.tools(), settings.images, settings.editing)
            failing.callback(sandbox.close)
            engine = cls(settings, components, catalog, sandbox)
            failing.pop_all()
        return engine

    def health(self) -> dict[str, Health]:
        """Whether the catalog, Photomill's own storages, and each component in use, can work now."""
        folder = self._folder_health()
        found = {
            "catalog": self._catalog_health(),
            "data folder": folder,
            **self.components.health(),
        }
        # Storages in a data folder that was moved away would make it anew.
        return {**found, **self.storages.health()} if folder.ok else found

    def check_sharing(self) -> None:
        """Make sure, before serving or working, that other machines with the same catalog find what they need.

        :raises ConfigError: a secret key or a storage is this machine's alone, and the catalog may be shared.
        """
        problems = list(sharing_problems(self.settings, self.storages))
        if problems:
            raise ConfigError(problems)

    def allows(self, key: Key, scope: str, collection_id: str) -> bool:
        """Whether a key may do this in a collection: by its scopes, its collections, and whose photos the collection holds."""
        return key.may(scope, collection_id) and self.albums.owners.may_reach(key, collection_id)

    def close(self) -> None:
        """Finish what runs in the background, save indexes, and give everything back."""
        self.albums.stop()
        self.jobs.stop()
        self.collections.close()
        self._sandbox.close()
        self.storages.close()
        self.components.close()
        self._catalog.close()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _read_record(self, collection_id: str, record_id: str) -> bytes:
        return self.collections.open(collection_id).original(record_id)

    def _folder_health(self) -> Health:
        folder = self.settings.data_dir
        if file_identity(folder) != self._folder:
            return Health(
                ok=False,
                detail="the data folder is not the one that was opened: put it back, or restart Photomill",
            )
        if free_bytes(folder) < LEAST_FREE:
            return Health(ok=False, detail=f"the disk of {folder} is full")
        return Health()

    def _catalog_health(self) -> Health:
        try:
            self._catalog.check()
        except PhotomillError as error:
            return Health(ok=False, detail=str(error))
        return Health()


class EngineWork(Work):
    """Does units with an engine of its own, which it opens at the first one: for executors in other processes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._settings,)

    def _run(self, unit: Unit) -> None:
        with self._lock:
            if self._engine is None:
                self._engine = self._open(self._settings)
            engine = self._engine
        engine.jobs.run_unit(unit)

    def _open(self, settings: Settings) -> Engine:
        return Engine.open(settings)

    def close(self) -> None:
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()


def _image_urls(settings: Settings, storages: Storages) -> ImageUrls:
    wanted = settings.image_urls
    keys = {key.name: key.secret.encode() for key in wanted.keys}
    return ImageUrls(keys or {"derived": storages.vault.derive("image urls")}, wanted.unsigned)
