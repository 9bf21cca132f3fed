"""Registered storages in the catalog."""

import time
from typing import Any

import msgspec
import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy import BigInteger, Boolean, Column, Float, String, Table, Text, UniqueConstraint
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from photomill.catalog.catalog import Catalog
from photomill.catalog.schema import Serial, metadata
from photomill.errors import Conflict, NotFound

storages = Table(
    "storages",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    # Whose it is; empty for the operator's.
    Column("owner", Text, nullable=False),
    Column("name", String(50), nullable=False),
    Column("type", String(20), nullable=False),
    Column("parameters", Text, nullable=False),
    # Encrypted; empty for a storage that has none.
    Column("secret", Text, nullable=False),
    Column("trusted", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("created", Float, nullable=False),
    UniqueConstraint("owner", "name"),
    sqlite_autoincrement=True,
)


@frozen
class StorageInfo:
    """A registered storage, without its secret.

    :ivar id: grows with each storage, and is never used twice.
    :ivar type: ``web_folder``, ``s3``, ``gcs`` or ``local``.
    :ivar parameters: as they were given, without ``credentials.secret_access_key``.
    :ivar created: seconds since the epoch.
    :ivar trusted: the operator chose the address or folder, so no limits apply to it.
    :ivar revision: grows with each change.
    :ivar owner: whose it is; empty for the operator's.
    """

    id: int
    name: str
    type: str
    parameters: dict[str, Any]
    created: float
    trusted: bool = False
    revision: int = 1
    owner: str = ""

    @property
    def shared(self) -> bool:
        """Whether every client may use it: the operator's own, like those of ``plugins.toml``."""
        return not self.owner and self.trusted


@frozen
class StoredStorage:
    """A storage as it is stored.

    :ivar sealed: its encrypted secret; empty where it has none.
    """

    info: StorageInfo
    sealed: str = field(repr=False)


# Made once: every read and write of a storage asks.
_NAMED = (
    sa.select(storages).where(storages.c.name == sa.bindparam("wanted")).order_by(storages.c.id)
)


class StorageTable:
    """The registered storages of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def create(
        self,
        name: str,
        kind: str,
        parameters: dict[str, Any],
        sealed: str,
        *,
        owner: str,
        trusted: bool,
    ) -> StorageInfo:
        """Enter a storage.

        :raises Conflict: the name is taken.
        """
        created = time.time()
        statement = sa.insert(storages).values(
            owner=owner,
            name=name,
            type=kind,
            parameters=_to_json(parameters),
            secret=sealed,
            trusted=trusted,
            revision=1,
            created=created,
        )
        with self._catalog.write() as connection:
            result = _named_once(connection, statement, name)
            key = result.inserted_primary_key
        return StorageInfo(int(key[0]), name, kind, parameters, created, trusted, owner=owner)

    def update(self, stored: StoredStorage) -> StorageInfo:
        """Replace what is stored, unless it has changed since it was read.

        :returns: it, with its new revision.
        :raises Conflict: the name is taken, or another change came first.
        """
        info = stored.info
        statement = (
            sa.update(storages)
            .where(storages.c.id == info.id, storages.c.revision == info.revision)
            .values(
                owner=info.owner,
                name=info.name,
                type=info.type,
                parameters=_to_json(info.parameters),
                secret=stored.sealed,
                trusted=info.trusted,
                revision=info.revision + 1,
            )
        )
        with self._catalog.write() as connection:
            if not _named_once(connection, statement, info.name).rowcount:
                raise Conflict(f"the storage {info.id} was changed meanwhile; try again")
        return self.get(info.id).info

    def last_secret(self) -> str:
        """The encrypted secret of the storage that was registered last with one; empty where none has one."""
        statement = (
            sa.select(storages.c.secret)
            .where(storages.c.secret != "")
            .order_by(storages.c.id.desc())
            .limit(1)
        )
        with self._catalog.read() as connection:
            return connection.execute(statement).scalar() or ""

    def delete(self, storage_id: int) -> None:
        """Remove a storage.

        :raises NotFound: there is no such storage.
        """
        with self._catalog.write() as connection:
            gone = connection.execute(
                sa.delete(storages).where(storages.c.id == storage_id)
            ).rowcount
        if not gone:
            raise NotFound(f"no storage {storage_id}")

    def get(self, storage_id: int) -> StoredStorage:
        """A storage as it is kept.

        :raises NotFound: there is no such storage.
        """
        found = self._first(storages.c.id == storage_id)
        if found is None:
            raise NotFound(f"no storage {storage_id}")
        return found

    def named(self, name: str) -> tuple[StoredStorage, ...]:
        """Everybody's storages of a name."""
        with self._catalog.read() as connection:
            rows = connection.execute(_NAMED, {"wanted": name})
            return tuple(_to_stored(row) for row in rows)

    def list_all(self) -> list[StorageInfo]:
        """Every storage, oldest first."""
        with self._catalog.read() as connection:
            rows = connection.execute(sa.select(storages).order_by(storages.c.id))
            return [_to_stored(row).info for row in rows]

    def _first(self, condition: "sa.ColumnElement[bool]") -> StoredStorage | None:
        with self._catalog.read() as connection:
            row = connection.execute(sa.select(storages).where(condition)).first()
        return None if row is None else _to_stored(row)


def _named_once(connection: Connection, statement: Any, name: str) -> Any:
    try:
        return connection.execute(statement)
    except IntegrityError:
        raise Conflict(f"the name {name!r} is taken by another storage") from None


def _to_json(parameters: dict[str, Any]) -> str:
    return msgspec.json.encode(parameters).decode()


def _to_stored(row: Any) -> StoredStorage:
    info = StorageInfo(
        id=row.id,
        name=row.name,
        type=row.type,
        parameters=msgspec.json.decode(row.parameters),
        created=row.created,
        trusted=row.trusted,
        revision=row.revision,
        owner=row.owner,
    )
    return StoredStorage(info, row.secret)
