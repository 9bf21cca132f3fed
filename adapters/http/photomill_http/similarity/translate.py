"""Between the API's words and the engine's."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from photomill import (
    ById,
    ByImage,
    ByText,
    CapacityExceeded,
    Collection,
    Hit,
    InvalidInput,
    NewRecord,
    NotFound,
    PathSource,
    PhotomillError,
    Query,
    Record,
    Skipped,
    Source,
    UriSource,
    base64_source,
    without_credentials,
)
from photomill_http.similarity import statuses
from photomill_http.similarity.statuses import Status

Json = dict[str, Any]

_IMAGES = ("_base64", "_url", "_file")
_DROPPED = frozenset(
    {
        "_id",
        "_base64",
        "_img_data",
        "_color_space",
        "noresize",
        "_distance",
        "_text_data",
        "$unset",
        "_group_size",
        "_kind",
    }
)
_NAMES = {
    "id": "_id",
    "limit": "k",
    "offset": "from",
    "query": "query_records",
    "tags.weight": "tags_weight",
}
"""What this API calls the engine's parameters, where it has words of its own."""
_NO_IMAGE = "expected an image: the record has none of _base64, _url and _file"
ONLY_ID = frozenset({"_id"})

_EVERYTHING = "*"
_GROUP_SIZE = "_group_size"


# ---------------------------------------------------------------- requests


def record_id(raw: Any) -> str:
    """A record's ``_id``; a number becomes its decimal string.

    :raises InvalidInput: there is none, or it is neither string nor number.
    """
    if not isinstance(raw, dict):
        raise InvalidInput(f"expected an object, got {raw!r:.80}", path="records")
    value = raw.get("_id")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidInput(
            "expected a string" if "_id" in raw else "required, and missing", path="_id"
        )
    return str(value)


def has_image(raw: Json) -> bool:
    """Whether an image comes with a record."""
    return any(raw.get(name) is not None for name in _IMAGES)


def shown_id(raw: Any) -> str | None:
    """What to call a record that may have no usable id."""
    try:
        return record_id(raw)[:600]
    except InvalidInput:
        return None


def source_of(raw: Json) -> Source | None:
    """Where a record's image is: ``_base64``, else ``_url``, else ``_file``; None without any.

    Takes ``_base64`` out of the record: nobody else reads it, and the text would be held beside its bytes.

    :raises InvalidInput: it is no string, or not base64.
    """
    for name in _IMAGES:
        value = raw.pop(name, None) if name == "_base64" else raw.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise InvalidInput("expected a string", path=name)
        if name == "_base64":
            return base64_source(value)
        return _url_source(value) if name == "_url" else PathSource(value)
    return None


def _url_source(value: str) -> Source:
    # The engine reads configured storages by URI too; those are not a caller's to name.
    if not value.lower().startswith(("http://", "https://")):
        shown = without_credentials(value)
        raise InvalidInput(f"expected an http or https URL, got {shown!r:.80}", path="_url")
    return UriSource(value)


def attributes_of(raw: Json) -> Json:
    """What is stored of a record: everything but its image's bytes and the names the API keeps for itself."""
    attributes = {name: value for name, value in raw.items() if name not in _DROPPED}
    if isinstance(attributes.get("_url"), str):
        attributes["_url"] = without_credentials(attributes["_url"])
    if isinstance(attributes.get("tags"), str):
        attributes["tags"] = [attributes["tags"]]
    return attributes


def changes_of(raw: Json) -> Json:
    """What an update sets: attributes, but never the image."""
    return {name: value for name, value in attributes_of(raw).items() if name not in _IMAGES}


