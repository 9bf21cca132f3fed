"""What public views offer, in the catalog."""

from collections.abc import Mapping
from typing import Any, ClassVar

import sqlalchemy as sa

from photomill.albums.model import ShareOptions
from photomill.albums.store.groups import hold
from photomill.albums.store.rows import FLAG, Codec, RowTable
from photomill.albums.store.tables import share_options


class ShareTable(RowTable[ShareOptions]):
    """What the public view of each group offers."""

    kind, table, what = ShareOptions, share_options, "group"
    codecs: ClassVar[Mapping[str, Codec]] = {"watermark": FLAG, "favourites": FLAG}

    def of_group(self, group_id: str) -> ShareOptions:
        """What its owner chose; the defaults where nobody did."""
        query = sa.select(share_options).where(share_options.c.group_id == group_id)
        found = self.select(query)
        return found[0] if found else ShareOptions()

    def keep(self, group_id: str, options: ShareOptions) -> None:
        values: dict[str, Any] = self.row(options)
        chosen = share_options.c.group_id == group_id
        with self._catalog.write() as connection:
            hold(connection, group_id)
            changed = connection.execute(sa.update(share_options).where(chosen).values(**values))
            if not changed.rowcount:
                connection.execute(sa.insert(share_options).values(group_id=group_id, **values))
