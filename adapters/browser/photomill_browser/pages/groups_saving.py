"""Groups as they were arranged, saved: as JSON, as tags, as folders, and as groups of owners."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import field, frozen, validators
from starlette.responses import Response, StreamingResponse

from photomill import (
    ALBUMS_SCOPE,
    IMAGE_EDITING_SCOPE,
    STORAGE_SCOPE,
    Forbidden,
    GroupCopies,
    InvalidInput,
    Key,
    NotFound,
    OriginalCopy,
    Owner,
    Record,
    safe_name,
)
from photomill_browser.frame import View, Visit
from photomill_browser.groupings import Grouping, NamedGroup
from photomill_browser.pages.collection import disposition
from photomill_browser.shown import name_of
from photomill_browser.texts import texts_of
from photomill_browser.zipping import zip_originals

_MOST_TEXT = 1024 * 1024
_LONGEST_NAME = 100


@frozen
class Arranged:
    """
    :ivar arrangement: as the address of the page holds it.
    """

    arrangement: str = ""


@frozen
class Tagged(Arranged):
    """
    :ivar name: the tag of the first group is ``<name> 1``.
    """

    name: str = field(
        default="", validator=[validators.min_len(1), validators.max_len(_LONGEST_NAME)]
    )


@frozen
class Stored(Arranged):
    """
    :ivar destination: ``storage://name/folder/``.
    """

    destination: str = ""


@frozen
class NewAlbums(Arranged):
    """
    :ivar many: one for each group, with its number in the name; otherwise one with all.
    """

    owner: str = ""
    name: str = field(default="", validator=validators.max_len(_LONGEST_NAME))
    many: bool = False


@frozen
class Placed:
    """An image at its place: its record, and what it is called in a folder or an album."""

    id: str
    folder: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"


# ---------------------------------------------------------------- JSON


def as_json(visit: Visit, asked: Arranged) -> Response:
    """The groups as a file."""
    grouping = Grouping.of_address(visit)
    document = {
        "collection": grouping.collection.info.id,
        "mode": grouping.plan.mode,
        "groups": [
            {"cover": group.cover, "images": group.ids}
            for group in grouping.arranged(visit, asked.arrangement)
        ],
    }
    content = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    name = f"{grouping.collection.info.name}-groups.json"
    return Response(
        content,
        media_type="application/json",
        headers={"Content-Disposition": disposition(name)},
    )


# ---------------------------------------------------------------- tags


def as_tags(visit: Visit, asked: Tagged) -> Any:
    """Give the records of each group a tag of its own; tags of the same name from before are taken away."""
    grouping = Grouping.of_address(visit)
    collection = grouping.writable(visit)
    former = re.compile(rf"{re.escape(asked.name)} \d+")
    changes = []
    for group in grouping.arranged(visit, asked.arrangement):
        for record in collection.get(group.ids):
            if record is not None:
                kept = [tag for tag in _tags(record) if not former.fullmatch(str(tag))]
                changes.append((record.id, {"tags": [*kept, f"{asked.name} {group.number}"]}))
    return {"changed": len(collection.update(changes))}


def _tags(record: Record) -> list[Any]:
    given = record.attributes.get("tags")
    return [given] if isinstance(given, str) else list(given or ())


# ---------------------------------------------------------------- folders


def as_zip(visit: Visit, asked: Arranged) -> Response:
    """The originals in a folder for each group, in order."""
    grouping = Grouping.of_address(visit)
    arranged = grouping.arranged(visit, asked.arrangement)
    entries = ((each.id, each.path) for each in _placed(grouping, arranged))
    name = f"{grouping.collection.info.name}-groups.zip"
    return StreamingResponse(
        zip_originals(grouping.collection, entries),
        media_type="application/zip",
        headers={"Content-Disposition": disposition(name)},
    )


def may_store(key: Key) -> bool:
    """Whether a key may write into storages, as over HTTP."""
    return key.has(IMAGE_EDITING_SCOPE) or key.has(STORAGE_SCOPE)


def as_folders(visit: Visit, asked: Stored) -> Any:
    """Have the originals copied into folders of a storage, over no other object."""
    texts = texts_of("groups")
    if not may_store(visit.key):
        raise Forbidden(texts("may_not_store", name=visit.key.name))
    grouping = Grouping.of_address(visit)
    if not asked.destination.startswith("storage://"):
        raise InvalidInput(texts("no_folder"), path="destination")
    arranged = grouping.arranged(visit, asked.arrangement)
    job = visit.engine.copying.into_storage(
        grouping.collection.info.id,
        asked.destination,
        [OriginalCopy(each.id, each.path) for each in _placed(grouping, arranged)],
        owner=visit.key.principal,
    )
    return {"job": job.number}


# ---------------------------------------------------------------- albums


def owners_of(visit: Visit) -> Sequence[Owner]:
    """The owners to whom a key may give albums: its own; all, for administrators."""
    if visit.key.has("admin"):
        return visit.engine.albums.owners.list_all()
    own = visit.engine.albums.owners.of_key(visit.key)
    return [] if own is None or not visit.key.has(ALBUMS_SCOPE) else [own]


def as_albums(visit: Visit, asked: NewAlbums) -> Any:
    """Make one album of an owner, or one for each group, and have the originals copied there."""
    grouping = Grouping.of_address(visit)
    owner, name = _owner(visit, asked.owner), asked.name.strip()
    groups = grouping.arranged(visit, asked.arrangement)
    parts = (
        [(f"{name} {each.number}", [each]) for each in groups] if asked.many else [(name, groups)]
    )
    made = []
    for title, part in parts:
        copies = [OriginalCopy(each.id, each.name) for each in _placed(grouping, part)]
        album = visit.engine.albums.groups.create(owner, name=title)
        made.append(GroupCopies(album.id, copies))
    job = visit.engine.copying.into_groups(
        grouping.collection.info.id, made, owner=visit.key.principal
    )
    address = "/albums" if asked.many else f"/albums/group/{made[0].group}"
    return {"job": job.number, "address": address}


def _owner(visit: Visit, owner_id: str) -> Owner:
    """
    :raises NotFound: there is no such owner to whom the key may give albums.
    """
    for owner in owners_of(visit):
        if owner.id == owner_id:
            return owner
    raise NotFound(texts_of("groups")("no_owner"))


# ---------------------------------------------------------------- names


def _placed(grouping: Grouping, groups: Sequence[NamedGroup]) -> Iterator[Placed]:
    """The images with names that sort as they were arranged: ``03/07 beach.jpg``."""
    wide = len(str(max((group.number for group in groups), default=0)))
    for group in groups:
        folder, deep = f"{group.number:0{wide}}", len(str(len(group.ids)))
        records = grouping.collection.get(group.ids)
        for place, (record_id, record) in enumerate(zip(group.ids, records, strict=True), 1):
            name = record_id if record is None else name_of(record)
            yield Placed(record_id, folder, f"{place:0{deep}} {safe_name(name, 'image')}")


def views(address: str) -> tuple[View, ...]:
    """The views below a grouping's address."""
    return (
        View(f"{address}/json", as_json, verb="POST", limit=_MOST_TEXT),
        View(f"{address}/zip", as_zip, verb="POST", limit=_MOST_TEXT),
        View(f"{address}/tags", as_tags, verb="POST", limit=_MOST_TEXT),
        View(f"{address}/folders", as_folders, verb="POST", limit=_MOST_TEXT),
        View(f"{address}/albums", as_albums, verb="POST", limit=_MOST_TEXT),
    )
