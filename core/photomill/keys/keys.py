"""Making, finding and revoking keys."""

import hashlib
import secrets
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.engine import Connection

from photomill.catalog import Catalog, insert_new
from photomill.errors import Conflict, InvalidInput, NotFound
from photomill.keys.key import ADMIN_SCOPE, Key, to_key, to_row
from photomill.keys.rates import RateLimit
from photomill.keys.sessions import Sessions
from photomill.keys.tables import keys, redeemed_grants
from photomill.keys.usage import UsageTable

DEFAULT_SCOPES = frozenset({"read", "write"})
"""What a key may do unless something else is said."""

ALBUMS_SCOPE = "albums"
"""What a further scope is called: an owner's keys have it, for the groups and photos of that owner."""

IMAGE_EDITING_SCOPE = "image_editing"
STORAGE_SCOPE = "storage"
GROUPING_SCOPE = "grouping"
"""Further scopes: editing images, registering storages, and grouping images. ``admin`` includes all three."""

_KNOWN = DEFAULT_SCOPES | {
    ADMIN_SCOPE,
    ALBUMS_SCOPE,
    GROUPING_SCOPE,
    IMAGE_EDITING_SCOPE,
    STORAGE_SCOPE,
}

_MAX_NAME = 300
_PREFIX = "pm_"


@frozen
class NewKey:
    """A key just made, with the secret that is shown this once."""

    secret: str = field(repr=False)
    key: Key


