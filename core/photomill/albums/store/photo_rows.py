"""Rows of photos and their files, and what they stand for."""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from attrs import evolve, frozen
from sqlalchemy.engine import Connection

from photomill.albums.model import Photo
from photomill.albums.store.tables import album_files


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


def insert_files(connection: Connection, files: Iterable[AlbumFile]) -> None:
    """Add rows of files; no photo has the paths yet."""
    rows = [
        {
            "path": file.path,
            "photo_id": file.photo,
            "kind": file.kind,
            "storage_key": file.storage_key,
        }
        for file in files
    ]
    if rows:
        connection.execute(sa.insert(album_files), rows)


def photo_row(photo: Photo) -> dict[str, Any]:
    return {
        "id": photo.id,
        "group_id": photo.group,
        "owner_id": photo.owner,
        "state": photo.state,
        "sort_name": photo.sort_name,
        "files": json.dumps(dict(photo.files)),
        "width": photo.width,
        "height": photo.height,
        "bytes": photo.bytes,
        "format": photo.format,
        "mean_colour": photo.mean_colour,
        "digest": bytes.fromhex(photo.sha256) or None,
        "uploaded": photo.uploaded,
        "captured": photo.captured,
        "captured_offset": photo.captured_offset,
        "favourite": int(photo.favourite),
        "duplicate_of": photo.duplicate_of,
        "error": photo.error,
        "created": photo.created,
        "updated": photo.updated,
        "deleted": photo.deleted,
    }


def to_photo(row: Any) -> Photo:
    photo = Photo(
        id=row.id,
        group=row.group_id,
        owner=row.owner_id,
        state=row.state,
        created=row.created,
        updated=row.updated,
    )
    return evolve(
        photo,
        sort_name=row.sort_name,
        files=json.loads(row.files),
        width=row.width,
        height=row.height,
        bytes=row.bytes,
        format=row.format,
        mean_colour=row.mean_colour,
        sha256=(row.digest or b"").hex(),
        uploaded=row.uploaded,
        captured=row.captured,
        captured_offset=row.captured_offset,
        favourite=bool(row.favourite),
        duplicate_of=row.duplicate_of,
        deleted=row.deleted,
        error=row.error,
    )


def to_file(row: Any) -> AlbumFile:
    return AlbumFile(row.path, row.photo_id, row.kind, row.storage_key)
