"""Photos and their files in the catalog."""

import json
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from photomill.albums.model import Photo
from photomill.albums.store.groups import touch
from photomill.albums.store.photo_rows import AlbumFile, insert_files, photo_row, to_file, to_photo
from photomill.albums.store.tables import album_files, groups, photos
from photomill.albums.tokens import may_be_name
from photomill.catalog.catalog import Catalog
from photomill.errors import NotFound

_AT_ONCE = 500
"""Values in one IN list; databases bound the number of parameters."""

_SHOWN = photos.c.state == "ready", photos.c.deleted.is_(None)


class PhotoTable:
    """The photos of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    # ------------------------------------------------------------ photos

    def get(self, photo_id: str) -> Photo:
        """
        :raises NotFound: there is no such photo; a deleted one is still there.
        """
        query = sa.select(photos).where(photos.c.id == photo_id)
        found = self._select(query) if may_be_name(photo_id) else []
        if not found:
            raise NotFound(f"no photo {photo_id!r}")
        return found[0]

    def of_group(self, group_id: str) -> list[Photo]:
        """The photos of a group that are ready and not deleted, in no order."""
        return self._select(sa.select(photos).where(photos.c.group_id == group_id, *_SHOWN))

    def shown(self, photo_ids: Sequence[str], *, ready: bool = True) -> dict[str, Photo]:
        """Those of these photos that are not deleted, nor is their group; by id.

        :param ready: only those whose derivatives are made.
        """
        query = (
            sa.select(photos)
            .join(groups, groups.c.id == photos.c.group_id)
            .where(photos.c.deleted.is_(None), groups.c.deleted.is_(None))
        )
        if ready:
            query = query.where(photos.c.state == "ready")
        found: dict[str, Photo] = {}
        for some in _portions(photo_ids):
            rows = self._select(query.where(photos.c.id.in_(some)))
            found |= {photo.id: photo for photo in rows}
        return found

    def first_with(self, owner_id: str, sha256: str, *, but: str) -> Photo | None:
        """The photo that the owner uploaded first with these bytes; ``but`` is left out."""
        query = (
            sa.select(photos)
            .join(groups, groups.c.id == photos.c.group_id)
            .where(photos.c.owner_id == owner_id, photos.c.digest == bytes.fromhex(sha256))
            .where(photos.c.id != but, photos.c.deleted.is_(None), groups.c.deleted.is_(None))
            .order_by(photos.c.uploaded, photos.c.id)
        )
        found = self._select(query.limit(1))
        return found[0] if found else None

    def holds(self, group_id: str, order: str, sha256: str) -> bool:
        """Whether a group has a photo of this name and these bytes."""
        query = sa.select(photos).where(
            photos.c.group_id == group_id,
            photos.c.sort_name == order,
            photos.c.digest == bytes.fromhex(sha256),
            photos.c.deleted.is_(None),
        )
        return bool(self._select(query.limit(1)))

    def note_duplicate(self, photo_id: str, earlier_id: str) -> None:
        """Note that a photo looks like an earlier one, unless it does like another."""
        statement = sa.update(photos).where(photos.c.id == photo_id, photos.c.duplicate_of == "")
        with self._catalog.write() as connection:
            connection.execute(statement.values(duplicate_of=earlier_id))

    def change(self, photo: Photo, **values: Any) -> None:
        """Set columns of a photo; its group is changed by it."""
        now = time.time()
        statement = sa.update(photos).where(photos.c.id == photo.id)
        with self._catalog.write() as connection:
            connection.execute(statement.values(**values, updated=now))
            touch(connection, [photo.group], now)

    def leave(self, photo: Photo, **values: Any) -> None:
        """Change a photo so that it leaves its group, which does not show it as its thumbnail any more."""
        now = time.time()
        statement = sa.update(photos).where(photos.c.id == photo.id)
        thumbs = sa.update(groups).where(
            groups.c.id == photo.group, groups.c.thumb.in_(list(photo.files.values()))
        )
        with self._catalog.write() as connection:
            connection.execute(statement.values(**values, updated=now))
            connection.execute(thumbs.values(thumb=""))
            touch(connection, [photo.group, str(values.get("group_id", photo.group))], now)

    def copy(self, photo: Photo, group_id: str, paths: Mapping[str, str]) -> Photo:
        """Make a photo of the same files under paths of its own.

        :param paths: by kind.
        """
        now = time.time()
        keys = {file.kind: file.storage_key for file in self.files([photo.id])}
        values = photo_row(photo) | {
            "id": str(uuid.uuid4()),
            "group_id": group_id,
            "files": json.dumps(dict(paths)),
            "created": now,
            "updated": now,
        }
        copied = [AlbumFile(path, values["id"], kind, keys[kind]) for kind, path in paths.items()]
        with self._catalog.write() as connection:
            connection.execute(sa.insert(photos).values(**values))
            insert_files(connection, copied)
            touch(connection, [group_id], now)
        return self.get(values["id"])

    def forget_reservation(self, photo_id: str) -> None:
        """Take a photo out of the catalog unless it was uploaded."""
        with self._catalog.write() as connection:
            connection.execute(
                sa.delete(photos).where(photos.c.id == photo_id, photos.c.state == "reserved")
            )

    def forget(self, photo_id: str) -> None:
        """Take a photo out of the catalog, with its files."""
        with self._catalog.write() as connection:
            connection.execute(sa.delete(photos).where(photos.c.id == photo_id))

    # ------------------------------------------------------------ files

    def file(self, path: str) -> AlbumFile:
        """
        :raises NotFound: no file is opened by this path.
        """
        query = sa.select(album_files).where(album_files.c.path == path)
        found = self._select_files(query) if may_be_name(path) else []
        if not found:
            raise NotFound(f"no file {path!r}")
        return found[0]

    def files(self, photo_ids: Sequence[str]) -> list[AlbumFile]:
        """The files of these photos."""
        query = sa.select(album_files)
        return [
            file
            for some in _portions(photo_ids)
            for file in self._select_files(query.where(album_files.c.photo_id.in_(some)))
        ]

    def used_keys(self, storage_keys: Sequence[str]) -> set[str]:
        """Those of these keys where some photo has a file."""
        query = sa.select(album_files.c.storage_key).distinct()
        used: set[str] = set()
        with self._catalog.read() as connection:
            for some in _portions(storage_keys):
                rows = connection.execute(query.where(album_files.c.storage_key.in_(some)))
                used.update(rows.scalars())
        return used

    # ------------------------------------------------------------ upkeep

    def expired_reservations(self, moment: float) -> list[Photo]:
        """Those that nobody made use of, and whose time ended before a moment."""
        return self._select(
            sa.select(photos).where(photos.c.state == "reserved", photos.c.expires < moment)
        )

    def unprocessed(self, moment: float) -> list[Photo]:
        """Photos that were uploaded before a moment and are not ready."""
        return self._select(
            sa.select(photos).where(
                photos.c.state == "uploaded",
                photos.c.uploaded < moment,
                photos.c.deleted.is_(None),
            )
        )

    def deleted_before(self, moment: float) -> list[Photo]:
        """Photos that were deleted before a moment, or whose group was."""
        query = sa.select(photos).join(groups, groups.c.id == photos.c.group_id)
        return self._select(
            query.where(sa.or_(photos.c.deleted < moment, groups.c.deleted < moment))
        )

    def _select(self, query: "sa.Select[Any]") -> list[Photo]:
        with self._catalog.read() as connection:
            return [to_photo(row) for row in connection.execute(query)]

    def _select_files(self, query: "sa.Select[Any]") -> list[AlbumFile]:
        with self._catalog.read() as connection:
            return [to_file(row) for row in connection.execute(query)]


def _portions(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