class Keys:
    """Makes, lists, checks and revokes keys.

    :ivar sessions: browsers that signed in with them.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.sessions = Sessions(catalog)
        self._catalog = catalog
        self._usage = UsageTable(catalog)
        # What was verified since the catalog last changed, so that revoking works at once, in any process.
        self._verified: tuple[int, dict[bytes, Key]] = (-1, {})

    def limit_rate(self, name: str, per_minute: int, *, burst: float | None = None) -> RateLimit:
        """Limit how often callers may do something, in all processes together; see :class:`RateLimit`."""
        return RateLimit(self._catalog, name, per_minute, burst=burst)

    def create(
        self,
        name: str,
        *,
        owner: str = "",
        scopes: Iterable[str] = DEFAULT_SCOPES,
        collections: Iterable[str] | None = None,
    ) -> NewKey:
        """Make a key of 256 random bits.

        :raises InvalidInput: an unknown scope, no name, or one of more than 300 characters.
        """
        made = _new_key(name, owner, scopes, collections)
        with self._catalog.write() as connection:
            _insert(connection, made)
        return made

    def redeem(
        self,
        grant_id: str,
        expires: float,
        name: str,
        *,
        owner: str,
        scopes: Iterable[str],
        collections: Iterable[str] | None = None,
    ) -> NewKey:
        """Make a key for a grant, which serves once, whatever process is asked.

        A grant that is redeemed again was stolen, before or after: all keys that came of it are revoked.

        :param grant_id: random, so that nobody guesses another's.
        :param expires: when the grant is too old, in seconds since the epoch; the caller checks that.
        :raises Conflict: it was redeemed already.
        :raises InvalidInput: as :meth:`create` does.
        """
        made = _new_key(name, owner, scopes, collections)
        with self._catalog.write() as connection:
            old = sa.delete(redeemed_grants).where(redeemed_grants.c.expires < time.time())
            connection.execute(old)
            first = self._redeemed(connection, grant_id, expires)
            if first:
                _insert(connection, made, grant_id)
            else:
                _revoke_all(connection, grant_id)
        if not first:
            raise Conflict("the grant was redeemed already; what came of it is revoked")
        return made

    def renew(self, key_id: str, grant_id: str) -> NewKey:
        """Replace a key that came of a grant by another with the same rights.

        A key that was replaced already is replaced by nobody who should: all that came of the grant are revoked.

        :raises Conflict: the key is revoked, or was replaced.
        """
        renewed = None
        with self._catalog.write() as connection:
            good = (keys.c.id == key_id, keys.c.revoked.is_(None))
            replaced = sa.update(keys).where(*good).values(revoked=time.time())
            if connection.execute(replaced).rowcount:
                row = connection.execute(sa.select(keys).where(keys.c.id == key_id)).one()
                old = to_key(row)
                renewed = _new_key(old.name, old.owner, old.scopes, old.collections)
                _insert(connection, renewed, grant_id or None)
            elif grant_id:
                _revoke_all(connection, grant_id)
        if renewed is None:
            raise Conflict("the access was revoked, or renewed already")
        return renewed

    def revoke_grant(self, grant_id: str) -> None:
        """Revoke every key that came of a grant."""
        with self._catalog.write() as connection:
            _revoke_all(connection, grant_id)

    @staticmethod
    def _redeemed(connection: Connection, grant_id: str, expires: float) -> bool:
        """Note a grant; False where it was noted before."""
        values = {"id": grant_id, "expires": expires}
        return insert_new(connection, sa.insert(redeemed_grants).values(values))

    def revoke(self, key_id: str) -> None:
        """Make a key useless, at once and for ever, and its sessions with it.

        :raises NotFound: there is no such key.
        """
        statement = sa.update(keys).where(keys.c.id == key_id)
        with self._catalog.write() as connection:
            found = connection.execute(
                statement.values(revoked=sa.func.coalesce(keys.c.revoked, time.time()))
            ).rowcount
        if not found:
            raise NotFound(f"no key {key_id!r}")

    def verify(self, secret: str) -> Key | None:
        """The key of a secret; None where it is unknown or revoked.

        The look-up is by SHA-256 of 256 random bits, so neither its time nor a stolen catalog tells a secret.
        """
        digest = _digest(secret)
        version = self._catalog.watcher.version()
        seen, verified = self._verified
        if seen != version:
            verified = {}
            self._verified = (version, verified)
        if digest not in verified:
            query = sa.select(keys).where(keys.c.digest == digest, keys.c.revoked.is_(None))
            with self._catalog.read() as connection:
                row = connection.execute(query).first()
            if row is None:
                return None
            verified[digest] = to_key(row)
        return verified[digest]

    def spend(self, key_id: str, limit: int) -> bool:
        """Count a call of a key; False, and nothing counted, once it made so many today, in UTC.

        The count is kept in the catalog, so restarts and further processes change nothing about it.
        """
        today = datetime.now(UTC).date().isoformat()
        return self._usage.spend(key_id, today, limit)

    def list_all(self) -> list[Key]:
        """Every key, revoked ones too, oldest first."""
        with self._catalog.read() as connection:
            return [
                to_key(row)
                for row in connection.execute(sa.select(keys).order_by(keys.c.created, keys.c.id))
            ]


def _new_key(
    name: str, owner: str, scopes: Iterable[str], collections: Iterable[str] | None
) -> NewKey:
    granted = frozenset(scopes)
    if not name.strip() or len(name) > _MAX_NAME:
        raise InvalidInput(f"expected 1 to {_MAX_NAME} characters", path="name")
    wrong = ", ".join(sorted(granted - _KNOWN))
    if not granted or granted - _KNOWN:
        raise InvalidInput(
            f"expected some of {', '.join(sorted(_KNOWN))}, got {wrong or 'none'}", path="scopes"
        )
    secret = _PREFIX + secrets.token_urlsafe(32)
    key = Key(
        id=str(uuid.uuid4()),
        name=name,
        owner=owner,
        scopes=granted,
        collections=None if collections is None else frozenset(collections),
        created=time.time(),
        revoked=None,
        hint=secret[: len(_PREFIX) + 4],
    )
    return NewKey(secret, key)


def _insert(connection: Connection, made: NewKey, grant_id: str | None = None) -> None:
    values = {"digest": _digest(made.secret), "grant_id": grant_id, **to_row(made.key)}
    connection.execute(sa.insert(keys).values(**values))


def _revoke_all(connection: Connection, grant_id: str) -> None:
    good = (keys.c.grant_id == grant_id, keys.c.revoked.is_(None))
    connection.execute(sa.update(keys).where(*good).values(revoked=time.time()))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
