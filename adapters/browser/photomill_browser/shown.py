"""Records as pages show them."""

from collections.abc import Mapping, Sequence
from typing import Any

from photomill import Collection, Record


def name_of(record: Record) -> str:
    """What people call a record: its file, or its id."""
    file = record.attributes.get("file")
    return file if isinstance(file, str) and file else record.id


def thumbnail_tags(collection: Collection, ids: Sequence[str]) -> Mapping[str, str]:
    """The tags of the thumbnails that are there, by id."""
    return {record_id: info.etag for record_id, info in collection.thumbnail_infos(ids).items()}


def shown_tile(record_id: str, record: Record | None, tag: str) -> dict[str, Any]:
    """What the grid knows of a record; one that was deleted meanwhile is ``gone``."""
    if record is None:
        return {"id": record_id, "name": record_id, "gone": True}
    return {"id": record_id, "name": name_of(record), "tag": tag}
