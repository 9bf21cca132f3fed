"""The engine's words as the administration shows them."""

import msgspec

from photomill import CollectionInfo, CollectionStatistics, Key
from photomill_http.admin.schema import CollectionAnswer, IndexState, KeyAnswer


def describe_collection(
    info: CollectionInfo, statistics: CollectionStatistics | None = None
) -> CollectionAnswer:
    answer = msgspec.convert(info, CollectionAnswer, from_attributes=True)
    if statistics is not None:
        answer.records = statistics.records
        answer.state = msgspec.convert(statistics, IndexState, from_attributes=True)
    return answer


def describe_key(key: Key) -> KeyAnswer:
    return KeyAnswer(
        key.id,
        key.name,
        key.owner,
        sorted(key.scopes),
        None if key.collections is None else sorted(key.collections),
        key.created,
        key.revoked,
        key.hint,
    )
