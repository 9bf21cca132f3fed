"""An owner's groups: made, filled, arranged and shared; and what their visitors like."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import segno
from attrs import evolve, frozen
from starlette.responses import RedirectResponse, Response

from photomill import (
    ALBUMS_SCOPE,
    LATEST_DAY,
    Forbidden,
    Group,
    GroupSummary,
    InvalidInput,
    NotFound,
    Owner,
    Photo,
    ShareOptions,
    UploadFile,
    Visitor,
    ZipEntry,
    day_bounds,
    time_zone,
)
from photomill_browser.dates import day_of_moment, written_day
from photomill_browser.frame import FORM_BYTES, Page, View, Visit
from photomill_browser.numbers import whole_number
from photomill_browser.pages.gallery import FILES, describe_zip
from photomill_browser.texts import texts_of

UPLOADS = "/v1/Upload"
"""Where the Groups API receives photos: the address alone is the permission."""

_LISTED = 200
_NOON = 12 * 3600


@frozen
class NewOwner:
    """What the form sends."""

    name: str = ""
    timezone: str = "UTC"
    same_name: str = ""


@frozen
class NewGroup:
    name: str = ""
    day: str = ""


@frozen
class GroupChange:
    name: str | None = None
    cover: str | None = None


@frozen
class Files:
    """Files that may be sent."""

    files: tuple[UploadFile, ...]


@frozen
class Places:
    count: int


@frozen
class Chosen:
    photos: tuple[str, ...] = ()


@frozen
class Renaming:
    photo: str
    name: str


@frozen
class Sharing:
    """
    :ivar password: None keeps what there is; empty asks for none.
    :ivar ends: the last day; empty for never.
    """

    options: ShareOptions
    ends: str = ""
    password: str | None = None


@frozen
class Named:
    visitor: str


# ---------------------------------------------------------------- owners


def entry(visit: Visit) -> Any:
    """An owner's groups; to administrators, the owners."""
    owner = visit.engine.albums.owners.of_key(visit.key)
    if owner is not None:
        return RedirectResponse(_owner_address(owner), 303)
    if not visit.key.has("admin"):
        raise Forbidden(texts_of("albums")("no_owner"))
    return _owners(visit, NewOwner())


def create_owner(visit: Visit, asked: NewOwner) -> Any:
    """Make an owner."""
    if not visit.key.has("admin"):
        raise Forbidden(texts_of("albums")("no_owner"))
    texts, owners = texts_of("albums"), visit.engine.albums.owners
    name = asked.name.strip()
    if owners.named(name) and not asked.same_name:
        return _owners(visit, asked, texts("same_name", name=name), taken=True)
    try:
        made = owners.create(name, timezone=asked.timezone.strip() or "UTC")
    except InvalidInput as error:
        name_of = {"name": "owner_name", "timezone": "timezone"}
        problem = f"{texts(name_of[error.path])}: {error.message}"
        return _owners(visit, asked, problem, taken=bool(asked.same_name))
    return RedirectResponse(_owner_address(made.owner), 303)


def _owners(
    visit: Visit, asked: NewOwner, problem: str = "", *, taken: bool = False
) -> dict[str, Any]:
    """What the page of owners shows, with the form as it was sent.

    :param taken: whether an owner has the name.
    """
    owners = visit.engine.albums.owners.list_all()
    return {"owners": owners, "problem": problem, "asked": asked, "taken": taken}


def _owner(visit: Visit) -> Owner:
    """The owner of the address.

    :raises NotFound: there is none, or none that the key may see.
    """
    found = visit.engine.albums.owners.get(str(visit.parameters["owner"]))
    _check(visit, found.id)
    return found


def _check(visit: Visit, owner_id: str) -> None:
    """
    :raises NotFound: the key is neither the owner's nor an administrator's.
    """
    own = visit.engine.albums.owners.of_key(visit.key)
    if (own is None or own.id != owner_id) and not visit.key.has("admin"):
        raise NotFound(texts_of("albums")("nothing"))


def _owner_address(owner: Owner) -> str:
    return f"/albums/{owner.id}"


# ---------------------------------------------------------------- groups by day


