"""The storages that somebody may name: the one door for every name that a request, a job or a command brings."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import attrs
from attrs import frozen

from photomill.components import Storage
from photomill.errors import Conflict, InvalidInput, NotFound, SourceTooLarge, Unsupported
from photomill.plugins import Components
from photomill.sources.reader import read_bounded
from photomill.sources.uris import parse_storage_uri
from photomill.storages.registry import Registry
from photomill.storages.store import StorageInfo, StoredStorage

OPERATOR = ""
"""Whoever runs Photomill: the owner of what the command line registers and submits."""

_LONGEST_NAME = 50
_PLACES = frozenset({"base_url", "endpoint", "path"})
"""Parameters that decide what a storage leads to: trusted where the operator gives them."""


@frozen
class Namespace:
    """The storages of one owner. Thread-safe.

    A client may use what ``[storages]`` configures, what the operator registered for all, and what its own owner
    registered; it sees and changes only the last. The operator sees and changes whatever is registered. What the
    configuration keeps for Photomill's own files (``Settings.internal_storages``) is nobody's to name.

    :ivar owner: a client's owner; empty for the operator.
    :ivar configured: names in ``[storages]``.
    :ivar internal: names that are nobody's.
    :ivar known_for: how long what is known of a registered storage is good, in seconds.
    """

    owner: str
    configured: frozenset[str]
    internal: frozenset[str]
    _components: Components
    _registry: Registry
    known_for: float = 0.0

    # ------------------------------------------------------------ using

    def storage(self, name: str) -> Storage:
        """Return the storage of a name, open; those of ``plugins.toml`` come first.

        :raises NotFound: there is none that the owner may name.
        :raises StorageError: it cannot be opened, or its secret cannot be read.
        """
        if name in self.configured - self.internal:
            return self._components.storage(name)
        stored = self._usable(name)
        if stored is None:
            raise NotFound(f"no storage {name!r}")
        return self._registry.opened(stored)

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

    def put_new(self, uri: str, data: bytes) -> None:
        """Write an object over no other: one of the same bytes that is there already stays.

        :raises SourceForbidden, NotFound: as :meth:`resolve`.
        :raises Unsupported: the storage is read-only.
        :raises Conflict: another object is there.
        :raises StorageError: it cannot be written.
        """
        storage, key = self.resolve(uri)
        if not storage.can_write:
            raise Unsupported(f"{uri} is in a storage that is read-only")
        try:
            with storage.open_object(key) as file:
                same = read_bounded(file, len(data)) == data
        except NotFound:
            storage.put(key, BytesIO(data))
            return
        except SourceTooLarge:
            same = False
        if not same:
            raise Conflict(f"another object is at {uri} already")

    def registered(self, name: str) -> StorageInfo | None:
        """What is registered under a name; None where nothing is, or ``plugins.toml`` has a storage of that name."""
        stored = None if name in self.configured else self._usable(name)
        return None if stored is None else stored.info

    # ------------------------------------------------------------ registering

    def list_all(self) -> list[StorageInfo]:
        """Every storage that the owner may change, oldest first."""
        return [info for info in self._registry.table.list_all() if self._may_change(info)]

    def get(self, storage_id: int) -> StorageInfo:
        """What is known of a storage that the owner may change.

        :raises NotFound: there is no such storage that the owner may change.
        """
        return self._changeable(storage_id).info

    def create(
        self, name: str, kind: str, parameters: Mapping[str, Any], *, owner: str = OPERATOR
    ) -> StorageInfo:
        """Register a storage; it is not connected to.

        :param parameters: ``base_url`` of a web folder; ``bucket``, ``credentials`` with ``access_key`` and
            ``secret_access_key``, and optionally ``path``, ``endpoint`` and ``region`` of a bucket; ``path`` of a
            local folder.
        :param owner: whose it is to be, where the operator asks; empty lets every client use it.
        :raises InvalidInput: a name, type, parameter or address is wrong; ``path`` says which.
        :raises Conflict: the name is taken.
        :raises Forbidden: a client asks for a folder of this machine.
        :raises StorageError: the key that encrypts secrets cannot be had.
        """
        owner = self.owner or owner
        self.check(name, kind, parameters, owner=owner)
        return self._registry.create(
            name, kind, parameters, owner=owner, trusted=self.owner == OPERATOR
        )

    def check(
        self, name: str, kind: str, parameters: Mapping[str, Any], *, owner: str = OPERATOR
    ) -> None:
        """Make sure, as far as can be known before, that :meth:`create` would take this.

        :raises InvalidInput, Conflict, Forbidden: as :meth:`create` does.
        """
        owner = self.owner or owner
        self._check_name(name, owner)
        self._registry.check(kind, parameters, trusted=self.owner == OPERATOR)

    def update(
        self,
        storage_id: int,
        *,
        name: str | None = None,
        kind: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        owner: str | None = None,
    ) -> StorageInfo:
        """Change what is given, and keep the rest. A type with other parameters needs all of them.

        The secret is asked for again where its bucket, endpoint, region or type change.

        :param owner: whose it is to be from now on; the operator's to say.
        :raises NotFound: there is no such storage.
        :raises InvalidInput, Conflict, Forbidden, StorageError: as :meth:`create` does.
        """
        stored, info = self._renamed(storage_id, name, kind, owner)
        if kind is None and parameters is None:
            return self._registry.table.update(attrs.evolve(stored, info=info))
        given = parameters or {}
        trusted = self._chooses_place(kind, given)
        return self._registry.update(stored, info, given, trusted=trusted)

    def check_update(
        self,
        storage_id: int,
        *,
        name: str | None = None,
        kind: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        owner: str | None = None,
    ) -> None:
        """Make sure, as far as can be known before, that :meth:`update` would take this.

        :raises NotFound, InvalidInput, Conflict, Forbidden, StorageError: as :meth:`update` does.
        """
        stored, info = self._renamed(storage_id, name, kind, owner)
        if kind is not None or parameters is not None:
            given = parameters or {}
            trusted = self._chooses_place(kind, given)
            self._registry.check_update(stored, info, given, trusted=trusted)

    def _renamed(
        self, storage_id: int, name: str | None, kind: str | None, owner: str | None
    ) -> tuple[StoredStorage, StorageInfo]:
        """A storage as it is, and its new name, type and owner."""
        stored = self._changeable(storage_id)
        old = stored.info
        info = attrs.evolve(old, name=name or old.name, type=kind or old.type)
        if owner is not None and self.owner == OPERATOR:
            info = attrs.evolve(info, owner=owner)
        if (info.name, info.owner) != (old.name, old.owner):
            self._check_name(info.name, info.owner, but=old.id)
        return stored, info

    def _chooses_place(self, kind: str | None, given: Mapping[str, Any]) -> bool:
        """Whether the operator chooses where a storage leads to."""
        return self.owner == OPERATOR and (kind is not None or not _PLACES.isdisjoint(given))

    def delete(self, storage_id: int) -> None:
        """Forget a storage; what it holds stays.

        :raises NotFound: there is no such storage that the owner may change.
        """
        self._registry.delete(self._changeable(storage_id).info.id)

    # ------------------------------------------------------------ inside

    def _usable(self, name: str) -> StoredStorage | None:
        if name in self.internal:
            return None
        return chosen(self._registry.named(name, self.known_for), self.owner)

    def _may_change(self, info: StorageInfo) -> bool:
        if self.owner == OPERATOR:
            return True
        return info.owner == self.owner and info.name not in self.internal

    def _changeable(self, storage_id: int) -> StoredStorage:
        stored = self._registry.table.get(storage_id)
        if not self._may_change(stored.info):
            raise NotFound(f"no storage {storage_id}")
        return stored

    def _check_name(self, name: str, owner: str, *, but: int | None = None) -> None:
        """
        :param but: the storage that has the name and may.
        """
        if not name.strip() or len(name) > _LONGEST_NAME:
            raise InvalidInput(f"expected 1 to {_LONGEST_NAME} characters", path="name")
        if "/" in name or not name.isprintable():
            raise InvalidInput("expected printable characters, and no '/'", path="name")
        if name in self.configured or (name in self.internal and owner != OPERATOR):
            raise Conflict(f"the name {name!r} is taken by a storage of plugins.toml")
        others = [each.info for each in self._registry.named(name) if each.info.id != but]
        shared = owner != OPERATOR and any(each.shared for each in others)
        if shared or any(each.owner == owner for each in others):
            raise Conflict(f"the name {name!r} is taken by another storage")


def chosen(found: tuple[StoredStorage, ...], owner: str) -> StoredStorage | None:
    """Which of the storages of one name somebody means: the owner's own, else one that is for all.

    The operator also means a client's, where no other has the name.

    :raises NotFound: several owners have one of this name, and the operator none.
    """
    for stored in found:
        if stored.info.owner == owner:
            return stored
    if owner != OPERATOR:
        return next((stored for stored in found if stored.info.shared), None)
    if len(found) > 1:
        owners = ", ".join(sorted(stored.info.owner for stored in found))
        raise NotFound(f"no storage {found[0].info.name!r} of the operator's; {owners} have one")
    return found[0] if found else None
