"""The records of one collection: a grid to look through, search and change."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from attrs import field, frozen
from starlette.responses import Response, StreamingResponse

from photomill import (
    GROUPING_SCOPE,
    IMAGE_EDITING_SCOPE,
    Collection,
    InvalidInput,
    NotFound,
    Record,
    decode_json,
)
from photomill_browser.asking import SORTS, Asked, find, keep_query_image
from photomill_browser.frame import Page, View, Visit
from photomill_browser.layouts import Layout
from photomill_browser.numbers import whole_number
from photomill_browser.shown import shown_tile, thumbnail_tags
from photomill_browser.zipping import zip_originals

ADDRESS = "/library/{collection:uuid}"

_PORTION = 400
"""Records of one answer at most."""
_SAMPLE = 300
_FACETS = 40
_MOST_CHANGED = 10_000
_UPLOAD = 64 * 1024 * 1024


@frozen
class Ids:
    """Records that somebody chose."""

    ids: tuple[str, ...] = field()

    @ids.validator
    def _check(self, _: Any, value: tuple[str, ...]) -> None:
        if not 1 <= len(value) <= _MOST_CHANGED:
            raise ValueError(f"expected 1 to {_MOST_CHANGED} records")


@frozen
class Tagging(Ids):
    """Tags to add and to take away."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@frozen
class Attributes(Ids):
    """Attributes to set and to take away."""

    set: dict[str, Any] = field(factory=dict)
    unset: tuple[str, ...] = ()


@frozen
class Export:
    """What the form of an export sends.

    :ivar form: ``jsonl`` or ``zip``.
    :ivar ids: a JSON array; empty for all that the address asks for.
    """

    form: str
    ids: str = ""


def show(visit: Visit) -> Any:
    """The grid's page; its module asks for the rest."""
    collection = visit.collection()
    may_write = visit.engine.allows(visit.key, "write", collection.info.id)
    data = {
        "collection": collection.info.id,
        "near": collection.near_radius,
        "write": may_write,
        "sorts": SORTS,
    }
    return {
        "info": collection.info,
        "may_write": may_write,
        "may_group": visit.key.has(GROUPING_SCOPE),
        "may_edit": visit.key.has(IMAGE_EDITING_SCOPE),
        "sorts": SORTS,
        "data": data,
    }


def layout(visit: Visit) -> Any:
    """The shapes of all records that the address asks for, in order."""
    collection = visit.collection()
    # Before the rest: what comes meanwhile is news.
    _, last = collection.inserted_after(0)
    found = _found(visit, collection)
    return {
        "last": last,
        "layout": found.token,
        "count": len(found.ids),
        "ratios": found.ratios(),
        "note": found.note,
        "plan": found.plan,
        "scanned": found.scanned,
        "reasons": list(found.reasons),
    }


def records(visit: Visit) -> Any:
    """Some records of a layout: those from one place up to another.

    Where the layout is not kept any more, it is made again; the answer says under which name.
    """
    collection = visit.collection()
    token = visit.query.get("layout", "")
    found = visit.frame.layouts.find(collection.info.id, token) or _found(visit, collection)
    if found.token != token:
        return {"layout": found.token, "records": []}
    start, end = _number(visit, "from"), _number(visit, "to")
    ids = found.ids[start : min(end, start + _PORTION)]
    tags = thumbnail_tags(collection, ids)
    stored = collection.get(ids)
    shown = [
        shown_tile(record_id, record, tags.get(record_id, ""))
        for record_id, record in zip(ids, stored, strict=True)
    ]
    if found.distances:
        scale = visit.frame.scales.of(collection)
        for tile in shown:
            distance = found.distances.get(tile["id"])
            if distance is not None:
                tile["distance"] = round(distance, 2)
                tile["words"] = scale.words(distance)
    return {"layout": token, "records": shown}


def news(visit: Visit) -> Any:
    """How many records came after the last one that a layout knew of."""
    count, _ = visit.collection().inserted_after(_number(visit, "after"))
    return {"count": count}


def attributes(visit: Visit) -> Any:
    """The names of attributes, the commonest first, as far as some records show them."""
    collection = visit.collection()
    counts: dict[str, int] = {}
    for record in collection.sample(_SAMPLE, seed=0):
        for name in record.attributes:
            if not name.startswith("_"):
                counts[name] = counts.get(name, 0) + 1
    return {"names": sorted(counts, key=lambda name: (-counts[name], name))}


def facets(visit: Visit) -> Any:
    """The values of an attribute among what the filter lets through, and in how many records each is."""
    collection = visit.collection()
    name = visit.query.get("name", "")
    begin = visit.query.get("begin", "").casefold()
    found = collection.facet(name, Asked.of(visit.query).expression)
    plain = (
        (value, count)
        for value, count in found
        if isinstance(value, str | int | float) and begin in str(value).casefold()
    )
    values = [[value, count] for value, count in islice(plain, _FACETS)]
    return {"values": values, "more": len(found) > len(values)}


def search_image(visit: Visit, data: bytes) -> Any:
    """Keep an image to search by."""
    collection = visit.collection()
    if not data:
        raise InvalidInput("expected an image")
    return {"q": f"image:{keep_query_image(visit.engine, collection, data)}"}


