"""Groups, and what the public sees of them."""

import base64
import hashlib
import hmac
import secrets
import time
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from attrs import evolve

from photomill.albums.calendar import LATEST_DAY, day_bounds, time_zone
from photomill.albums.context import AlbumContext
from photomill.albums.model import Group, GroupSummary, Owner, Photo
from photomill.albums.owners import Brands
from photomill.albums.tokens import is_token
from photomill.errors import Forbidden, InvalidInput, NotFound
from photomill.names import natural_key

# RFC 7914's parameters for interactive logins.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1

MOST_GROUPS_LISTED = 1000
"""Groups of one answer."""

_MAX_NAME = 255


class Groups:
    """Makes and finds groups. Thread-safe."""

    def __init__(self, context: AlbumContext, brands: Brands) -> None:
        self._table = context.tables.groups
        self._photos = context.tables.photos
        self._thumbnail = context.settings.thumbnail
        self._brands = brands

    def create(
        self,
        owner: Owner,
        *,
        name: str = "",
        brand_id: str = "",
        when: int | None = None,
        hidden: bool = False,
    ) -> Group:
        """Make a group.

        :param brand_id: empty takes the owner's primary brand.
        :param when: whole seconds since the epoch; None for now.
        :raises InvalidInput: a name that is too long, or a time that is none.
        :raises NotFound: no such brand of this owner.
        """
        _check_name(name)
        happened = int(time.time()) if when is None else when
        if not 0 <= happened <= LATEST_DAY:
            raise InvalidInput(f"expected 0 to {LATEST_DAY} seconds since 1970", path="when")
        brand = brand_id or owner.primary_brand
        self._brands.get(brand, owner)
        return self._table.create(owner.id, brand, name, happened, hidden=hidden)

    def get(self, group_id: str) -> Group:
        """A group by its id.

        :raises NotFound: there is no such group; a deleted one is still there.
        """
        return self._table.get(group_id)

    def find(self, name: str) -> Group:
        """Find a group by its id, or, unless it was deleted, by its token.

        :raises NotFound: there is none.
        """
        return self._table.by_token(name) if is_token(name) else self._table.get(name)

    def on_day(self, owner: Owner, day: date | None = None) -> list[Group]:
        """An owner's groups of one day where the owner lives; None for today."""
        timezone = time_zone(owner.timezone)
        begin, end = day_bounds(day or datetime.now(timezone).date(), timezone)
        return self._table.between(owner.id, begin, end, deleted=False, limit=MOST_GROUPS_LISTED)

    def between(
        self,
        owner: Owner,
        begin: float,
        end: float,
        *,
        deleted: bool = False,
        offset: int = 0,
        limit: int = MOST_GROUPS_LISTED,
        newest_first: bool = False,
    ) -> list[Group]:
        """An owner's groups from ``begin`` on and before ``end``, in seconds since the epoch."""
        return self._table.between(
            owner.id,
            begin,
            end,
            deleted=deleted,
            limit=min(limit, MOST_GROUPS_LISTED),
            offset=offset,
            newest_first=newest_first,
        )

    def of_brand(self, brand_id: str, *, hidden: bool = False) -> list[Group]:
        """A brand's groups, newest first."""
        return self._table.of_brand(brand_id, hidden=hidden, limit=MOST_GROUPS_LISTED)

    def update(self, group: Group, *, before: Group) -> Group:
        """Keep a changed group; one that did not change is not touched.

        :raises InvalidInput: a name that is too long, or a thumbnail that is none of the group's photos.
        :raises NotFound: no such brand of this owner.
        """
        if group == before:
            return group
        _check_name(group.name)
        if group.brand != before.brand and self._brands.get(group.brand).owner != group.owner:
            raise NotFound(f"no brand {group.brand!r}")
        if group.thumb != before.thumb and group.thumb:
            self._check_thumb(group)
        changed = evolve(group, updated=time.time())
        self._table.update(changed, before)
        return changed

    def delete(self, group: Group) -> None:
        """Hide a group and its photos; it can be restored until it is purged. Does no harm twice."""
        if group.deleted is None:
            now = time.time()
            self._table.update(evolve(group, deleted=now, updated=now), group)

    def restore(self, group: Group) -> None:
        """Bring a deleted group back."""
        if group.deleted is not None:
            self._table.update(evolve(group, deleted=None, updated=time.time()), group)

    def note_upload(self, group: Group) -> None:
        """Note that an upload goes on."""
        self._table.update(evolve(group, uploading=time.time()), group)

    def protect(self, group: Group, password: str | None, expires: float | None) -> None:
        """Ask for a password in the public view, and end it some day.

        :param password: empty for none; None keeps what there is.
        :param expires: seconds since the epoch; None for never.
        """
        if password is not None:
            self._table.change(group.id, password=hashed(password) if password else "")
        self._table.update(evolve(group, expires=expires, updated=time.time()), group)

    def opens(self, group: Group, password: str) -> bool:
        """Whether a password opens the public view."""
        stored = self._table.password(group.id)
        return not stored or matches(password, stored)

    def is_public(self, group: Group) -> bool:
        """Whether there is a public view now."""
        return group.deleted is None and (group.expires is None or time.time() < group.expires)

    def photos(self, group: Group, *, ready: bool = True) -> list[Photo]:
        """The photos that are not deleted, as the owner arranged them; others by name as people count, then by age.

        :param ready: only those whose derivatives are made; otherwise all that were uploaded.
        """
        return sorted(self._photos.of_group(group.id, ready=ready), key=_place)

    def arrange(self, group: Group, photo_ids: Sequence[str]) -> None:
        """Put photos into an order; those that are not named follow by their names.

        :param photo_ids: empty sorts all by name.
        :raises InvalidInput: one is no photo of the group, or comes twice.
        """
        held = {photo.id for photo in self._photos.of_group(group.id, ready=False)}
        for place, photo_id in enumerate(photo_ids):
            if photo_id not in held:
                raise InvalidInput("expected photos of the group, each once", path=f"[{place}]")
            held.discard(photo_id)
        self._photos.arrange(group.id, photo_ids)

    def renew_token(self, group: Group) -> Group:
        """Give a group another token; the former one opens nothing any more.

        :raises CapacityExceeded: no token is left.
        """
        return self._table.renew_token(group)

    def summaries(self, groups: Sequence[Group]) -> list[GroupSummary]:
        """Groups with how many photos they have, and a thumbnail."""
        counts = self._table.counts([group.id for group in groups])
        return [
            GroupSummary(group, counts[group.id], group.thumb or self._first_thumb(group))
            if group.id in counts
            else GroupSummary(group, 0, "")
            for group in groups
        ]

    def thumbnail(self, photo: Photo) -> str:
        """The path of the derivative that stands for a photo; empty where it has none."""
        return photo.files.get(self._thumbnail, "")

    def _first_thumb(self, group: Group) -> str:
        photos = self.photos(group)
        return self.thumbnail(photos[0]) if photos else ""

    def _check_thumb(self, group: Group) -> None:
        shown = {path for photo in self.photos(group) for path in photo.files.values()}
        if group.thumb not in shown:
            raise InvalidInput(f"{group.thumb!r} is of no photo of this group", path="thumb")