def unset_of(raw: Json) -> Sequence[str]:
    """The attributes that an update takes away.

    :raises InvalidInput: ``$unset`` is not an array of strings.
    """
    names = raw.get("$unset", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidInput("expected an array of strings", path="$unset")
    return names


def new_record(raw: Any) -> NewRecord:
    """Read a record that is to be inserted.

    :raises InvalidInput: the record cannot even be read; the engine checks the rest.
    """
    identity = record_id(raw)
    return NewRecord(identity, source_of(raw), attributes_of(raw))


def query(raw: Json, collection: Collection) -> Query:
    """What to search by: the stored record, else the image that comes with it, else the text.

    :raises InvalidInput: none of these is given.
    """
    source = source_of(raw)
    if raw.get("_id") is not None:
        identity = record_id(raw)
        if source is None or collection.has(identity):
            return ById(identity)
    if source is not None:
        return ByImage(source)
    text = raw.get("_text_data")
    if isinstance(text, str) and text.strip():
        return ByText(text)
    raise InvalidInput("expected _id, _url, _base64, _file or _text_data", path="query_record")


def effort(*given: float | None) -> int | None:
    """How hard the index looks, of the parameters that may say so."""
    for value in given:
        if value is not None and value == value:
            return int(min(max(value, 16), 10_000))
    return None


# ---------------------------------------------------------------- answers


def fields(names: Iterable[str]) -> frozenset[str] | None:
    """The fields to return; None for all."""
    wanted = frozenset(names)
    return None if _EVERYTHING in wanted else wanted | {"_id"}


def shows_ids_alone(names: Iterable[str]) -> bool:
    """Whether these fields can be told of a hit without its record."""
    wanted = fields(names)
    return wanted is not None and wanted <= {"_id", _GROUP_SIZE}


def shown(record: Record, wanted: frozenset[str] | None) -> Json:
    """A record as the API shows it: what its image shows only where that is named, as it is no part of the record."""
    whole = {"_id": record.id, **record.attributes}
    if wanted is None:
        return whole
    seen = {
        "concepts": list(record.concepts),
        "colours": list(record.colours),
        "kind": record.kind,
        "text": record.text,
        "people": list(record.people),
    }
    return {name: value for name, value in {**seen, **whole}.items() if name in wanted}


def shown_hits(collection: Collection, hits: Sequence[Hit], names: Iterable[str]) -> list[Json]:
    """Hits as records; what was deleted meanwhile still has its ``_id``."""
    wanted = fields(names)
    if wanted == ONLY_ID:
        return [{"_id": hit.id} for hit in hits]
    if shows_ids_alone(names):
        records: Sequence[Record | None] = [Record(hit.id, {}) for hit in hits]
    else:
        records = collection.get([hit.id for hit in hits])
    answer = []
    for hit, record in zip(hits, records, strict=True):
        body = shown(record or Record(hit.id, {}), wanted)
        if wanted is not None and _GROUP_SIZE in wanted and hit.group_size is not None:
            body[_GROUP_SIZE] = hit.group_size
        answer.append(body)
    return answer


def ranked(collection: Collection, hits: Sequence[Hit], names: Iterable[str]) -> Json:
    """The fields of every ranked answer."""
    answer: Json = {
        "answer_count": len(hits),
        "answer_records": shown_hits(collection, hits, names),
        "answer_distances": [hit.distance for hit in hits],
    }
    kinds = [hit.kind.value for hit in hits if hit.kind is not None]
    if len(kinds) == len(hits) and kinds:
        answer["answer_kinds"] = kinds
    return answer


def listed(records: Sequence[Json]) -> Json:
    """The fields of every listing answer."""
    return {"answer_count": len(records), "answer_records": list(records)}


def message_of(error: PhotomillError) -> str:
    """What an error of the engine says, with this API's names."""
    if not isinstance(error, InvalidInput):
        return str(error)
    if error.path == "source":
        return f"_id: {_NO_IMAGE}"
    return str(InvalidInput(error.message, path=_NAMES.get(error.path, error.path)))


def status_of(error: PhotomillError) -> Status:
    """The status that says why a single record was skipped."""
    if isinstance(error, CapacityExceeded):
        return statuses.CAPACITY
    if isinstance(error, NotFound):
        return statuses.NOT_FOUND
    return statuses.ABORTED


def skipped(skip: Skipped, collection: Collection, names: Iterable[str]) -> Json:
    """A record that was not inserted, and why."""
    if skip.error is not None:
        reason: Json = {"status": status_of(skip.error).described(message_of(skip.error))}
    else:
        reason = {"status": statuses.SOME_DUPLICATE.described()}
        if skip.duplicate_of:
            reason.update(ranked(collection, skip.duplicate_of, names))
    return {"_id": skip.id, "_reason": reason}


def missing(identity: str | None) -> Json:
    """A record that was named, and is not there."""
    return {"_id": identity, "_reason": {"status": statuses.NOT_FOUND.described()}}


def tags_of(raws: Sequence[Mapping[str, Any]], collection: Collection) -> list[str]:
    """The tags to search by: those given, or else those of the stored records; together, of several."""
    tags: dict[str, None] = {}
    for raw in raws:
        own = attributes_of(dict(raw)).get("tags")
        if own is None and raw.get("_id") is not None:
            stored = collection.get([record_id(raw)])[0]
            own = stored.attributes.get("tags") if stored else None
        if isinstance(own, list):
            tags.update(dict.fromkeys(tag for tag in own if isinstance(tag, str)))
    return list(tags)
