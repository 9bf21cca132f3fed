"""Photos and their files in the catalog."""

import json
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from photomill.albums.model import Photo
from photomill.albums.store.groups import touch
from photomill.albums.store.rows import FLAG, JSON, SHA256, Codec, RowTable
from photomill.albums.store.tables import album_files, groups, photos
from photomill.albums.tokens import may_be_name
from photomill.catalog.catalog import Catalog
from photomill.errors import NotFound
from photomill.portions import portions

_SHOWN = photos.c.state == "ready", photos.c.deleted.is_(None)
_UPLOADED = photos.c.state != "reserved", photos.c.deleted.is_(None)


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


class FileTable(RowTable[AlbumFile]):
    """Whose file a path is."""

    kind, table, what = AlbumFile, album_files, "file"
    columns: ClassVar[Mapping[str, str]] = {"photo": "photo_id"}


# Made once: to make a statement takes longer than to run it.
_FILES = sa.select(album_files).where(
    album_files.c.photo_id.in_(sa.bindparam("of_photos", expanding=True))
)
_FIRST_WITH = (
    sa.select(photos)
    .join(groups, groups.c.id == photos.c.group_id)
    .where(
        photos.c.owner_id == sa.bindparam("of_owner"),
        photos.c.digest == sa.bindparam("of_digest"),
        photos.c.id != sa.bindparam("but"),
        photos.c.deleted.is_(None),
        groups.c.deleted.is_(None),
    )
    .order_by(photos.c.uploaded, photos.c.id)
    .limit(1)
)


def insert_files(connection: Connection, files: Iterable[AlbumFile]) -> None:
    """Add rows of files; no photo has the paths yet."""
    rows = [FileTable.row(file) for file in files]
    if rows:
        connection.execute(sa.insert(album_files), rows)


def same_photos(group_id: str, order: str, sha256: str) -> "sa.Select[Any]":
    """The photos of a group of one name and the same bytes."""
    return sa.select(photos).where(
        photos.c.group_id == group_id,
        photos.c.sort_name == order,
        photos.c.digest == bytes.fromhex(sha256),
        photos.c.deleted.is_(None),
    )


class PhotoRows(RowTable[Photo]):
    """How photos are kept."""

    kind, table, what = Photo, photos, "photo"
    columns: ClassVar[Mapping[str, str]] = {
        "group": "group_id",
        "owner": "owner_id",
        "sha256": "digest",
    }
    codecs: ClassVar[Mapping[str, Codec]] = {"files": JSON, "digest": SHA256, "favourite": FLAG}


class PhotoTable(PhotoRows):
    """The photos of one catalog, and their files."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self._files = FileTable(catalog)

    # ------------------------------------------------------------ photos

    def of_group(self, group_id: str, *, ready: bool = True) -> list[Photo]:
        """The photos of a group that are not deleted, in no order.

        :param ready: only those whose derivatives are made; otherwise all that were uploaded.
        """
        conditions = _SHOWN if ready else _UPLOADED
        return self.select(sa.select(photos).where(photos.c.group_id == group_id, *conditions))

    def arrange(self, group_id: str, photo_ids: Sequence[str]) -> None:
        """Put photos of a group into this order, and all others behind them."""
        now = time.time()
        of_group = photos.c.group_id == group_id
        with self._catalog.write() as connection:
            connection.execute(sa.update(photos).where(of_group).values(position=None))
            for position, photo_id in enumerate(photo_ids):
                statement = sa.update(photos).where(photos.c.id == photo_id, of_group)
                connection.execute(statement.values(position=position))
            touch(connection, [group_id], now)

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
        for some in portions(photo_ids):
            rows = self.select(query.where(photos.c.id.in_(some)))
            found |= {photo.id: photo for photo in rows}
        return found

    def first_with(self, owner_id: str, sha256: str, *, but: str) -> Photo | None:
        """The photo that the owner uploaded first with these bytes; ``but`` is left out."""
        values = {"of_owner": owner_id, "of_digest": bytes.fromhex(sha256), "but": but}
        found = self.select(_FIRST_WITH, values)
        return found[0] if found else None

    def holds(self, group_id: str, order: str, sha256: str) -> bool:
        """Whether a group has a photo of this name and these bytes."""
        return bool(self.select(same_photos(group_id, order, sha256).limit(1)))

    def note_duplicate(self, photo_id: str, earlier_id: str) -> None:
        """Note that a photo looks like an earlier one, unless it does like another."""
        statement = sa.update(photos).where(photos.c.id == photo_id, photos.c.duplicate_of == "")
        self.write(statement.values(duplicate_of=earlier_id))

    def mark(self, photo: Photo, **values: Any) -> None:
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
        values = self.row(photo) | {
            "id": str(uuid.uuid4()),
            "group_id": group_id,
            "files": json.dumps(dict(paths)),
            "position": None,
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
        self.write(sa.delete(photos).where(photos.c.id == photo_id, photos.c.state == "reserved"))

    # ------------------------------------------------------------ files

    def file(self, path: str) -> AlbumFile:
        """The file that is opened by a path.

        :raises NotFound: no file is opened by this path.
        """
        query = sa.select(album_files).where(album_files.c.path == path)
        found = self._files.select(query) if may_be_name(path) else []
        if not found:
            raise NotFound(f"no file {path!r}")
        return found[0]

    def files(self, photo_ids: Sequence[str]) -> list[AlbumFile]:
        """The files of these photos."""
        return [
            file
            for some in portions(photo_ids)
            for file in self._files.select(_FILES, {"of_photos": some})
        ]

    def used_keys(self, storage_keys: Sequence[str]) -> set[str]:
        """Those of these keys where some photo has a file."""
        query = sa.select(album_files.c.storage_key).distinct()
        used: set[str] = set()
        with self._catalog.read() as connection:
            for some in portions(storage_keys):
                rows = connection.execute(query.where(album_files.c.storage_key.in_(some)))
                used.update(rows.scalars())
        return used

    # ------------------------------------------------------------ upkeep

    def expired_reservations(self, moment: float) -> list[Photo]:
        """Those that nobody made use of, and whose time ended before a moment."""
        return self.select(
            sa.select(photos).where(photos.c.state == "reserved", photos.c.expires < moment)
        )

    def unprocessed(self, moment: float) -> list[Photo]:
        """Photos that were uploaded before a moment and are not ready."""
        return self.select(
            sa.select(photos).where(
                photos.c.state == "uploaded",
                photos.c.uploaded < moment,
                photos.c.deleted.is_(None),
            )
        )

    def deleted_before(self, moment: float) -> list[Photo]:
        """Photos that were deleted before a moment, or whose group was."""
        query = sa.select(photos).join(groups, groups.c.id == photos.c.group_id)
        return self.select(
            query.where(sa.or_(photos.c.deleted < moment, groups.c.deleted < moment))
        )
