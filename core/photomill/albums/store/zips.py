"""Archives of photos in the catalog."""

import json
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from attrs import asdict, evolve

from photomill.albums.model import Zip, ZipEntry
from photomill.albums.store.tables import zips
from photomill.albums.tokens import may_be_name
from photomill.catalog.catalog import Catalog
from photomill.errors import NotFound


class ZipTable:
    """The archives of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def create(self, wanted: Zip, storage_key: str) -> None:
        entries = json.dumps([asdict(entry) for entry in wanted.entries])
        with self._catalog.write() as connection:
            connection.execute(
                sa.insert(zips).values(
                    id=wanted.id,
                    owner_id=wanted.owner,
                    group_id=wanted.group,
                    name=wanted.name,
                    entries=entries,
                    left_out="[]",
                    state=wanted.state,
                    error="",
                    done=0,
                    storage_key=storage_key,
                    bytes=0,
                    downloads=0,
                    created=wanted.created,
                    expires=wanted.expires,
                )
            )

    def get(self, zip_id: str) -> Zip:
        """
        :raises NotFound: there is no such archive, or not any more.
        """
        return _to_zip(self._row(zip_id))

    def key(self, zip_id: str) -> str:
        """Where an archive lies.

        :raises NotFound: there is no such archive, or not any more.
        """
        return str(self._row(zip_id).storage_key)

    def progress(self, zip_id: str, done: int) -> None:
        """Note how many entries are packed."""
        self._change(zip_id, state="writing", done=done)

    def finish(self, zip_id: str, size: int, left_out: Sequence[str]) -> None:
        """Note that an archive is there."""
        self._change(
            zip_id,
            state="done",
            error="",
            bytes=size,
            left_out=json.dumps(list(left_out)),
            finished=time.time(),
        )

    def fail(self, zip_id: str, error: str) -> None:
        """Note that an archive will not come."""
        self._change(zip_id, state="failed", error=error, finished=time.time())

    def count_download(self, zip_id: str) -> None:
        self._change(zip_id, downloads=zips.c.downloads + 1)

    def expired(self, moment: float) -> list[tuple[str, str]]:
        """(id, storage key) of archives whose time ended before a moment."""
        query = sa.select(zips.c.id, zips.c.storage_key).where(zips.c.expires < moment)
        with self._catalog.read() as connection:
            return [(row.id, row.storage_key) for row in connection.execute(query)]

    def unfinished(self) -> list[Zip]:
        """Archives that are waited for."""
        query = sa.select(zips).where(zips.c.state.in_(("waiting", "writing")))
        with self._catalog.read() as connection:
            return [_to_zip(row) for row in connection.execute(query)]

    def used_keys(self, storage_keys: Sequence[str]) -> set[str]:
        """Those of these keys, 500 at most, where an archive lies, or will."""
        query = sa.select(zips.c.storage_key).where(zips.c.storage_key.in_(storage_keys))
        with self._catalog.read() as connection:
            return set(connection.execute(query).scalars())

    def forget(self, zip_id: str) -> None:
        with self._catalog.write() as connection:
            connection.execute(sa.delete(zips).where(zips.c.id == zip_id))

    def _row(self, zip_id: str) -> Any:
        if not may_be_name(zip_id):
            raise NotFound("no such archive")
        query = sa.select(zips).where(zips.c.id == zip_id, zips.c.expires > time.time())
        with self._catalog.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound("no such archive")
        return row

    def _change(self, zip_id: str, **values: Any) -> None:
        with self._catalog.write() as connection:
            connection.execute(sa.update(zips).where(zips.c.id == zip_id).values(**values))


def _to_zip(row: Any) -> Zip:
    found = Zip(
        id=row.id,
        owner=row.owner_id,
        group=row.group_id,
        name=row.name,
        entries=tuple(ZipEntry(**entry) for entry in json.loads(row.entries)),
        created=row.created,
        expires=row.expires,
    )
    return evolve(
        found,
        state=row.state,
        left_out=tuple(json.loads(row.left_out)),
        done=row.done,
        bytes=row.bytes,
        downloads=row.downloads,
        finished=row.finished,
        error=row.error,
    )