def list_groups(visit: Visit) -> Any:
    """An owner's groups, newest day first."""
    owner = _owner(visit)
    zone = time_zone(owner.timezone)
    groups = visit.engine.albums.groups
    offset = whole_number(visit.query.get("from", "")) or 0
    begin, end = 0.0, LATEST_DAY + 1.0
    chosen = visit.query.get("day", "")
    if chosen:
        begin, end = day_bounds(_day(chosen), zone)
    found = groups.between(owner, begin, end, offset=offset, limit=_LISTED + 1, newest_first=True)
    summaries = groups.summaries(found[:_LISTED])
    return {
        "owner": owner,
        "days": _by_day(visit, summaries, zone),
        "chosen": chosen,
        "today": datetime.now(zone).date().isoformat(),
        "older": offset + _LISTED if len(found) > _LISTED else 0,
        "files": FILES,
        "data": {"create": f"{_owner_address(owner)}/create"},
    }


def create_group(visit: Visit, asked: NewGroup) -> Any:
    """Make a group."""
    owner = _owner(visit)
    when = None
    if asked.day:
        zone = time_zone(owner.timezone)
        day = _day(asked.day)
        # Groups of today are of now; those of another day stand at its noon.
        when = None if day == datetime.now(zone).date() else int(day_bounds(day, zone)[0]) + _NOON
    group = visit.engine.albums.groups.create(owner, name=asked.name.strip(), when=when)
    return {"address": _group_address(group)}


def _by_day(
    visit: Visit, summaries: Sequence[GroupSummary], zone: ZoneInfo
) -> list[tuple[str, list[dict[str, Any]]]]:
    sent = visit.engine.albums.visitors.sent_counts([summary.group for summary in summaries])

    def day(summary: GroupSummary) -> date:
        return datetime.fromtimestamp(summary.group.when, zone).date()

    return [
        (
            written_day(each),
            [_card(visit, summary, sent.get(summary.group.id, 0)) for summary in of_day],
        )
        for each, of_day in groupby(summaries, day)
    ]


def _card(visit: Visit, summary: GroupSummary, sent: int) -> dict[str, Any]:
    group = summary.group
    return {
        "address": _group_address(group),
        "name": group.name,
        "token": group.token,
        "count": summary.count,
        "thumb": summary.thumb,
        "protected": group.protected,
        "ended": not visit.engine.albums.groups.is_public(group),
        "sent": sent,
    }


# ---------------------------------------------------------------- one group


def show_group(visit: Visit) -> Any:
    """A group's photos, how it is shared, and what visitors like."""
    group = _group(visit)
    albums = visit.engine.albums
    owner = albums.owners.get(group.owner)
    zone = time_zone(owner.timezone)
    visitors = albums.visitors.of_group(group)
    photos = albums.groups.photos(group, ready=False)
    return {
        "group": group,
        "owner": owner,
        "owner_address": _owner_address(owner),
        "day": day_of_moment(group.when, zone),
        "link": f"{visit.server}/g/{group.token}",
        "ended": not albums.groups.is_public(group),
        "options": albums.sharing.options(group),
        "ends": "" if group.expires is None else _last_day(group.expires, zone),
        "visitors": [_visitor(each, photos, zone) for each in visitors],
        "files": FILES,
        "data": {
            "base": _group_address(group),
            "files": FILES,
            "uploads": UPLOADS,
            "group": group.id,
            "list": _owner_address(owner),
            "name": group.name,
            "protected": group.protected,
            "formats": list(visit.engine.settings.albums.formats),
            "most": visit.engine.settings.albums.max_bytes,
            **_state(visit, group, photos, visitors),
        },
    }


def show_state(visit: Visit) -> Any:
    """The photos as they are now."""
    group = _group(visit)
    albums = visit.engine.albums
    photos = albums.groups.photos(group, ready=False)
    return _state(visit, group, photos, albums.visitors.of_group(group))


def _state(
    visit: Visit, group: Group, photos: Sequence[Photo], visitors: Sequence[Visitor]
) -> dict[str, Any]:
    liked = Counter(photo_id for visitor in visitors for photo_id in visitor.favourites)
    return {"photos": [_photo(visit, group, photo, liked[photo.id]) for photo in photos]}


