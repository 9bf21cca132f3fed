"""Groups as they were arranged, saved: as JSON, as tags, as folders, and as groups of owners."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

from attrs import field, frozen, validators
from starlette.responses import Response, StreamingResponse

from photomill import (
    ALBUMS_SCOPE,
    IMAGE_EDITING_SCOPE,
    STORAGE_SCOPE,
    Forbidden,
    InvalidInput,
    Key,
    NotFound,
    Owner,
    PhotomillError,
    Record,
    safe_name,
)
from photomill_browser.frame import View, Visit
from photomill_browser.groupings import Grouping, NamedGroup
from photomill_browser.pages.collection import disposition
from photomill_browser.shown import name_of
from photomill_browser.texts import texts_of
from photomill_browser.zipping import zip_originals

AT_ONCE = 10
"""Originals of one request: so many that a page can tell how far it is."""
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
class Portion(Arranged):
    """Some of the images, in the order of the groups.

    :ivar begin: how many come before them.
    """

    begin: int = field(default=0, validator=validators.ge(0))


@frozen
class Stored(Portion):
    """
    :ivar destination: ``storage://name/folder/``.
    """

    destination: str = ""


@frozen
class NewAlbum:
    owner: str
    name: str = ""


@frozen
class Added(Portion):
    """
    :ivar album: a group of an owner.
    :ivar group: the number of the only group whose images are added; 0 for all.
    """

    album: str = ""
    group: int = 0


@frozen
class Placed:
    """A image at its place: its record, and what it is called in a folder or an album."""

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
    """Copy some originals into folders of a storage, over no other object."""
    texts = texts_of("groups")
    if not may_store(visit.key):
        raise Forbidden(texts("may_not_store", name=visit.key.name))
    grouping = Grouping.of_address(visit)
    if not asked.destination.startswith("storage://"):
        raise InvalidInput(texts("no_folder"), path="destination")
    storages = visit.engine.storages.namespace(visit.key.principal)
    folder = f"{asked.destination.rstrip('/')}/"
    # Tells at once that there is no such storage.
    storages.resolve(folder)
    arranged = grouping.arranged(visit, asked.arrangement)
    failed = []
    some = list(_placed(grouping, arranged, asked.begin, AT_ONCE))
    for each in some:
        uri = f"{folder}{quote(each.path)}"
        try:
            storages.put_new(uri, grouping.collection.original(each.id))
        except PhotomillError as error:
            failed.append({"name": each.path, "error": str(error)})
    return {"done": len(some), "failed": failed}


# ---------------------------------------------------------------- albums


def owners_of(visit: Visit) -> Sequence[Owner]:
    """The owners to whom a key may give albums: its own; all, for administrators."""
    if visit.key.has("admin"):
        return visit.engine.albums.owners.list_all()
    own = visit.engine.albums.owners.of_key(visit.key)
    return [] if own is None or not visit.key.has(ALBUMS_SCOPE) else [own]


def make_album(visit: Visit, asked: NewAlbum) -> Any:
    """Make an album of an owner, to be filled."""
    Grouping.of_address(visit)
    group = visit.engine.albums.groups.create(_owner(visit, asked.owner), name=asked.name.strip())
    return {"album": group.id, "address": f"/albums/group/{group.id}"}


def add_to_album(visit: Visit, asked: Added) -> Any:
    """Put some originals into an album; whoever works on jobs makes their derivatives."""
    grouping = Grouping.of_address(visit)
    albums = visit.engine.albums
    album = albums.groups.get(asked.album)
    _owner(visit, album.owner)
    wanted = grouping.arranged(visit, asked.arrangement)
    if asked.group:
        wanted = [group for group in wanted if group.number == asked.group]
    some = list(_placed(grouping, wanted, asked.begin, AT_ONCE))
    albums.groups.note_upload(album)
    added, failed = [], []
    for each in some:
        try:
            file = io.BytesIO(grouping.collection.original(each.id))
            added.append(albums.uploads.add(album, file, each.name).id)
        except PhotomillError as error:
            failed.append({"name": each.path, "error": str(error)})
    return {"done": len(some), "added": added, "failed": failed}


def _owner(visit: Visit, owner_id: str) -> Owner:
    """
    :raises NotFound: there is no such owner to whom the key may give albums.
    """
    for owner in owners_of(visit):
        if owner.id == owner_id:
            return owner
    raise NotFound(texts_of("groups")("no_owner"))


# ---------------------------------------------------------------- names


def _placed(
    grouping: Grouping, groups: Sequence[NamedGroup], begin: int = 0, count: int | None = None
) -> Iterator[Placed]:
    """The images, or some of them, with names that sort as they were arranged: ``03/07 beach.jpg``."""
    wide = len(str(max((group.number for group in groups), default=0)))
    places = [
        (record_id, f"{group.number:0{wide}}", f"{place:0{len(str(len(group.ids)))}}")
        for group in groups
        for place, record_id in enumerate(group.ids, 1)
    ]
    for record_id, folder, place in islice(places, begin, None if count is None else begin + count):
        record = grouping.collection.get([record_id])[0]
        name = record_id if record is None else name_of(record)
        yield Placed(record_id, folder, f"{place} {safe_name(name, 'image')}")


def views(address: str) -> tuple[View, ...]:
    """The views below a grouping's address."""
    return (
        View(f"{address}/json", as_json, verb="POST", limit=_MOST_TEXT),
        View(f"{address}/zip", as_zip, verb="POST", limit=_MOST_TEXT),
        View(f"{address}/tags", as_tags, verb="POST", limit=_MOST_TEXT),
        View(f"{address}/folders", as_folders, verb="POST", limit=_MOST_TEXT),
        View(f"{address}/album", make_album, verb="POST"),
        View(f"{address}/album/add", add_to_album, verb="POST", limit=_MOST_TEXT),
    )
