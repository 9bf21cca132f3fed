"""Every storage that there is: the facade."""

import logging
from collections.abc import Callable, Iterator
from functools import cached_property, partial

from attrs import frozen

from photomill.catalog import Catalog
from photomill.components import Health, Storage
from photomill.config.settings import Settings
from photomill.errors import NotFound, PhotomillError
from photomill.plugins import Components
from photomill.storages.namespace import OPERATOR, Namespace, chosen
from photomill.storages.opening import Opener
from photomill.storages.parameters import STORAGE_TYPES, LocalParameters
from photomill.storages.registry import Registry
from photomill.storages.vault import Vault

logger = logging.getLogger(__name__)

_KNOWN_SECONDS = 0.5
"""How long jobs take a registered storage for what it was."""


class Storages:
    """The storages of ``plugins.toml`` and the registered ones. Thread-safe.

    A name that somebody brings is looked up in that one's :meth:`namespace`; a name that the configuration keeps for
    Photomill's own files, by :meth:`internal`. There is no third way.

    :ivar vault: seals secrets that are stored or handed out.
    """

    def __init__(self, settings: Settings, components: Components, catalog: Catalog) -> None:
        self._configured = frozenset(settings.storages)
        self._internal = frozenset(settings.internal_storages.values())
        self._allow_local = settings.storage.allow_local
        self._components = components
        self.vault = Vault(settings.data_dir, settings.photomill.secret_key)
        self._registry = Registry(catalog, self.vault, Opener(settings, components))

    @property
    def operator(self) -> Namespace:
        """What whoever runs Photomill may name: the command line, and programs that use the library."""
        return self.namespace(OPERATOR)

    def namespace(self, owner: str, *, known_for: float = 0.0) -> Namespace:
        """What the clients of an owner may name; empty for the operator.

        :param known_for: how long what is known of a registered storage is good, in seconds; 0 asks again once anything
            has changed.
        """
        return Namespace(
            owner, self._configured, self._internal, self._components, self._registry, known_for
        )

    @cached_property
    def for_jobs(self) -> "JobStorages":
        """The same for jobs, which ask for the same storages again and again."""
        return JobStorages(self)

    def internal(self, instance: str) -> Storage:
        """Return a storage that the configuration names for Photomill's own files, open.

        :raises NotFound: the configuration names a storage that is not there.
        :raises StorageError: it cannot be opened.
        """
        if instance in self._configured:
            return self._components.storage(instance)
        stored = chosen(self._registry.named(instance), OPERATOR)
        if stored is None:
            raise NotFound(f"no storage {instance!r}")
        return self._registry.opened(stored)

    def health(self) -> dict[str, Health]:
        """Whether Photomill's own storages work, and whether the secrets of registered ones can be read."""
        found = {f"storages.{name}": self._health(name) for name in sorted(self._internal)}
        return {**found, "secrets": self._secrets_health()}

    def _health(self, name: str) -> Health:
        try:
            return self.internal(name).health()
        except PhotomillError as error:
            return Health(ok=False, detail=str(error))
        except Exception as error:
            # What a plugin raises says nothing of the other parts.
            return Health(ok=False, detail=f"{type(error).__name__}: {error}")

    def _secrets_health(self) -> Health:
        try:
            self._registry.check_secrets()
        except PhotomillError as error:
            return Health(ok=False, detail=str(error))
        return Health()

    def tidy(self, before: float, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """Remove from every storage what processes left behind that ended while they wrote.

        :param before: seconds since the epoch; what was written to later is left.
        :param is_stopping: asked before each storage; True ends it.
        """
        for name, opened in self._openers():
            if is_stopping():
                return
            self._tidy(opened, name, before)

    def _openers(self) -> Iterator[tuple[str, Callable[[], Storage | None]]]:
        for instance in sorted(self._configured):
            yield instance, partial(self._written, instance)
        for info in self._registry.table.list_all():
            for stored in self._registry.named(info.name):
                if stored.info.id == info.id:
                    yield info.name, partial(self._registry.opened, stored)

    def _written(self, instance: str) -> Storage | None:
        """A configured storage, open; None for one that is only read: nobody may ever need its libraries."""
        if self._components.storage_class(instance).can_write:
            return self._components.storage(instance)
        return None

    def _tidy(self, opened: Callable[[], Storage | None], name: str, before: float) -> None:
        try:
            storage = opened()
            if storage is not None and storage.can_write:
                storage.tidy("", before)
        except PhotomillError as error:
            logger.warning("the storage %r is not tidied: %s", name, error)

    def types(self) -> list[str]:
        """The types that clients may register."""
        return [
            kind
            for kind, parameters in STORAGE_TYPES.items()
            if parameters is not LocalParameters or self._allow_local
        ]

    def close(self) -> None:
        """Close the registered storages. May be called twice."""
        self._registry.close()


@frozen
class JobStorages:
    """Storages as they were known a moment ago: what another process changed of them is seen in the next one."""

    _storages: Storages

    def namespace(self, owner: str) -> Namespace:
        """What the clients of an owner may name; empty for the operator."""
        return self._storages.namespace(owner, known_for=_KNOWN_SECONDS)
