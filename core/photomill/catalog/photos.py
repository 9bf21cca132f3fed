"""Photos and their files in the catalog."""

import hashlib
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import frozen

from photomill.albums.model import Photo, Reservation
from photomill.albums.tokens import new_secret
from photomill.catalog.album_tables import album_files, photos
from photomill.catalog.catalog import Catalog
from photomill.catalog.groups import touch
from photomill.errors import NotFound


@frozen
class AlbumFile:
    """
    :ivar path: what it is opened by.
    :ivar kind: ``original``, ``medium``, …
    :ivar storage_key: where its bytes lie; copies of a photo share them.
    """

    path: str
    photo: str
    kind: str
    storage_key: str


@frozen
class Upload:
    """What an upload address stands for."""

    photo: Photo
    expires: float


class PhotoTable:
    """The photos of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def reserve(
        self, group_id: str, owner_id: str, count: int, expires: float
    ) -> list[Reservation]:
        """Make room for photos; only hashes of their secrets are kept."""
        now = time.time()
        reserved = [
            Reservation(str(uuid.uuid4()), group_id, new_secret(), expires) for _ in range(count)
        ]
        rows = [
            _row(Photo(each.photo, group_id, owner_id, "reserved", now, now))
            | {"secret": _digest(each.secret), "expires": expires}
            for each in reserved
        ]
        with self._catalog.write() as connection:
            connection.execute(sa.insert(photos), rows)
        return reserved

    def upload(self, secret: str) -> Upload:
        """
        :raises NotFound: no such address.
        """
        query = sa.select(photos).where(photos.c.secret == _digest(secret))
        with self._catalog.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound("no such upload address")
        return Upload(_to_photo(row), row.expires)

    def get(self, photo_id: str) -> Photo:
        """
        :raises NotFound: there is no such photo; a deleted one is still there.
        """
        with self._catalog.read() as connection:
            row = connection.execute(sa.select(photos).where(photos.c.id == photo_id)).first()
        if row is None:
            raise NotFound(f"no photo {photo_id!r}")
        return _to_photo(row)

    def of_group(self, group_id: str) -> list[Photo]:
        """The photos of a group that are ready and not deleted, in no order."""
        query = sa.select(photos).where(
            photos.c.group_id == group_id, photos.c.state == "ready", photos.c.deleted.is_(None)
        )
        with self._catalog.read() as connection:
            return [_to_photo(row) for row in connection.execute(query)]

    def update(self, photo: Photo, *, files: Sequence[AlbumFile] = ()) -> None:
        """Keep a photo and the files it has now; its group is changed by it."""
        with self._catalog.write() as connection:
            connection.execute(
                sa.update(photos).where(photos.c.id == photo.id).values(**_row(photo))
            )
            if files:
                connection.execute(sa.delete(album_files).where(album_files.c.photo_id == photo.id))
                connection.execute(sa.insert(album_files), [_file_row(file) for file in files])
            if photo.state == "ready":
                touch(connection, [photo.group], photo.updated)

    def move(self, photo: Photo, group_id: str) -> None:
        """Put a photo into another group; both are changed by it."""
        now = time.time()
        with self._catalog.write() as connection:
            connection.execute(
                sa.update(photos)
                .where(photos.c.id == photo.id)
                .values(group_id=group_id, updated=now)
            )
            touch(connection, [photo.group, group_id], now)

    def copy(self, photo: Photo, group_id: str, paths: Mapping[str, str]) -> Photo:
        """Make a photo of the same files under paths of its own.

        :param paths: by kind.
        """
        now = time.time()
        files = self.files([photo.id])
        keys = {file.kind: file.storage_key for file in files}
        values = _row(photo) | {
            "id": str(uuid.uuid4()),
            "group_id": group_id,
            "files": json.dumps(dict(paths)),
            "created": now,
            "updated": now,
        }
        copied = [AlbumFile(path, values["id"], kind, keys[kind]) for kind, path in paths.items()]
        with self._catalog.write() as connection:
            connection.execute(sa.insert(photos).values(**values))
            connection.execute(sa.insert(album_files), [_file_row(file) for file in copied])
            touch(connection, [photo.group, group_id], now)
        return self.get(values["id"])

    def file(self, path: str) -> AlbumFile:
        """
        :raises NotFound: no file is opened by this path.
        """
        query = sa.select(album_files).where(album_files.c.path == path)
        with self._catalog.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound(f"no file {path!r}")
        return _to_file(row)

    def files(self, photo_ids: Sequence[str]) -> list[AlbumFile]:
        query = sa.select(album_files).where(album_files.c.photo_id.in_(photo_ids))
        with self._catalog.read() as connection:
            return [_to_file(row) for row in connection.execute(query)]

    def key_is_used(self, storage_key: str) -> bool:
        """Whether any photo has a file there."""
        query = sa.select(album_files.c.path).where(album_files.c.storage_key == storage_key)
        with self._catalog.read() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def forget(self, photo_id: str) -> None:
        """Take a photo out of the catalog, with its files."""
        with self._catalog.write() as connection:
            connection.execute(sa.delete(album_files).where(album_files.c.photo_id == photo_id))
            connection.execute(sa.delete(photos).where(photos.c.id == photo_id))

    def expired_reservations(self, moment: float) -> list[Photo]:
        query = sa.select(photos).where(photos.c.state == "reserved", photos.c.expires < moment)
        with self._catalog.read() as connection:
            return [_to_photo(row) for row in connection.execute(query)]

    def in_groups(self, group_ids: Sequence[str]) -> list[Photo]:
        """Every photo of these groups, whatever its state."""
        query = sa.select(photos).where(photos.c.group_id.in_(group_ids))
        with self._catalog.read() as connection:
            return [_to_photo(row) for row in connection.execute(query)]


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _row(photo: Photo) -> dict[str, Any]:
    return {
        "id": photo.id,
        "group_id": photo.group,
        "owner_id": photo.owner,
        "state": photo.state,
        "sort_order": photo.order,
        "files": json.dumps(dict(photo.files)),
        "width": photo.width,
        "height": photo.height,
        "bytes": photo.bytes,
        "format": photo.format,
        "hue": photo.hue,
        "souvenir": int(photo.souvenir),
        "duplicate_of": photo.duplicate_of,
        "error": photo.error,
        "created": photo.created,
        "updated": photo.updated,
        "deleted": photo.deleted,
    }


def _to_photo(row: Any) -> Photo:
    return Photo(
        id=row.id,
        group=row.group_id,
        owner=row.owner_id,
        state=row.state,
        created=row.created,
        updated=row.updated,
        order=row.sort_order,
        files=json.loads(row.files),
        width=row.width,
        height=row.height,
        bytes=row.bytes,
        format=row.format,
        hue=row.hue,
        souvenir=bool(row.souvenir),
        duplicate_of=row.duplicate_of,
        deleted=row.deleted,
        error=row.error,
    )


def _file_row(file: AlbumFile) -> dict[str, Any]:
    return {
        "path": file.path,
        "photo_id": file.photo,
        "kind": file.kind,
        "storage_key": file.storage_key,
    }


def _to_file(row: Any) -> AlbumFile:
    return AlbumFile(row.path, row.photo_id, row.kind, row.storage_key)
