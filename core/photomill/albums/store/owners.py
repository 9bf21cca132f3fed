"""Owners and brands in the catalog."""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.exc import IntegrityError

from photomill.albums.model import Brand, Owner
from photomill.albums.store.tables import brands, owners
from photomill.albums.tokens import may_be_name
from photomill.catalog.catalog import Catalog
from photomill.errors import Conflict, NotFound
from photomill.names import folded


class OwnerTable:
    """The owners of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

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
            connection.execute(sa.insert(owners).values(**_owner_row(owner)))
            connection.execute(sa.insert(brands).values(**_brand_row(brand)))
        return owner

    def get(self, owner_id: str) -> Owner:
        """
        :raises NotFound: there is no such owner.
        """
        if not may_be_name(owner_id):
            raise NotFound(f"no owner {owner_id!r}")
        with self._catalog.read() as connection:
            row = connection.execute(sa.select(owners).where(owners.c.id == owner_id)).first()
        if row is None:
            raise NotFound(f"no owner {owner_id!r}")
        return Owner(**row._asdict())

    def list_all(self) -> list[Owner]:
        """Every owner, oldest first."""
        query = sa.select(owners).order_by(owners.c.created, owners.c.id)
        with self._catalog.read() as connection:
            return [Owner(**row._asdict()) for row in connection.execute(query)]

    def update(self, owner: Owner) -> None:
        with self._catalog.write() as connection:
            connection.execute(
                sa.update(owners).where(owners.c.id == owner.id).values(**_owner_row(owner))
            )


class BrandTable:
    """The brands of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def create(self, owner_id: str, name: str, slug: str, details: Mapping[str, Any]) -> Brand:
        """
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
        self._write(brand, sa.insert(brands).values(**_brand_row(brand)))
        return brand

    def get(self, brand_id: str) -> Brand:
        """
        :raises NotFound: there is no such brand.
        """
        if not may_be_name(brand_id):
            raise NotFound(f"no brand {brand_id!r}")
        with self._catalog.read() as connection:
            row = connection.execute(sa.select(brands).where(brands.c.id == brand_id)).first()
        if row is None:
            raise NotFound(f"no brand {brand_id!r}")
        return _to_brand(row)

    def list_all(self, owner_id: str) -> list[Brand]:
        """An owner's brands, oldest first."""
        query = (
            sa.select(brands)
            .where(brands.c.owner_id == owner_id)
            .order_by(brands.c.created, brands.c.id)
        )
        with self._catalog.read() as connection:
            return [_to_brand(row) for row in connection.execute(query)]

    def update(self, brand: Brand) -> None:
        """
        :raises Conflict: the slug is taken.
        """
        statement = sa.update(brands).where(brands.c.id == brand.id)
        self._write(brand, statement.values(**_brand_row(brand)))

    def _write(self, brand: Brand, statement: sa.Insert | sa.Update) -> None:
        with self._catalog.write() as connection:
            try:
                connection.execute(statement)
            except IntegrityError:
                raise Conflict(f"{brand.slug!r} is taken by another brand") from None


def _owner_row(owner: Owner) -> dict[str, Any]:
    return {name: getattr(owner, name) for name in owners.c.keys()}  # noqa: SIM118


def _brand_row(brand: Brand) -> dict[str, Any]:
    return {
        "id": brand.id,
        "owner_id": brand.owner,
        "name": brand.name,
        "slug": brand.slug,
        "slug_key": folded(brand.slug),
        "details": json.dumps(dict(brand.details)),
        "created": brand.created,
    }


def _to_brand(row: Any) -> Brand:
    brand = Brand(row.id, row.owner_id, row.name, row.slug, row.created)
    return evolve(brand, details=json.loads(row.details))