def _photo(visit: Visit, group: Group, photo: Photo, liked: int) -> dict[str, Any]:
    thumb = photo.files.get("small") or visit.engine.albums.groups.thumbnail(photo)
    return {
        "id": photo.id,
        "name": photo.sort_name,
        "state": photo.state,
        "error": photo.error,
        "thumb": thumb,
        "large": photo.files.get("medium") or thumb,
        "width": photo.width,
        "height": photo.height,
        "colour": photo.mean_colour,
        "taken": photo.captured,
        "liked": liked,
        "cover": bool(group.thumb) and group.thumb in photo.files.values(),
        "duplicate": bool(photo.duplicate_of),
    }


def change_group(visit: Visit, asked: GroupChange) -> Any:
    """Rename a group, or choose its cover."""
    group = _group(visit)
    albums = visit.engine.albums
    changed = group
    if asked.name is not None:
        changed = evolve(changed, name=asked.name.strip())
    if asked.cover is not None:
        changed = evolve(
            changed, thumb=albums.groups.thumbnail(_photo_of(visit, group, asked.cover))
        )
    return {"name": albums.groups.update(changed, before=group).name}


def delete_group(visit: Visit) -> Any:
    """Hide a group; it can be restored for some time."""
    visit.engine.albums.groups.delete(_group(visit))
    return {}


def restore_group(visit: Visit) -> Any:
    """Bring a deleted group back."""
    visit.engine.albums.groups.restore(_group(visit, deleted=True))
    return {}


def arrange(visit: Visit, asked: Chosen) -> Any:
    """Put the photos into an order; by name where none are named."""
    visit.engine.albums.groups.arrange(_group(visit), asked.photos)
    return show_state(visit)


def rename_photo(visit: Visit, asked: Renaming) -> Any:
    """Change what a photo is called."""
    photo = _photo_of(visit, _group(visit), asked.photo)
    return {"name": visit.engine.albums.photos.rename(photo, asked.name).sort_name}


def delete_photos(visit: Visit, asked: Chosen) -> Any:
    """Take photos out of the group."""
    group = _group(visit)
    for photo in [_photo_of(visit, group, each) for each in asked.photos]:
        visit.engine.albums.photos.delete(photo)
    return show_state(visit)


# ---------------------------------------------------------------- uploads


def find_held(visit: Visit, asked: Files) -> Any:
    """Which files the group has already."""
    return {"held": visit.engine.albums.photos.held(_group(visit), asked.files)}


def reserve(visit: Visit, asked: Places) -> Any:
    """Make room for photos."""
    group = _group(visit)
    visit.engine.albums.groups.note_upload(group)
    places = visit.engine.albums.uploads.reserve(group, asked.count)
    return {
        "places": [{"photo": each.photo, "address": f"{UPLOADS}/{each.secret}"} for each in places]
    }


# ---------------------------------------------------------------- sharing


def share(visit: Visit, asked: Sharing) -> Any:
    """Change what the public view offers, and to whom."""
    group = _group(visit)
    albums = visit.engine.albums
    zone = time_zone(albums.owners.get(group.owner).timezone)
    expires = day_bounds(_day(asked.ends, "ends"), zone)[1] if asked.ends else None
    albums.sharing.update(group, asked.options)
    albums.groups.protect(group, asked.password, expires)
    now = albums.groups.get(group.id)
    return {"protected": now.protected, "ended": not albums.groups.is_public(now)}


def renew_link(visit: Visit) -> Any:
    """Give the group another token: the former link opens nothing any more."""
    renewed = visit.engine.albums.groups.renew_token(_group(visit))
    return {"link": f"{visit.server}/g/{renewed.token}"}


def show_code(visit: Visit) -> Response:
    """The link as a QR code."""
    group = _group(visit)
    code = segno.make(f"{visit.server}/g/{group.token}", error="m", micro=False)
    written = BytesIO()
    code.save(written, kind="svg", scale=8, border=4, light="#fff", dark="#000")
    headers = {}
    if "download" in visit.query:
        headers["Content-Disposition"] = f'attachment; filename="{group.token}.svg"'
    return Response(written.getvalue(), media_type="image/svg+xml", headers=headers)


