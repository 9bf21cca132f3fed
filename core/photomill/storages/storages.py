"""Every storage that there is, by name: the facade."""

from collections.abc import Mapping
from typing import Any

import attrs

from photomill.catalog import Catalog
from photomill.catalog.storages import StorageInfo, StorageTable, StoredStorage
from photomill.components import Storage
from photomill.config.settings import Settings
from photomill.errors import Conflict, InvalidInput, NotFound
from photomill.plugins import Components
from photomill.sources.uris import parse_storage_uri
from photomill.storages.opened import OpenedStorages
from photomill.storages.opening import Opener
from photomill.storages.parameters import (
    TYPES,
    LocalParameters,
    Parameters,
    merged,
    read_parameters,
    with_secret,
    without_secret,
)
from photomill.storages.vault import Vault

_LONGEST_NAME = 50


class Storages:
    """The storages of ``plugins.toml`` and the registered ones. Thread-safe.

    ``trusted`` says that the operator asks, not a client: then folders of this machine and private addresses may be
    named. What a client changes of a trusted storage's address is not trusted.
    """

    def __init__(self, settings: Settings, components: Components, catalog: Catalog) -> None:
        self._configured = settings.storages
        self._allow_local = settings.storage.allow_local
        self._components = components
        self._watcher = catalog.watcher
        self._table = StorageTable(catalog)
        self._vault = Vault(settings.data_dir, settings.photomill.secret_key)
        self._opener = Opener(settings.storage, components)
        self._opened = OpenedStorages(self._open)
        # What was found since the catalog last changed, so that another process' change is seen at once.
        self._found: tuple[int, dict[str, StoredStorage]] = (-1, {})

    # ------------------------------------------------------------ using

    def storage(self, instance: str) -> Storage:
        """Return the storage of a name, open; those of ``plugins.toml`` come first.

        :raises NotFound: there is none.
        :raises StorageError: it cannot be opened, or its secret cannot be read.
        """
        if instance in self._configured:
            return self._components.storage(instance)
        stored = self._current(instance)
        if stored is None:
            self._opened.forget(instance)
            raise NotFound(f"no storage {instance!r}")
        return self._opened.get(stored)

    def storages_by_scheme(self) -> dict[str, Storage]:
        """Return the storages that serve a URI scheme."""
        return self._components.storages_by_scheme()

    def resolve(self, uri: str) -> tuple[Storage, str]:
        """Find the storage and the key of ``storage://<name>/<key>``.

        :raises SourceForbidden: no such URI, or a key that leads out of the storage.
        :raises NotFound: no such storage.
        """
        name, key = parse_storage_uri(uri)
        return self.storage(name), key

    def close(self) -> None:
        """Close the registered storages. May be called twice."""
        self._opened.close()

    # ------------------------------------------------------------ registering

    def types(self) -> "list[str]":
        """The types that clients may register."""
        return [
            kind
            for kind, parameters in TYPES.items()
            if parameters is not LocalParameters or self._allow_local
        ]

    def create(
        self, name: str, kind: str, parameters: Mapping[str, Any], *, trusted: bool = False
    ) -> StorageInfo:
        """Register a storage; it is not connected to.

        :param parameters: ``base_url`` of a web folder; ``bucket``, ``credentials`` with ``access_key`` and
            ``secret_access_key``, and optionally ``path``, ``endpoint`` and ``region`` of a bucket; ``path`` of a
            local folder.
        :raises InvalidInput: a name, type or parameter is wrong; ``path`` says which.
        :raises Conflict: the name is taken.
        :raises Forbidden: a client asks for a folder of this machine.
        :raises StorageError: the key that encrypts secrets cannot be had.
        """
        self._check_name(name)
        wanted = read_parameters(kind, parameters)
        self._opener.check(wanted, trusted=trusted)
        shown, secret = without_secret(wanted)
        return self._table.create(name, kind, shown, self._seal(secret), trusted=trusted)

    def update(
        self,
        storage_id: int,
        *,
        name: str | None = None,
        kind: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        trusted: bool = False,
    ) -> StorageInfo:
        """Change what is given, and keep the rest. A type with other parameters needs all of them.

        :raises NotFound: there is no such storage.
        :raises InvalidInput, Conflict, Forbidden, StorageError: as :meth:`create` does.
        """
        stored = self._table.get(storage_id)
        info = stored.info
        if name is not None and name != info.name:
            self._check_name(name)
        info = attrs.evolve(info, name=name or info.name, type=kind or info.type)
        if kind is None and parameters is None:
            return self._table.update(attrs.evolve(stored, info=info))
        wanted = self._changed(stored, info.type, parameters or {})
        kept = info.type == stored.info.type and _stays_trusted(wanted, parameters or {})
        trusted = trusted or (kept and info.trusted)
        self._opener.check(wanted, trusted=trusted)
        shown, secret = without_secret(wanted)
        info = attrs.evolve(info, parameters=shown, trusted=trusted)
        return self._table.update(StoredStorage(info, self._seal(secret)))

    def delete(self, storage_id: int) -> None:
        """Forget a storage; what it holds stays.

        :raises NotFound: there is no such storage.
        """
        name = self.get(storage_id).name
        self._table.delete(storage_id)
        self._opened.forget(name)

    def get(self, storage_id: int) -> StorageInfo:
        """
        :raises NotFound: there is no such storage.
        """
        return self._table.get(storage_id).info

    def registered(self, name: str) -> StorageInfo | None:
        """What is registered under a name; None where nothing is, or ``plugins.toml`` has a storage of that name."""
        stored = None if name in self._configured else self._current(name)
        return None if stored is None else stored.info

    def list(self) -> list[StorageInfo]:
        """Every registered storage, oldest first."""
        return self._table.list()

    def _check_name(self, name: str) -> None:
        if not 1 <= len(name) <= _LONGEST_NAME:
            raise InvalidInput(f"expected 1 to {_LONGEST_NAME} characters", path="name")
        if "/" in name or not name.isprintable():
            raise InvalidInput("expected printable characters, and no '/'", path="name")
        if name in self._configured:
            raise Conflict(f"the name {name!r} is taken by a storage of plugins.toml")

    def _changed(self, stored: StoredStorage, kind: str, given: Mapping[str, Any]) -> Parameters:
        """Old parameters with new ones laid over, where both are of one class."""
        old = stored.info
        if TYPES.get(old.type) is not TYPES.get(kind):
            return read_parameters(kind, given)
        tables = merged(old.parameters, given)
        credentials = tables.get("credentials")
        if isinstance(credentials, Mapping) and "secret_access_key" not in credentials:
            tables = with_secret(tables, self._vault.unseal(stored.sealed))
        return read_parameters(kind, tables)

    def _seal(self, secret: str) -> str:
        return self._vault.seal(secret) if secret else ""

    # ------------------------------------------------------------ opening

    def _current(self, name: str) -> StoredStorage | None:
        version = self._watcher.version()
        seen, found = self._found
        if seen != version:
            found = {}
            self._found = (version, found)
        if name not in found:
            stored = self._table.named(name)
            if stored is None:
                return None
            found[name] = stored
        return found[name]

    def _open(self, stored: StoredStorage) -> Storage:
        info = stored.info
        tables: Mapping[str, Any] = info.parameters
        if stored.sealed:
            tables = with_secret(tables, self._vault.unseal(stored.sealed))
        return self._opener.open(info, read_parameters(info.type, tables))


def _stays_trusted(wanted: Parameters, given: Mapping[str, Any]) -> bool:
    """Whether what the operator chose is still what the storage leads to."""
    return not isinstance(wanted, LocalParameters) and "endpoint" not in given
