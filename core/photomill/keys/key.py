"""What is known of a key."""

from typing import Any

from attrs import frozen

ADMIN_SCOPE = "admin"
"""What a key must be given on purpose: it makes collections and keys, and includes most of the other scopes."""


@frozen
class Key:
    """What is known of a key.

    :ivar owner: whom it belongs to; empty for nobody in particular.
    :ivar scopes: some of ``read``, ``write``, ``admin``, ``albums``, ``grouping``, ``image_editing`` and
        ``storage``.
    :ivar collections: ids it may reach; None for all.
    :ivar created: seconds since the epoch.
    :ivar revoked: likewise; None while it is good.
    :ivar hint: the secret's first characters, to tell keys apart.
    """

    id: str
    name: str
    owner: str
    scopes: frozenset[str]
    collections: frozenset[str] | None
    created: float
    revoked: float | None
    hint: str

    @property
    def principal(self) -> str:
        """Whose a key's tasks, results and storages are: its owner's, or its own. Never empty."""
        return self.owner or self.id

    def may(self, scope: str, collection_id: str | None = None) -> bool:
        """Whether the key allows this, and allows it in this collection.

        A key that is restricted to collections administers nothing beyond them.
        """
        if scope not in self.scopes:
            return False
        return self.collections is None or collection_id in self.collections

    def has(self, scope: str) -> bool:
        """Whether the key has a scope, whatever collections it is restricted to; one that administers has all."""
        return self.may(ADMIN_SCOPE) or (scope != ADMIN_SCOPE and scope in self.scopes)


def to_row(key: Key) -> dict[str, Any]:
    """The columns of a key."""
    return {
        "id": key.id,
        "name": key.name,
        "owner": key.owner,
        "scopes": " ".join(sorted(key.scopes)),
        "collections": None if key.collections is None else " ".join(sorted(key.collections)),
        "hint": key.hint,
        "created": key.created,
        "revoked": key.revoked,
    }


def to_key(row: Any) -> Key:
    """The key in a row."""
    return Key(
        id=row.id,
        name=row.name,
        owner=row.owner,
        scopes=frozenset(row.scopes.split()),
        collections=None if row.collections is None else frozenset(row.collections.split()),
        created=row.created,
        revoked=row.revoked,
        hint=row.hint,
    )
