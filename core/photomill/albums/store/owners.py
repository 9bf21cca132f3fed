"""Owners and brands in the catalog."""

import time
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from photomill.albums.model import Brand, Owner
from photomill.albums.store.rows import JSON, Codec, RowTable
from photomill.albums.store.tables import brands, owners
from photomill.errors import Conflict
from photomill.names import folded


class OwnerTable(RowTable[Owner]):
    """The owners of one catalog."""

    kind, table, what = Owner, owners, "owner"

    def of_collection(self, collection_id: str) -> str:
        """The id of the owner whose photos a collection holds; empty where it is nobody's."""
        query = sa.select(owners.c.id).where(owners.c.collection == collection_id)
        with self._catalog.read() as connection:
            return str(connection.execute(query).scalar() or "")

    def create(
        self, name: str, email: str, timezone: str, collection: str, brand_name: str
    ) -> Owner:
        """Make an owner and the primary brand, whose slug is the owner's id."""
        identity, now = str(uuid.uuid4()), time.time()
        brand = Brand(str(uuid.uuid4()), identity, brand_name, identity, now)
        owner = Owner(
            id=identity,
            name=name,
            email=email,
            timezone=timezone,
            primary_brand=brand.id,
            collection=collection,
            created=now,
        )
        with self._catalog.write() as connection:
            connection.execute(sa.insert(owners).values(**self.row(owner)))
            connection.execute(sa.insert(brands).values(**BrandTable.row(brand)))
        return owner

    def list_all(self) -> list[Owner]:
        """Every owner, oldest first."""
        return self.select(sa.select(owners).order_by(owners.c.created, owners.c.id))

    def update(self, owner: Owner) -> None:
        self.change(owner.id, **self.row(owner))


class BrandTable(RowTable[Brand]):
    """The brands of one catalog."""

    kind, table, what = Brand, brands, "brand"
    columns: ClassVar[Mapping[str, str]] = {"owner": "owner_id"}
    codecs: ClassVar[Mapping[str, Codec]] = {"details": JSON}

    @classmethod
    def row(cls, value: Brand) -> dict[str, Any]:
        return super().row(value) | {"slug_key": folded(value.slug)}

    def create(self, owner_id: str, name: str, slug: str, details: Mapping[str, Any]) -> Brand:
        """Enter a brand.

        :raises Conflict: the slug is taken.
        """
        brand = Brand(
            id=str(uuid.uuid4()),
            owner=owner_id,
            name=name,
            slug=slug,
            created=time.time(),
            details=dict(details),
        )
        self._store(brand, sa.insert(brands).values(**self.row(brand)))
        return brand

    def list_all(self, owner_id: str) -> list[Brand]:
        """An owner's brands, oldest first."""
        query = sa.select(brands).where(brands.c.owner_id == owner_id)
        return self.select(query.order_by(brands.c.created, brands.c.id))

    def update(self, brand: Brand) -> None:
        """Change a brand.

        :raises Conflict: the slug is taken.
        """
        statement = sa.update(brands).where(brands.c.id == brand.id)
        self._store(brand, statement.values(**self.row(brand)))

    def _store(self, brand: Brand, statement: sa.Insert | sa.Update) -> None:
        with self._catalog.write() as connection:
            try:
                connection.execute(statement)
            except IntegrityError:
                raise Conflict(f"{brand.slug!r} is taken by another brand") from None
