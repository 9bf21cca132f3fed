"""The engine's words as the administration shows them."""

from typing import Any

from photomill.collections.model import CollectionInfo, CollectionStatistics
from photomill.keys import Key

Json = dict[str, Any]


def shown_collection(info: CollectionInfo, statistics: CollectionStatistics | None = None) -> Json:
    body: Json = {
        "id": info.id,
        "name": info.name,
        "embedder": info.embedder,
        "dimension": info.dimension,
        "index": info.index,
        "product_field": info.product_field,
        "max_records": info.max_records,
        "created": info.created,
    }
    if statistics is not None:
        body["records"] = statistics.records
        body["state"] = {
            "index": statistics.index,
            "indexed": statistics.indexed,
            "pending": statistics.pending,
            "deleted": statistics.deleted,
        }
    return body


def shown_key(key: Key) -> Json:
    return {
        "id": key.id,
        "name": key.name,
        "owner": key.owner,
        "scopes": sorted(key.scopes),
        "collections": None if key.collections is None else sorted(key.collections),
        "created": key.created,
        "revoked": key.revoked,
        "hint": key.hint,
    }
