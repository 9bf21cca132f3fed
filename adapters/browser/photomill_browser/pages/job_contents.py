"""What failed of a job, and a contact sheet of what came of it."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any
from urllib.parse import quote

from attrs import frozen

from photomill import (
    ADMIN_SCOPE,
    ALBUMS_SCOPE,
    COPY_TO_GROUPS,
    EDIT_FILES,
    FIND_PEOPLE,
    GROUP_IMAGE,
    IMPORT,
    READ_TEXTS,
    Engine,
    ItemState,
    Job,
    JobItem,
    unreadable_records,
)
from photomill_browser.frame import Visit
from photomill_browser.numbers import whole_parameter
from photomill_browser.pages.job_images import is_image, version_of
from photomill_browser.progress import OF_IMAGES, shown_uri
from photomill_browser.shown import name_of, thumbnail_tags
from photomill_browser.texts import texts_of
from photomill_templates import Tile

ERRORS_AT_ONCE = 24
RESULTS_AT_ONCE = 60


@frozen
class Failure:
    """What failed of a job, and why.

    :ivar picture: the address of the image; empty where it is none that can be shown.
    """

    name: str
    error: str
    facts: str = ""
    picture: str = ""


def collection_of(visit: Visit, job: Job) -> dict[str, str] | None:
    """The collection that a job filled, or whose records it looked at, where the key may see it."""
    of_one = job.kind in (IMPORT, FIND_PEOPLE, READ_TEXTS)
    wanted = str(job.plan.get("collection", "")) if of_one else ""
    for info in visit.collections() if wanted else ():
        if info.id == wanted:
            return {"address": f"/library/{quote(info.id)}", "name": info.name}
    return None


def albums_of(visit: Visit, job: Job) -> dict[str, str] | None:
    """Where the albums are that a job fills, for those who may see them."""
    if job.kind != COPY_TO_GROUPS or not (
        visit.key.has(ALBUMS_SCOPE) or visit.key.has(ADMIN_SCOPE)
    ):
        return None
    groups, texts = job.plan["groups"], texts_of("jobs")
    if len(groups) > 1:
        return {"address": "/albums", "words": texts("open_albums")}
    return {"address": f"/albums/group/{groups[0]['group']}", "words": texts("open_album")}


def failures_of(visit: Visit, job: Job) -> tuple[list[Failure], str]:
    """Some of what failed, and the address of more."""
    after = whole_parameter(visit.query, "errors")
    many = _many_each(visit, job)
    if many is not None:
        skipped = after or 0
        found = list(islice(many, skipped, skipped + ERRORS_AT_ONCE + 1))
        more = skipped + ERRORS_AT_ONCE
    else:
        listed = list(
            visit.engine.jobs.items(
                job.number,
                state=ItemState.FAILED,
                after=-1 if after is None else after,
                limit=ERRORS_AT_ONCE + 1,
            )
        )
        found = [_failure(job, item) for item in listed]
        more = listed[ERRORS_AT_ONCE - 1].position if len(listed) > ERRORS_AT_ONCE else 0
    shown = found[:ERRORS_AT_ONCE]
    return shown, f"?errors={more}#errors" if len(found) > ERRORS_AT_ONCE else ""


def _many_each(visit: Visit, job: Job) -> Iterator[Failure] | None:
    """What failed of a job whose items are many images each; None for other jobs."""
    if job.kind in (IMPORT, EDIT_FILES):
        return _failed_files(visit.engine, job)
    if job.kind in (FIND_PEOPLE, READ_TEXTS):
        return chain(_failed_items(visit, job), _unreadable_records(visit, job))
    return None


def _failed_items(visit: Visit, job: Job) -> Iterator[Failure]:
    for item in visit.engine.jobs.items(job.number, state=ItemState.FAILED):
        yield Failure(item.name, item.error)


def _unreadable_records(visit: Visit, job: Job) -> Iterator[Failure]:
    """The records whose originals could not be read, with their thumbnails where the key may see the collection."""
    place = collection_of(visit, job)
    for each in unreadable_records(visit.engine.jobs, job.number):
        picture = ""
        if place is not None:
            picture = f"{place['address']}/thumbnail?id={quote(each.id, safe='')}"
        yield Failure(each.id, each.error, picture=picture)


def _failed_files(engine: Engine, job: Job) -> Iterator[Failure]:
    """The files that failed of a job whose items are many files each."""
    if job.kind == EDIT_FILES:
        for each in engine.file_editing.failed(job.number):
            picture = f"/jobs/{job.number}/given?item={each.position}&image={each.image}"
            shown = picture if "://" in each.original.uri else ""
            folder, _, name = each.original.shown.rpartition("/")
            yield Failure(name, each.error, facts=folder, picture=shown)
    else:
        for failure in engine.importing.report(job.number).failures:
            yield Failure(str(failure.path), str(failure.error))


def _failure(job: Job, item: JobItem) -> Failure:
    read = (item.error_detail or {}).get("picture")
    uri = str(item.input.get("uri") or "")
    return Failure(
        name=shown_uri(uri).rpartition("/")[2] or item.name,
        error=item.error,
        facts=_size(read) if read else "",
        picture=f"/jobs/{job.number}/given?item={item.position}&v={version_of(item)}",
    )


def results_of(visit: Visit, job: Job) -> tuple[list[Tile], str]:
    """A page of the contact sheet, and the address of the next."""
    after = whole_parameter(visit.query, "after")
    if job.kind == IMPORT:
        return _imported(visit, job, after or 0)
    if job.kind == EDIT_FILES:
        return _edited(visit, job, -1 if after is None else after)
    if job.kind not in OF_IMAGES:
        return [], ""
    items = list(
        visit.engine.jobs.items(
            job.number,
            state=ItemState.DONE,
            after=-1 if after is None else after,
            limit=RESULTS_AT_ONCE + 1,
        )
    )
    groups = _groups(job)
    shown = [_tile(job, item, groups) for item in items[:RESULTS_AT_ONCE]]
    if len(items) <= RESULTS_AT_ONCE:
        return shown, ""
    return shown, f"?after={items[RESULTS_AT_ONCE - 1].position}#results"


def _imported(visit: Visit, job: Job, skipped: int) -> tuple[list[Tile], str]:
    """A page of the records that came of an import, where the key may see the collection."""
    place = collection_of(visit, job)
    if place is None:
        return [], ""
    following = islice(visit.engine.importing.ids(job.number), skipped, None)
    ids = list(islice(following, RESULTS_AT_ONCE + 1))
    collection = visit.engine.collections.open(str(job.plan["collection"]))
    records = [each for each in collection.get(ids[:RESULTS_AT_ONCE]) if each is not None]
    tags = thumbnail_tags(collection, [record.id for record in records])
    shown = []
    for record in records:
        record_id, tag = quote(record.id, safe=""), tags.get(record.id, "")
        shown.append(
            Tile(
                name=name_of(record),
                picture=f"{place['address']}/thumbnail?id={record_id}&v={tag}",
                notes=[f"{record.format.upper()} {record.width} × {record.height}"],
                address=f"{place['address']}/record?id={record_id}",
            )
        )
    more = f"?after={skipped + RESULTS_AT_ONCE}#results" if len(ids) > RESULTS_AT_ONCE else ""
    return shown, more


def _edited(visit: Visit, job: Job, after: int) -> tuple[list[Tile], str]:
    """A page of the files that were edited, with their images where those are in a storage; others have their names."""
    shown: list[Tile] = []
    last = after
    in_storage = "://" in str(job.plan.get("destination"))
    for each in visit.engine.file_editing.edited(job.number, after=after):
        # Of an item that is begun, all are shown: the address of the next page names an item.
        if len(shown) >= RESULTS_AT_ONCE and each.position != last:
            return shown, f"?after={last}#results"
        last = each.position
        picture = f"/jobs/{job.number}/made?item={each.position}&image={each.image}"
        shown.append(
            Tile(
                each.name.rpartition("/")[2],
                picture if in_storage else "",
                missing=texts_of("jobs")("on_a_machine"),
            )
        )
    return shown, ""


def _groups(job: Job) -> Mapping[str, int]:
    """The number of the group that each image came into, by its name."""
    if job.kind != GROUP_IMAGE or job.result is None:
        return {}
    names = job.result["names"]
    return {
        names[position]: number
        for number, group in enumerate(job.result["groups"], 1)
        for position in group
    }


def _tile(job: Job, item: JobItem, groups: Mapping[str, int]) -> Tile:
    base, version = f"/jobs/{job.number}", version_of(item)
    picture = f"{base}/made?item={item.position}&v={version}"
    if not is_image(item) or item.result is None:
        group = groups.get(item.name)
        caption = "" if group is None else texts_of("jobs")("group", number=group)
        name = shown_uri(item.name).rpartition("/")[2]
        return Tile(name, picture, notes=[caption] if caption else [])
    return Tile(
        str(item.result["stored"]["key"]).rpartition("/")[2],
        picture,
        notes=[_size(item.result["output"])],
        address=f"{base}/result?item={item.position}&v={version}",
    )


def _size(facts: Mapping[str, Any]) -> str:
    return f"{str(facts['format']).upper()} {facts['width']} × {facts['height']}"