def pack_favourites(visit: Visit, asked: Named) -> Any:
    """Have the originals of a visitor's favourites packed."""
    group = _group(visit)
    albums = visit.engine.albums
    chosen = set(albums.visitors.get(group, asked.visitor).favourites)
    entries = [
        ZipEntry(photo.files["original"], "")
        for photo in albums.groups.photos(group)
        if photo.id in chosen
    ]
    return describe_zip(visit, albums.zips.create(group, entries, share=True).id)


def follow_zip(visit: Visit) -> Any:
    """How far an archive is."""
    _group(visit)
    return describe_zip(visit, visit.parameters["zip"])


def forget_visitor(visit: Visit, asked: Named) -> Any:
    """Remove a visitor's favourites."""
    visitors = visit.engine.albums.visitors
    visitors.forget(visitors.get(_group(visit), asked.visitor))
    return {}


def _visitor(visitor: Visitor, photos: Sequence[Photo], zone: ZoneInfo) -> dict[str, Any]:
    chosen = set(visitor.favourites)
    return {
        "id": visitor.id,
        "name": visitor.name,
        "message": visitor.message,
        "sent": visitor.sent is not None,
        "day": day_of_moment(visitor.sent or visitor.updated, zone),
        "changed": visitor.sent is not None and visitor.updated > visitor.sent + 1,
        "photos": [photo for photo in photos if photo.id in chosen],
    }


# ---------------------------------------------------------------- what the address names


def _group(visit: Visit, *, deleted: bool = False) -> Group:
    """The group of the address.

    :raises NotFound: there is none, or none that the key may see.
    """
    group = visit.engine.albums.groups.get(str(visit.parameters["group"]))
    _check(visit, group.owner)
    if (group.deleted is not None) != deleted:
        raise NotFound(texts_of("albums")("nothing"))
    return group


def _photo_of(visit: Visit, group: Group, photo_id: str) -> Photo:
    photo = visit.engine.albums.photos.get(photo_id)
    if photo.group != group.id or photo.deleted is not None:
        raise NotFound(texts_of("albums")("nothing"))
    return photo


def _group_address(group: Group) -> str:
    return f"/albums/group/{group.id}"


def _day(text: str, path: str = "day") -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("expected a day like 2026-12-31", path=path) from None


def _last_day(expires: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(expires - 1, zone).date().isoformat()


_GROUP = "/albums/group/{group:uuid}"

_FIELDS = {"name": "group_name", "day": "day", "ends": "ends", "password": "password"}


def _field_name(visit: Visit, path: str) -> str:
    return texts_of("albums")(_FIELDS[path]) if path in _FIELDS else ""


PAGE = Page(
    "albums",
    (
        View("/albums", entry, template="albums_owners.html"),
        View("/albums", create_owner, template="albums_owners.html", verb="POST", limit=FORM_BYTES),
        View("/albums/{owner:uuid}", list_groups, template="albums.html"),
        View("/albums/{owner:uuid}/create", create_group, verb="POST"),
        View(_GROUP, show_group, template="albums_group.html"),
        View(f"{_GROUP}/state", show_state),
        View(f"{_GROUP}/change", change_group, verb="POST"),
        View(f"{_GROUP}/delete", delete_group, verb="POST"),
        View(f"{_GROUP}/restore", restore_group, verb="POST"),
        View(f"{_GROUP}/arrange", arrange, verb="POST"),
        View(f"{_GROUP}/rename", rename_photo, verb="POST"),
        View(f"{_GROUP}/remove", delete_photos, verb="POST"),
        View(f"{_GROUP}/held", find_held, verb="POST"),
        View(f"{_GROUP}/reserve", reserve, verb="POST"),
        View(f"{_GROUP}/share", share, verb="POST"),
        View(f"{_GROUP}/renew", renew_link, verb="POST"),
        View(f"{_GROUP}/code.svg", show_code),
        View(f"{_GROUP}/pack", pack_favourites, verb="POST"),
        View(f"{_GROUP}/pack/{{zip}}", follow_zip),
        View(f"{_GROUP}/forget", forget_visitor, verb="POST"),
    ),
    address="/albums",
    scope=ALBUMS_SCOPE,
    field_name=_field_name,
)
