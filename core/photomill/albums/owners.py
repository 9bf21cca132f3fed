"""Owners and brands: the facade."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from photomill.albums.calendar import time_zone
from photomill.albums.context import AlbumContext
from photomill.albums.model import Brand, Owner
from photomill.collections.collections import MAX_NAME
from photomill.errors import InvalidInput, NotFound
from photomill.keys import ALBUMS_SCOPE, Key, Keys
from photomill.names import normalise_name

_MAX_NAME = 255


@frozen
class NewOwner:
    """An owner just made, with the key that is shown this once."""

    owner: Owner
    secret: str


class Owners:
    """Makes and finds owners. Thread-safe."""

    def __init__(self, context: AlbumContext, keys: Keys) -> None:
        self._table = context.tables.owners
        self._collections = context.collections
        self._keys = keys
        # A collection keeps its owner for as long as it is there.
        self._by_collection: dict[str, str] = {}

    def create(
        self, name: str, *, timezone: str = "UTC", email: str = "", brand: str = ""
    ) -> NewOwner:
        """Make an owner, with a primary brand, a collection for the photos, and a key.

        :param timezone: an IANA name: it says when the owner's days begin.
        :param brand: the brand's name; empty takes the owner's.
        :raises InvalidInput: no name, an address that is none, or no such time zone.
        """
        name, brand = normalise_name(name), normalise_name(brand or name)
        _check_name(name)
        _check_name(brand, path="brand")
        _check_email(email)
        time_zone(timezone)
        collection = self._collections.create(
            # Photos have derivatives.
            f"photos of {name}"[:MAX_NAME],
            thumbnails=False,
            # Each photo is compared with all others.
            index=self._collections.index_in_memory(),
        )
        owner = self._table.create(name, email, timezone, collection.id, brand)
        return NewOwner(owner, self.create_key(owner))

    def create_key(self, owner: Owner) -> str:
        """Make a further key, and return its secret; it may also search the owner's collection."""
        made = self._keys.create(
            owner.name,
            owner=owner.id,
            scopes=[ALBUMS_SCOPE, "read"],
            collections=[owner.collection],
        )
        return made.secret

    def get(self, owner_id: str) -> Owner:
        """An owner by the id.

        :raises NotFound: there is no such owner.
        """
        return self._table.get(owner_id)

    def of_key(self, key: Key) -> Owner | None:
        """The owner that a key belongs to; None where it belongs to nobody, or may not see albums."""
        if ALBUMS_SCOPE not in key.scopes or not key.owner:
            return None
        try:
            return self._table.get(key.owner)
        except NotFound:
            return None

    def may_reach(self, key: Key, collection_id: str) -> bool:
        """Whether a key may reach a collection, as far as it holds somebody's photos.

        Keys of that owner may, administrators, and keys that are restricted to collections, which name it.
        """
        if key.collections is not None or key.may("admin"):
            return True
        if collection_id not in self._by_collection:
            self._by_collection[collection_id] = self._table.of_collection(collection_id)
        return self._by_collection[collection_id] in ("", key.owner)

    def update(
        self,
        owner: Owner,
        *,
        name: str | None = None,
        email: str | None = None,
        timezone: str | None = None,
        primary_brand: str | None = None,
    ) -> Owner:
        """Change what is given.

        :raises InvalidInput: no name, an address that is none, or no such time zone.
        """
        given: dict[str, Any] = {
            "name": name,
            "email": email,
            "timezone": timezone,
            "primary_brand": primary_brand,
        }
        changed = evolve(owner, **{key: value for key, value in given.items() if value is not None})
        changed = evolve(changed, name=normalise_name(changed.name))
        _check_name(changed.name)
        _check_email(changed.email)
        time_zone(changed.timezone)
        self._table.update(changed)
        return changed

    def list_all(self) -> list[Owner]:
        """Every owner, oldest first."""
        return self._table.list_all()

    def named(self, name: str) -> list[Owner]:
        """The owners of a name, oldest first."""
        wanted = normalise_name(name)
        return [each for each in self.list_all() if normalise_name(each.name) == wanted]

    def collections(self) -> frozenset[str]:
        """The ids of the collections that hold owners' photos: groups show those, and nobody chooses among such collections."""
        return frozenset(each.collection for each in self.list_all())


class Brands:
    """Makes and finds brands. Thread-safe."""

    def __init__(self, context: AlbumContext) -> None:
        self._table = context.tables.brands

    def create(
        self, owner: Owner, name: str, slug: str, details: Mapping[str, Any] | None = None
    ) -> Brand:
        """Make a further brand.

        :raises InvalidInput: no name, or no slug.
        :raises Conflict: the slug is taken.
        """
        name, slug = normalise_name(name), normalise_name(slug)
        _check_name(name)
        _check_name(slug, path="slug")
        return self._table.create(owner.id, name, slug, details or {})

    def get(self, brand_id: str, owner: Owner | None = None) -> Brand:
        """A brand by its id.

        :param owner: whose brand it must be; None takes anybody's.
        :raises NotFound: there is no such brand.
        """
        brand = self._table.get(brand_id)
        if owner is not None and brand.owner != owner.id:
            raise NotFound(f"no brand {brand_id!r}")
        return brand

    def update(self, brand: Brand) -> Brand:
        """Change a brand's name or slug.

        :raises InvalidInput: no name, or no slug.
        :raises Conflict: the slug is taken.
        """
        brand = evolve(brand, name=normalise_name(brand.name), slug=normalise_name(brand.slug))
        _check_name(brand.name)
        _check_name(brand.slug, path="slug")
        self._table.update(brand)
        return brand

    def list_all(self, owner: Owner) -> list[Brand]:
        """An owner's brands, oldest first."""
        return self._table.list_all(owner.id)


def _check_email(email: str) -> None:
    if len(email) > _MAX_NAME or not email.isprintable():
        raise InvalidInput(f"expected {_MAX_NAME} printable characters at most", path="email")


def _check_name(name: str, *, path: str = "name") -> None:
    if not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
        raise InvalidInput(f"expected 1 to {_MAX_NAME} printable characters", path=path)
