"""Archives of photos in the catalog."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from attrs import asdict

from photomill.albums.model import Zip, ZipEntry
from photomill.albums.store.rows import Codec, RowTable
from photomill.albums.store.tables import zips
from photomill.albums.tokens import may_be_name
from photomill.errors import NotFound


class ZipTable(RowTable[Zip]):
    """The archives of one catalog."""

    kind, table, what = Zip, zips, "archive"
    columns: ClassVar[Mapping[str, str]] = {"owner": "owner_id", "group": "group_id"}
    codecs: ClassVar[Mapping[str, Codec]] = {
        "entries": (
            lambda entries: json.dumps([asdict(entry) for entry in entries]),
            lambda text: tuple(ZipEntry(**entry) for entry in json.loads(text)),
        ),
        "left_out": (
            lambda names: json.dumps(list(names)),
            lambda text: tuple(json.loads(text)),
        ),
    }

    def create(self, wanted: Zip, storage_key: str) -> None:
        self.write(sa.insert(zips).values(**self.row(wanted), storage_key=storage_key))

    def get(self, zip_id: str) -> Zip:
        """An archive by its id.

        :raises NotFound: there is no such archive, or not any more.
        """
        return self.value(self._row(zip_id))

    def equal(self, wanted: Zip, until: float) -> Zip | None:
        """An archive of the same files under the same names, that did not fail and is there until then."""
        row = self.row(wanted)
        query = sa.select(zips).where(
            *(zips.c[name] == row[name] for name in ("group_id", "name", "entries")),
            zips.c.state != "failed",
            zips.c.expires >= until,
        )
        found = self.select(query.order_by(zips.c.created.desc()).limit(1))
        return found[0] if found else None

    def count(self, group_id: str) -> int:
        """How many archives of a group there are, or will be."""
        query = sa.select(sa.func.count()).where(
            zips.c.group_id == group_id, zips.c.state != "failed", zips.c.expires > time.time()
        )
        with self._catalog.read() as connection:
            return int(connection.execute(query).scalar() or 0)

    def key(self, zip_id: str) -> str:
        """Where an archive lies.

        :raises NotFound: there is no such archive, or not any more.
        """
        return str(self._row(zip_id).storage_key)

    def progress(self, zip_id: str, done: int) -> None:
        """Note how many entries are packed."""
        self.change(zip_id, state="writing", done=done)

    def finish(self, zip_id: str, size: int, left_out: Sequence[str]) -> None:
        """Note that an archive is there."""
        self.change(
            zip_id,
            state="done",
            error="",
            bytes=size,
            left_out=json.dumps(list(left_out)),
            finished=time.time(),
        )

    def fail(self, zip_id: str, error: str) -> None:
        """Note that an archive will not come."""
        self.change(zip_id, state="failed", error=error, finished=time.time())

    def count_download(self, zip_id: str) -> None:
        self.change(zip_id, downloads=zips.c.downloads + 1)

    def expired(self, moment: float) -> list[tuple[str, str]]:
        """(id, storage key) of archives whose time ended before a moment."""
        query = sa.select(zips.c.id, zips.c.storage_key).where(zips.c.expires < moment)
        with self._catalog.read() as connection:
            return [(row.id, row.storage_key) for row in connection.execute(query)]

    def unfinished(self) -> list[Zip]:
        """Archives that are waited for."""
        query = sa.select(zips).where(zips.c.state.in_(("waiting", "writing")))
        return self.select(query)

    def used_keys(self, storage_keys: Sequence[str]) -> set[str]:
        """Those of these keys, 500 at most, where an archive lies, or will."""
        query = sa.select(zips.c.storage_key).where(zips.c.storage_key.in_(storage_keys))
        with self._catalog.read() as connection:
            return set(connection.execute(query).scalars())

    def _row(self, zip_id: str) -> Any:
        if not may_be_name(zip_id):
            raise NotFound("no such archive")
        query = sa.select(zips).where(zips.c.id == zip_id, zips.c.expires > time.time())
        with self._catalog.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise NotFound("no such archive")
        return row
