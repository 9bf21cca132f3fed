"""A photo's way in, in the catalog: reserved, received, ready."""

import hashlib
import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from attrs import frozen

from photomill.albums.model import Photo, Reservation
from photomill.albums.store.groups import hold, touch
from photomill.albums.store.photos import AlbumFile, PhotoRows, insert_files, same_photos
from photomill.albums.store.tables import album_files, photos
from photomill.albums.tokens import new_secret
from photomill.errors import Conflict, NotFound

_OPEN_STATES = ("reserved", "uploaded", "failed")
"""A photo that is ready is not replaced."""


@frozen
class Upload:
    """What an upload address stands for."""

    photo: Photo
    expires: float


class AlreadyHeld(Conflict):
    """A group has a photo of the same name and bytes."""


class UploadTable(PhotoRows):
    """The reservations of one catalog, and what becomes of them."""

    def reserve(
        self, group_id: str, owner_id: str, count: int, expires: float, *, limit: int = 0
    ) -> list[Reservation]:
        """Make room for photos; only hashes of their secrets are kept.

        :param limit: of the owner's photos, those reserved included; 0 for none.
        :returns: as many as the limit leaves room for.
        """
        now = time.time()
        with self._catalog.write() as connection:
            if limit:
                held = sa.select(sa.func.count()).where(
                    photos.c.owner_id == owner_id,
                    photos.c.deleted.is_(None),
                    sa.or_(photos.c.state != "reserved", photos.c.expires > now),
                )
                count = max(0, min(count, limit - (connection.execute(held).scalar() or 0)))
            reserved = [
                Reservation(str(uuid.uuid4()), group_id, new_secret(), expires)
                for _ in range(count)
            ]
            rows = [
                self.row(Photo(each.photo, group_id, owner_id, "reserved", now, now))
                | {"secret": _digest(each.secret), "expires": expires}
                for each in reserved
            ]
            if rows:
                connection.execute(sa.insert(photos), rows)
        return reserved

    def find(self, secret: str) -> Upload:
        """What an upload address leads to.

        :raises NotFound: no such address.
        """
        with self._catalog.read() as connection:
            row = connection.execute(_OF_SECRET, {"of_secret": _digest(secret)}).first()
        if row is None:
            raise NotFound("no such upload address")
        return Upload(self.value(row), row.expires)

    def claim(self, photo_id: str, seconds: float) -> str:
        """Become the only one who receives a photo, for so long at most.

        :returns: the receiver's name.
        :raises Conflict: somebody else receives it now, or it is ready already.
        """
        now, receiver = time.time(), str(uuid.uuid4())
        values = {"of_id": photo_id, "now": now, "by": receiver, "until": now + seconds}
        if not self.write(_CLAIM, values):
            raise Conflict("the photo is there already, or another upload of it is under way")
        return receiver

    def release(self, photo_id: str, receiver: str) -> None:
        """Let others receive the photo."""
        statement = sa.update(photos).where(photos.c.id == photo_id, photos.c.receiver == receiver)
        self.write(statement.values(receiver=None, received_until=None))

    def store(
        self, photo: Photo, receiver: str, original: AlbumFile, *, once: bool = False
    ) -> None:
        """Note that a photo's original is stored; the receiver lets go of it.

        :param once: not where the group has another photo of this name and these bytes.
        :raises AlreadyHeld: it has.
        :raises Conflict: the receiver took too long.
        """
        row = self.row(photo)
        values = {_new(name): row[name] for name in _STORED}
        values |= {"of_id": photo.id, "by": receiver}
        with self._catalog.write() as connection:
            if once:
                hold(connection, photo.group)
                if connection.execute(_like(photo)).first():
                    raise AlreadyHeld("the group has this photo already")
            if not connection.execute(_STORE, values).rowcount:
                raise Conflict("the upload took too long; another one came between")
            connection.execute(_FORGET_FILES, {"of_id": photo.id})
            insert_files(connection, [original])

    def finish(self, photo: Photo, original_key: str, files: Sequence[AlbumFile]) -> bool:
        """Make a photo ready, unless its original was replaced meanwhile.

        :param files: its derivatives.
        """
        now = time.time()
        paths = dict(photo.files) | {file.kind: file.path for file in files}
        values = {"of_id": photo.id, "of_key": original_key, "now": now, "paths": json.dumps(paths)}
        with self._catalog.write() as connection:
            if not connection.execute(_FINISH, values).rowcount:
                return False
            insert_files(connection, files)
            touch(connection, [photo.group], now)
        return True

    def fail(self, photo_id: str, original_key: str, error: str) -> None:
        """Note that a photo cannot be shown, unless its original was replaced meanwhile."""
        now = time.time()
        values = {"of_id": photo_id, "of_key": original_key, "now": now, "why": error}
        self.write(_FAIL, values)


def _like(photo: Photo) -> "sa.Select[Any]":
    """Other photos of its group of the same name and bytes."""
    return same_photos(photo.group, photo.sort_name, photo.sha256).where(photos.c.id != photo.id)


def _new(column: str) -> str:
    """The parameter that a column is set to."""
    return f"new_{column}"


_STORED = UploadTable.column_names() - {"group_id", "deleted", "position"}
"""Whoever moved the reservation meanwhile keeps it where it is."""
_PROCESSED = (
    photos.c.id == sa.bindparam("of_id"),
    photos.c.state == "uploaded",
    sa.select(album_files.c.path)
    .where(
        album_files.c.photo_id == sa.bindparam("of_id"),
        album_files.c.kind == "original",
        album_files.c.storage_key == sa.bindparam("of_key"),
    )
    .exists(),
)
"""A photo that is uploaded, and whose original is still this one."""

# Made once: to make a statement takes longer than to run it.
_OF_SECRET = sa.select(photos).where(photos.c.secret == sa.bindparam("of_secret"))
_CLAIM = (
    sa.update(photos)
    .where(
        photos.c.id == sa.bindparam("of_id"),
        photos.c.state.in_(_OPEN_STATES),
        photos.c.deleted.is_(None),
        sa.or_(photos.c.receiver.is_(None), photos.c.received_until < sa.bindparam("now")),
    )
    .values(receiver=sa.bindparam("by"), received_until=sa.bindparam("until"))
)
_STORE = (
    sa.update(photos)
    .where(
        photos.c.id == sa.bindparam("of_id"),
        photos.c.receiver == sa.bindparam("by"),
        photos.c.state.in_(_OPEN_STATES),
    )
    .values(
        {name: sa.bindparam(_new(name)) for name in _STORED}
        | {"receiver": None, "received_until": None}
    )
)
_FORGET_FILES = sa.delete(album_files).where(album_files.c.photo_id == sa.bindparam("of_id"))
_FINISH = (
    sa.update(photos)
    .where(*_PROCESSED)
    .values(state="ready", files=sa.bindparam("paths"), error="", updated=sa.bindparam("now"))
)
_FAIL = (
    sa.update(photos)
    .where(*_PROCESSED)
    .values(state="failed", error=sa.bindparam("why"), updated=sa.bindparam("now"))
)


def _digest(secret: str) -> Any:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
