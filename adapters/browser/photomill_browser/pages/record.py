"""One record: its image, what is known of it, and what looks like it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import evolve

from photomill import (
    ById,
    Candidate,
    Collection,
    ExifSummary,
    Hit,
    NotFound,
    Person,
    RankBy,
    Record,
    SearchOptions,
    summarise_exif,
)
from photomill_browser.asking import Asked, find
from photomill_browser.frame import Page, View, Visit
from photomill_browser.pages.people import people_address
from photomill_browser.shown import name_of, shown_tile, thumbnail_tags
from photomill_browser.similarity import Scale
from photomill_browser.texts import texts_of

ADDRESS = "/library/{collection:uuid}/record"

_ALIKE = 24
_LONGEST = 2000


def show(visit: Visit) -> Any:
    """The record's page."""
    collection, record = _record(visit)
    tag = thumbnail_tags(collection, [record.id]).get(record.id, "")
    shown = [
        (name, value)
        for name, value in record.attributes.items()
        if not name.startswith("_") and name != "tags" and value != ""
    ]
    return {
        "info": collection.info,
        "record": record,
        "name": name_of(record),
        "tags": _tags(record),
        "attributes": [
            (name, _value(value), _filter(name, value)) for name, value in sorted(shown)
        ],
        "tag_filter": _filter,
        "people": _people(collection, record.id),
        "people_address": people_address(collection),
        "thumbnail": tag,
        "data": {
            "collection": collection.info.id,
            "id": record.id,
            "tag": tag,
            "width": record.width,
            "height": record.height,
        },
    }


def neighbours(visit: Visit) -> Any:
    """What stands before and behind the record in the grid that one came from."""
    collection = visit.collection()
    found = visit.frame.layouts.find(collection.info.id, visit.query.get("layout", ""))
    if found is None:
        asked = find(visit.engine, collection, Asked.of(visit.query))
        found = visit.frame.layouts.keep(collection.info.id, asked)
    answer: dict[str, Any] = {"layout": found.token, "count": len(found.ids), "index": None}
    try:
        index = found.ids.index(visit.query.get("id", ""))
    except ValueError:
        return answer
    answer["index"] = index
    if index > 0:
        answer["previous"] = found.ids[index - 1]
    if index + 1 < len(found.ids):
        answer["next"] = found.ids[index + 1]
    beside = [answer[name] for name in ("previous", "next") if name in answer]
    answer["tags"] = thumbnail_tags(collection, beside)
    return answer


def similar(visit: Visit) -> Any:
    """Near-duplicates with their kinds, and what looks like the record beside them."""
    collection, record = _record(visit)
    scale = visit.frame.scales.of(collection)
    with collection.pinned() as here:
        # What is outside of memory is neither ranked by meaning nor compared with everything.
        ranking = RankBy.MEANING if here.in_memory else RankBy.VISUAL
        found = here.search(ById(record.id), SearchOptions(limit=_ALIKE + 1, ranking=ranking))
        near = (
            here.near_duplicates(ById(record.id), limit=_ALIKE + 1).hits if here.in_memory else []
        )
        duplicates = [hit for hit in near if hit.id != record.id]
        known = {hit.id for hit in duplicates}
        others = [hit for hit in found.hits if hit.id != record.id and hit.id not in known]
        # What is said of how alike two images are is said of their looks.
        looks = here.rank(ById(record.id), [Candidate(hit.id) for hit in others])
        apart = {others[place].id: distance for place, distance in looks.ranked}
        others = [evolve(hit, distance=apart[hit.id]) for hit in others]
        return {
            "duplicates": _tiles(here, duplicates, scale),
            "similar": _tiles(here, others, scale),
            "plan": found.plan,
            "scanned": found.scanned,
        }


def exif(visit: Visit) -> Any:
    """What the camera noted, as far as the original can be read."""
    collection, record = _record(visit)
    try:
        data = collection.original(record.id)
    except NotFound:
        return {"original": False, "fields": []}
    return {"original": True, "fields": list(exif_fields(summarise_exif(data)))}


def exif_fields(summary: ExifSummary) -> Sequence[tuple[str, str]]:
    """What is known, each with its name in the page's language."""
    t = texts_of("record")
    lines: list[tuple[str, str]] = []
    if summary.captured is not None:
        clock = datetime.fromtimestamp(summary.captured.clock, UTC)
        lines.append((t("captured"), f"{clock:%Y-%m-%d %H:%M:%S}"))
    lines += [
        (t(name), value)
        for name, value in (("camera", summary.camera), ("lens", summary.lens))
        if value
    ]
    if summary.exposure:
        short = summary.exposure < 1 and summary.exposure.numerator
        shown = f"1/{round(1 / summary.exposure)}" if short else f"{float(summary.exposure):g}"
        lines.append((t("exposure"), f"{shown} s"))
    if summary.aperture:
        lines.append((t("aperture"), f"f/{summary.aperture:g}"))
    if summary.iso:
        lines.append((t("iso"), str(summary.iso)))
    if summary.focal_length:
        lines.append((t("focal_length"), f"{summary.focal_length:g} mm"))
    if summary.latitude is not None and summary.longitude is not None:
        lines.append((t("place"), f"{summary.latitude:.5f}, {summary.longitude:.5f}"))
    if summary.software:
        lines.append((t("software"), summary.software))
    return lines


def _record(visit: Visit) -> tuple[Collection, Record]:
    collection, record_id = visit.collection(), visit.required("id")
    record = collection.get([record_id])[0]
    if record is None:
        raise NotFound(f"no record {record_id!r:.200} in {collection.info.name!r}")
    return collection, record


def _people(collection: Collection, record_id: str) -> list[tuple[int, Person]]:
    """The faces on a record, from the left to the right, and whose each is."""
    faces = sorted(collection.people.faces(ids=[record_id]), key=lambda face: face.left)
    return [(face.number, collection.people.get(face.person)) for face in faces]


def _tiles(collection: Collection, hits: Sequence[Hit], scale: Scale) -> list[dict[str, Any]]:
    ids = [hit.id for hit in hits]
    tags = thumbnail_tags(collection, ids)
    return [
        {
            **shown_tile(hit.id, record, tags.get(hit.id, "")),
            "distance": round(hit.distance, 2),
            "words": scale.words(hit.distance),
            "kind": hit.kind.value if hit.kind else "",
        }
        for hit, record in zip(hits, collection.get(ids), strict=True)
    ]


def _tags(record: Record) -> Sequence[str]:
    tags = record.attributes.get("tags")
    given = [tags] if isinstance(tags, str) else tags if isinstance(tags, list) else []
    return [each for each in given if isinstance(each, str)]


def _value(value: Any) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _filter(name: str, value: Any) -> str:
    """The filter of records that have the same; empty where none is short."""
    if (
        not isinstance(value, str | int | float)
        or len(str(value)) > 200
        or "." in name
        or name.startswith("$")
    ):
        return ""
    return json.dumps({name: value}, ensure_ascii=False)


PAGE = Page(
    "record",
    (
        View(ADDRESS, show, template="record.html"),
        View(f"{ADDRESS}/neighbours", neighbours),
        View(f"{ADDRESS}/similar", similar),
        View(f"{ADDRESS}/exif", exif),
    ),
)