def tag(visit: Visit, asked: Tagging) -> Any:
    """Add tags to records, and take tags away."""
    collection = visit.collection("write")
    changes = []
    for record in _present(collection, asked.ids):
        given = record.attributes.get("tags")
        old = [given] if isinstance(given, str) else list(given or ())
        kept = [each for each in old if each not in asked.remove]
        changes.append((record.id, {"tags": list(dict.fromkeys([*kept, *asked.add]))}))
    return {"changed": len(collection.update(changes))}


def change(visit: Visit, asked: Attributes) -> Any:
    """Set attributes of records, and take attributes away."""
    collection = visit.collection("write")
    ids = [record.id for record in _present(collection, asked.ids)]
    unset = dict.fromkeys(ids, asked.unset) if asked.unset else None
    collection.update([(record_id, asked.set) for record_id in ids], unset=unset)
    return {"changed": len(ids)}


def drop(visit: Visit, asked: Ids) -> Any:
    """Take records out of the collection; they can be restored."""
    return {"dropped": sum(visit.collection("write").drop(asked.ids))}


def restore(visit: Visit, asked: Ids) -> Any:
    """Put dropped records back."""
    return {"restored": len(visit.collection("write").restore(asked.ids).inserted)}


def export(visit: Visit, asked: Export) -> Response:
    """Records as JSON lines, or their originals as a zip."""
    collection = visit.collection()
    if asked.form not in ("jsonl", "zip"):
        raise InvalidInput("expected jsonl or zip", path="form")
    ids = _exported(visit, collection, asked)
    lines = asked.form == "jsonl"
    return StreamingResponse(
        _lines(collection, ids) if lines else _zip(collection, ids),
        media_type="application/x-ndjson" if lines else "application/zip",
        headers={"Content-Disposition": disposition(f"{collection.info.name}.{asked.form}")},
    )


def disposition(name: str) -> str:
    """The header that names a file; whatever is in the name."""
    plain = "".join(
        each if (each.isalnum() and each.isascii()) or each in "._-" else "_" for each in name
    )
    return (
        f"attachment; filename=\"{plain[-120:]}\"; filename*=UTF-8''{quote(name[-200:], safe='')}"
    )


def _found(visit: Visit, collection: Collection) -> Layout:
    asked = Asked.of(visit.query)
    return visit.frame.layouts.keep(collection.info.id, find(visit.engine, collection, asked))


def _number(visit: Visit, name: str) -> int:
    number = whole_number(visit.query.get(name, ""))
    if number is None:
        raise InvalidInput("expected a whole number", path=name)
    return number


def _present(collection: Collection, ids: Sequence[str]) -> list[Record]:
    found = [record for record in collection.get(ids) if record is not None]
    if not found:
        raise NotFound("none of these records is there")
    return found


def _exported(visit: Visit, collection: Collection, asked: Export) -> Sequence[str]:
    if not asked.ids:
        return find(visit.engine, collection, Asked.of(visit.query)).ids
    ids = decode_json(asked.ids.encode())
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise InvalidInput("expected an array of texts", path="ids")
    return ids


def _lines(collection: Collection, ids: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(ids), _PORTION):
        for record in collection.get(ids[start : start + _PORTION]):
            if record is not None:
                yield json.dumps({"_id": record.id, **_public(record)}, ensure_ascii=False) + "\n"


def _public(record: Record) -> Mapping[str, Any]:
    sizes = {"width": record.width, "height": record.height, "format": record.format}
    return {**record.attributes, **sizes}


def _zip(collection: Collection, ids: Sequence[str]) -> Iterator[bytes]:
    taken: set[str] = set()
    return zip_originals(collection, ((record_id, _entry(record_id, taken)) for record_id in ids))


def _entry(record_id: str, taken: set[str]) -> str:
    """A path inside of the archive, never outside of it, and none twice."""
    parts = [
        part
        for part in PurePosixPath(record_id.replace("\\", "/")).parts
        if part not in ("/", "..", ".")
    ]
    wanted = PurePosixPath(
        *[part.replace("\0", "_").replace(":", "_")[-120:] for part in parts] or ["record"]
    )
    name, number = str(wanted), 1
    while name in taken:
        number += 1
        name = str(wanted.with_stem(f"{wanted.stem}-{number}"))
    taken.add(name)
    return name


PAGE = Page(
    "collection",
    (
        View(ADDRESS, show, template="collection.html"),
        View(f"{ADDRESS}/layout", layout),
        View(f"{ADDRESS}/records", records),
        View(f"{ADDRESS}/news", news),
        View(f"{ADDRESS}/attributes", attributes),
        View(f"{ADDRESS}/facets", facets),
        View(f"{ADDRESS}/search-image", search_image, verb="POST", limit=_UPLOAD),
        View(f"{ADDRESS}/tag", tag, verb="POST"),
        View(f"{ADDRESS}/change", change, verb="POST"),
        View(f"{ADDRESS}/drop", drop, verb="POST"),
        View(f"{ADDRESS}/restore", restore, verb="POST"),
        View(f"{ADDRESS}/export", export, verb="POST", limit=16 * 1024 * 1024),
    ),
)
