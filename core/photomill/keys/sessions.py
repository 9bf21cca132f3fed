"""Browsers that signed in with a key, and links that sign one in."""

import hashlib
import secrets
import time

import sqlalchemy as sa
from attrs import field, frozen

from photomill.catalog import Catalog
from photomill.errors import Conflict
from photomill.keys.key import Key, to_key
from photomill.keys.tables import keys, sessions, sign_in_links

_BYTES = 32


@frozen
class Session:
    """A browser that signed in.

    :ivar key: what it signed in with; it may do what the key may.
    :ivar expires: seconds since the epoch.
    """

    key: Key
    expires: float


@frozen
class NewSession:
    """A session just made, with the secret that only the browser keeps."""

    secret: str = field(repr=False)
    session: Session


class Sessions:
    """Begins, finds and ends sessions. Thread-safe.

    The catalog holds hashes of their secrets. A session ends when its time is over, when it is ended, and at once with
    its key.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        # What was found since the catalog last changed, so that an end holds at once, in any process.
        self._found: tuple[int, dict[bytes, Session]] = (-1, {})

    def begin(self, key: Key, seconds: float) -> NewSession:
        """Begin a session that lasts so long.

        :raises Conflict: the key is revoked.
        """
        secret, now = secrets.token_urlsafe(_BYTES), time.time()
        session = Session(key, now + seconds)
        with self._catalog.write() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.expires < now))
            good = sa.select(keys.c.id).where(keys.c.id == key.id, keys.c.revoked.is_(None))
            if connection.execute(good).first() is None:
                raise Conflict("the key is revoked")
            values = {"key_id": key.id, "created": now, "expires": session.expires}
            connection.execute(sa.insert(sessions).values(digest=_digest(secret), **values))
        return NewSession(secret, session)

    def find(self, secret: str) -> Session | None:
        """The session of a secret; None where it ended, or never was."""
        digest = _digest(secret)
        version = self._catalog.watcher.version()
        seen, found = self._found
        if seen != version:
            found = {}
            self._found = (version, found)
        if digest not in found:
            query = sa.select(keys, sessions.c.expires).join(sessions)
            query = query.where(sessions.c.digest == digest, keys.c.revoked.is_(None))
            with self._catalog.read() as connection:
                row = connection.execute(query).first()
            if row is None:
                return None
            found[digest] = Session(to_key(row), row.expires)
        session = found[digest]
        return session if session.expires > time.time() else None

    def end(self, secret: str) -> None:
        """End a session; one that has ended stays so."""
        self._delete(sessions.c.digest == _digest(secret))

    def end_all(self, key_id: str) -> None:
        """End every session of a key, wherever its browsers are."""
        self._delete(sessions.c.key_id == key_id)

    def make_link(self, key_id: str, seconds: float) -> str:
        """Make the secret of a link that signs one browser in, once, within so many seconds."""
        secret, now = secrets.token_urlsafe(_BYTES), time.time()
        with self._catalog.write() as connection:
            connection.execute(sa.delete(sign_in_links).where(sign_in_links.c.expires < now))
            values = {"digest": _digest(secret), "key_id": key_id, "expires": now + seconds}
            connection.execute(sa.insert(sign_in_links).values(**values))
        return secret

    def redeem_link(self, secret: str, seconds: float) -> NewSession | None:
        """Begin a session by a link; None where it was used, is too old, or its key is revoked."""
        with self._catalog.write() as connection:
            link = sa.delete(sign_in_links).where(sign_in_links.c.digest == _digest(secret))
            taken = connection.execute(
                link.returning(sign_in_links.c.key_id, sign_in_links.c.expires)
            ).first()
            if taken is None or taken.expires < time.time():
                return None
            good = sa.select(keys).where(keys.c.id == taken.key_id, keys.c.revoked.is_(None))
            row = connection.execute(good).first()
        return None if row is None else self.begin(to_key(row), seconds)

    def _delete(self, which: "sa.ColumnElement[bool]") -> None:
        with self._catalog.write() as connection:
            connection.execute(sa.delete(sessions).where(which))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
