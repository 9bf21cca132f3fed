"""What is registered, whoever asks: the catalog's rows, their secrets, and the storages that they open."""

import time
from collections.abc import Mapping
from typing import Any

import attrs
from attrs import frozen

from photomill.catalog import Catalog
from photomill.components import Storage
from photomill.errors import InvalidInput
from photomill.storages.opened import OpenedStorages
from photomill.storages.opening import Opener
from photomill.storages.parameters import (
    STORAGE_TYPES,
    LocalParameters,
    Parameters,
    merged,
    read_parameters,
    recipient,
    with_secret,
    without_secret,
)
from photomill.storages.store import StorageInfo, StorageTable, StoredStorage
from photomill.storages.vault import Vault


@frozen
class _Known:
    """The storages that a name had.

    :ivar looked: when that was so last, on the monotonic clock.
    :ivar version: of the catalog; while it stays, they are still so, whichever process changes them.
    """

    looked: float
    version: int
    found: tuple[StoredStorage, ...]


class Registry:
    """Keeps registered storages and opens them; asks nobody who they are. Thread-safe."""

    def __init__(self, catalog: Catalog, vault: Vault, opener: Opener) -> None:
        self.table = StorageTable(catalog)
        self._watcher = catalog.watcher
        self._vault = vault
        self._opener = opener
        self._opened = OpenedStorages(self._open)
        self._known: dict[str, _Known] = {}

    def named(self, name: str, known_for: float = 0.0) -> tuple[StoredStorage, ...]:
        """Everybody's storages of a name, the oldest first.

        :param known_for: how long what was found is good enough, in seconds; what was not found is looked for again.
        """
        now = time.monotonic()
        known = self._known.get(name)
        if known is not None and now - known.looked < known_for:
            return known.found
        # Asked before the rows, so that a change that comes between is seen the next time.
        version = self._watcher.version()
        if known is not None and known.version == version:
            found = known.found
        else:
            found = self.table.named(name)
        if found:
            self._known[name] = _Known(now, version, found)
        else:
            self._known.pop(name, None)
        return found

    def opened(self, stored: StoredStorage) -> Storage:
        """A storage, open.

        :raises StorageError: it cannot be opened, or its secret cannot be read.
        """
        return self._opened.get(stored)

    def check_secrets(self) -> None:
        """Make sure that the key is the one that the last secret was encrypted with.

        :raises StorageError: it is another one, or missing.
        """
        sealed = self.table.last_secret()
        if sealed:
            self._vault.unseal(sealed)

    def create(
        self, name: str, kind: str, given: Mapping[str, Any], *, owner: str, trusted: bool
    ) -> StorageInfo:
        """Enter a storage.

        :raises InvalidInput, Conflict, Forbidden, StorageError: see ``Namespace.create``.
        """
        wanted = self.check(kind, given, trusted=trusted)
        shown, secret = without_secret(wanted)
        sealed = self._seal(secret)
        created = self.table.create(name, kind, shown, sealed, owner=owner, trusted=trusted)
        self._known.clear()
        return created

    def check(self, kind: str, given: Mapping[str, Any], *, trusted: bool) -> Parameters:
        """Return the parameters, if a storage may have them.

        :raises InvalidInput, Forbidden: see ``Namespace.create``.
        """
        wanted = read_parameters(kind, given)
        self._opener.check(wanted, trusted=trusted)
        return wanted

    def update(
        self, stored: StoredStorage, info: StorageInfo, given: Mapping[str, Any], *, trusted: bool
    ) -> StorageInfo:
        """Store a changed storage.

        :param info: with its new name, type and owner.
        :param given: new parameters, laid over the old ones where both are of one class.
        :param trusted: the operator asks.
        :raises InvalidInput, Conflict, Forbidden, StorageError: see ``Namespace.update``.
        """
        wanted, trusted = self.check_update(stored, info, given, trusted=trusted)
        shown, secret = without_secret(wanted)
        changed = attrs.evolve(info, parameters=shown, trusted=trusted)
        updated = self.table.update(StoredStorage(changed, self._seal(secret)))
        self._known.clear()
        return updated

    def check_update(
        self, stored: StoredStorage, info: StorageInfo, given: Mapping[str, Any], *, trusted: bool
    ) -> tuple[Parameters, bool]:
        """Return the changed parameters, if a storage may have them, and whether it is trusted with them.

        :raises InvalidInput, Forbidden, StorageError: see ``Namespace.update``.
        """
        wanted = self._changed(stored, info.type, given)
        kept = info.type == stored.info.type and _stays_trusted(wanted, given)
        trusted = trusted or (kept and stored.info.trusted)
        self._opener.check(wanted, trusted=trusted)
        return wanted, trusted

    def delete(self, storage_id: int) -> None:
        """Remove a storage.

        :raises NotFound: there is no such storage.
        """
        self.table.delete(storage_id)
        self._known.clear()
        self._opened.forget(storage_id)

    def close(self) -> None:
        """Close the storages. May be called twice."""
        self._opened.close()

    def _changed(self, stored: StoredStorage, kind: str, given: Mapping[str, Any]) -> Parameters:
        old = stored.info
        if STORAGE_TYPES.get(old.type) is not STORAGE_TYPES.get(kind):
            return read_parameters(kind, given)
        tables = merged(old.parameters, given)
        credentials = tables.get("credentials")
        if isinstance(credentials, Mapping) and "secret_access_key" not in credentials:
            tables = with_secret(tables, self._vault.unseal(stored.sealed))
            wanted = read_parameters(kind, tables)
            before = read_parameters(old.type, with_secret(old.parameters, "kept"))
            if (kind, recipient(wanted)) != (old.type, recipient(before)):
                raise InvalidInput(
                    "give the secret again: what changes is where requests signed with it are sent",
                    path="parameters.credentials.secret_access_key",
                )
        return read_parameters(kind, tables)

    def _open(self, stored: StoredStorage) -> Storage:
        info = stored.info
        tables: Mapping[str, Any] = info.parameters
        if stored.sealed:
            tables = with_secret(tables, self._vault.unseal(stored.sealed))
        return self._opener.open(info, read_parameters(info.type, tables))

    def _seal(self, secret: str) -> str:
        return self._vault.seal(secret) if secret else ""


def _stays_trusted(wanted: Parameters, given: Mapping[str, Any]) -> bool:
    """Whether what the operator chose is still what the storage leads to."""
    return not isinstance(wanted, LocalParameters) and "endpoint" not in given