class PublicView:
    """Groups and photos as the public sees them. Thread-safe.

    Who guesses tokens or passwords is slowed down by whoever lets people in: the adapter.
    """

    def __init__(self, groups: Groups, context: AlbumContext) -> None:
        self._groups = groups
        self._photos = context.tables.photos
        derivatives = context.settings.derivatives
        self._kinds = {name for name, each in derivatives.items() if each.public}

    def find(self, name: str) -> Group:
        """Find a group by its id or token.

        :raises NotFound: there is none, it was deleted, or its public view has ended.
        """
        group = self._groups.find(name)
        if not self._groups.is_public(group):
            raise NotFound(f"no group {name!r}")
        return group

    def summary(self, group: Group) -> GroupSummary:
        """A group as lists show it; of a protected one nothing of its photos."""
        (summary,) = self._groups.summaries([group])
        return evolve(summary, thumb="") if group.protected else summary

    def photos(self, group: Group, password: str = "") -> list[Photo]:
        """A group's photos in their order.

        :raises NotFound: the public view has ended.
        :raises Forbidden: it asks for another password.
        """
        self._check(group, password)
        return [self.shown(photo) for photo in self._groups.photos(group)]

    def photo(self, photo_id: str, password: str = "") -> Photo:
        """One photo.

        :raises NotFound: there is none, it is not ready, or its group's public view has ended.
        :raises Forbidden: its group asks for another password.
        """
        photo = self._photos.get(photo_id)
        if not photo.shown:
            raise NotFound(f"no photo {photo_id!r}")
        self._check(self._groups.get(photo.group), password)
        return self.shown(photo)

    def shown(self, photo: Photo) -> Photo:
        """A photo without what is the owner's: only the derivatives for the public."""
        files = {kind: path for kind, path in photo.files.items() if kind in self._kinds}
        return evolve(
            photo,
            files=files,
            format="",
            bytes=0,
            sha256="",
            uploaded=None,
            captured=None,
            captured_offset=None,
            favourite=False,
            duplicate_of="",
            error="",
        )

    def _check(self, group: Group, password: str) -> None:
        if not self._groups.is_public(group):
            raise NotFound(f"no group {group.id!r}")
        if not self._groups.opens(group, password):
            raise Forbidden("the group asks for a password")


def _place(photo: Photo) -> Any:
    arranged = photo.position is not None
    name = natural_key(photo.sort_name)
    return not arranged, photo.position or 0, name, photo.created, photo.id


def _check_name(name: str) -> None:
    if len(name) > _MAX_NAME:
        raise InvalidInput(f"expected {_MAX_NAME} characters at most", path="name")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        raise InvalidInput("expected no control characters", path="name")


def hashed(password: str) -> str:
    """Hash a password of a public view with scrypt."""
    salt = secrets.token_bytes(16)
    return f"{_text(salt)}:{_text(_scrypt(password, salt))}"


def matches(password: str, stored: str) -> bool:
    """Compare in a time that does not tell how much of it is right."""
    salt, digest = (base64.b64decode(part) for part in stored.split(":"))
    return hmac.compare_digest(_scrypt(password, salt), digest)


def _scrypt(password: str, salt: bytes) -> bytes:
    given = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(given, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
