"""A group for those who know its token: its photos, their favourites, and what they may download. Without a key."""

import time
from typing import Any

from attrs import frozen
from starlette.responses import JSONResponse, RedirectResponse, Response

from photomill import Forbidden, Group, NotFound, SharedGroup, SharedPhoto, Visitor, time_zone
from photomill_browser.assets import compressed
from photomill_browser.dates import day_of_moment
from photomill_browser.frame import FORM_BYTES, Page, View, Visit
from photomill_browser.texts import texts_of

FILES = "/v1/File"
DOWNLOADS = "/v1/download"
"""Where the Groups API serves photos and archives: the address alone is the permission."""

_ADMISSION = "photomill_admission"
_VISITOR = "photomill_visitor"
_KEPT_SECONDS = 365 * 86_400
_FIRST_SHOWN = 8
"""Photos that are loaded at once; others when they come near."""


@frozen
class Password:
    """What the form sends."""

    password: str = ""


@frozen
class Mark:
    photo: str
    favourite: bool


@frozen
class Message:
    name: str = ""
    message: str = ""


@frozen
class Order:
    """Photos to pack; none for all."""

    photos: tuple[str, ...] = ()


def show(visit: Visit) -> Any:
    """The photos, or why they are not shown."""
    try:
        group = _group(visit)
    except NotFound:
        return _closed(visit.frame.render(visit, "gallery_none.html", {}, 404))
    if group.token != visit.parameters["token"]:
        return RedirectResponse(_address(group), 307)
    if not visit.engine.albums.groups.is_public(group):
        return _page(visit, "gallery_ended.html", group, {}, 410)
    try:
        shared = _enter(visit)
    except Forbidden:
        return _page(visit, "gallery_password.html", group, {"problem": ""})
    return _page(visit, "gallery.html", group, _contents(visit, shared))


def open_with_password(visit: Visit, asked: Password) -> Response:
    """Let in whoever knows the password."""
    group = _group(visit)
    try:
        admission = visit.engine.albums.sharing.admit(group, asked.password)
    except Forbidden:
        values = {"problem": texts_of("gallery")("wrong_password")}
        return _page(visit, "gallery_password.html", group, values, 403)
    response = RedirectResponse(_address(group), 303)
    return visit.keep(response, _ADMISSION, admission, _KEPT_SECONDS, _address(group))


def mark(visit: Visit, asked: Mark) -> Response:
    """Note a favourite."""
    shared = _entered(visit)
    visit.count(visit.frame.changes)
    visitors = visit.engine.albums.visitors
    secret = _secret(visit) or visitors.new_secret()
    visitors.mark(shared, secret, asked.photo, asked.favourite)
    return _with_visitor(visit, secret, visitors.find(shared, secret))


def send(visit: Visit, asked: Message) -> Response:
    """Send the favourites to the owner."""
    shared = _entered(visit)
    visit.count(visit.frame.changes)
    visitors = visit.engine.albums.visitors
    secret = _secret(visit) or visitors.new_secret()
    visitors.send(shared, secret, name=asked.name, message=asked.message)
    return _with_visitor(visit, secret, visitors.find(shared, secret))


def order_zip(visit: Visit, asked: Order) -> Any:
    """Have photos packed."""
    shared = _entered(visit)
    visit.count(visit.frame.changes)
    wanted = visit.engine.albums.sharing.create_zip(shared, asked.photos)
    return describe_zip(visit, wanted.id)


def follow_zip(visit: Visit) -> Any:
    """How far an archive is."""
    _entered(visit)
    return describe_zip(visit, visit.parameters["zip"])


def describe_zip(visit: Visit, zip_id: str) -> dict[str, Any]:
    """What a page needs to follow an archive and to fetch it."""
    found = visit.engine.albums.zips.get(zip_id)
    return {
        "id": found.id,
        "state": found.state,
        "percent": found.percent,
        "photos": len(found.entries),
        "bytes": found.bytes,
        "error": found.error,
        "address": f"{DOWNLOADS}/{found.id}" if found.state == "done" else "",
    }


# ---------------------------------------------------------------- who is let in


def _group(visit: Visit) -> Group:
    """The group of the address; look-ups are counted, since tokens are short.

    :raises TooManyTries: this address looked for too many.
    :raises NotFound: there is none.
    """
    visit.request.state.logged_path = "/g/…"
    visit.count(visit.frame.lookups)
    try:
        return visit.engine.albums.sharing.find(visit.parameters["token"])
    except NotFound:
        raise NotFound(texts_of("gallery")("no_group")) from None


def _enter(visit: Visit) -> SharedGroup:
    admission = visit.request.cookies.get(_ADMISSION, "")
    return visit.engine.albums.sharing.enter(visit.parameters["token"], admission)


def _entered(visit: Visit) -> SharedGroup:
    """The group of an address that names it by its token and its id, which nobody guesses.

    :raises NotFound: there is none, or its view has ended.
    :raises Forbidden: it asks for a password.
    """
    visit.request.state.logged_path = "/g/…"
    gone = NotFound(texts_of("gallery")("no_group"))
    try:
        group = visit.engine.albums.sharing.find(visit.parameters["token"])
        if group.id != str(visit.parameters["group"]):
            raise gone
        return _enter(visit)
    except NotFound:
        raise gone from None


def _address(group: Group) -> str:
    return f"/g/{group.token}"


def _secret(visit: Visit) -> str:
    """What tells a visitor's browser from others; empty for one that marked nothing yet."""
    return visit.request.cookies.get(_VISITOR, "")


def _with_visitor(visit: Visit, secret: str, visitor: Visitor | None) -> Response:
    response = JSONResponse(_describe(visitor))
    return visit.keep(response, _VISITOR, secret, _KEPT_SECONDS, "/g")


# ---------------------------------------------------------------- what is shown


def _page(
    visit: Visit, template: str, group: Group, values: dict[str, Any], status: int = 200
) -> Response:
    albums = visit.engine.albums
    owner = albums.owners.get(group.owner)
    zone = time_zone(owner.timezone)
    common = {
        "group": group,
        "brand": albums.brands.get(group.brand).name,
        "day": day_of_moment(group.when, zone),
        # A view that ends at midnight is open until the day before.
        "ended": "" if group.expires is None else day_of_moment(group.expires - 1, zone),
        "address": f"{visit.server}{_address(group)}",
    }
    response = visit.frame.render(visit, template, common | values, status)
    return _compressed(visit, _closed(response))


def _closed(response: Response) -> Response:
    """Keep a page out of the lists of search engines."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _compressed(visit: Visit, response: Response) -> Response:
    """A page of many photos is large. What holds a session's token is left as it is, which compression could give away."""
    if visit.session is None:
        response.body, encoding = compressed(visit.request, bytes(response.body))
        length = str(len(response.body))
        headers = encoding | {"Content-Length": length, "Vary": "Cookie, Accept-Encoding"}
        response.headers.update(headers)
    return response


def _contents(visit: Visit, shared: SharedGroup) -> dict[str, Any]:
    albums = visit.engine.albums
    photos = albums.sharing.photos(shared)
    secret = _secret(visit)
    visitor = albums.visitors.find(shared, secret) if shared.options.favourites else None
    return {
        "options": shared.options,
        "photos": photos,
        "cover": next((photo for photo in photos if photo.cover), photos[0] if photos else None),
        "marked": set(visitor.favourites) if visitor else set(),
        "first": _FIRST_SHOWN,
        "files": FILES,
        "ratio": ratio_class,
        "server": visit.server,
        "soon": _ends_soon(shared.group),
        "data": {
            "group": shared.group.id,
            "base": f"{_address(shared.group)}/{shared.group.id}",
            "files": FILES,
            "photos": [_photo(photo) for photo in photos],
            "visitor": _describe(visitor),
            "favourites": shared.options.favourites,
            "downloads": shared.options.downloads,
        },
    }


def _photo(photo: SharedPhoto) -> dict[str, Any]:
    return {
        "id": photo.id,
        "name": photo.name,
        "width": photo.width,
        "height": photo.height,
        "colour": photo.mean_colour,
        "images": [[each.path, each.width, each.height] for each in photo.images],
        "download": photo.download,
    }


def _describe(visitor: Visitor | None) -> dict[str, Any]:
    if visitor is None:
        return {"favourites": [], "name": "", "message": "", "sent": None}
    return {
        "favourites": list(visitor.favourites),
        "name": visitor.name,
        "message": visitor.message,
        "sent": visitor.sent,
    }


def _ends_soon(group: Group) -> bool:
    return group.expires is not None and group.expires - time.time() < 14 * 86_400


def ratio_class(photo: SharedPhoto) -> str:
    """The class of a tile of this photo's shape, in steps of a twentieth; styles cannot stand in the page itself."""
    ratio = photo.width / photo.height if photo.height else 1.0
    return f"r{min(60, max(8, round(20 * ratio)))}"


PAGE = Page(
    "gallery",
    (
        View("/g/{token}", show, template="gallery.html", access="anyone"),
        View(
            "/g/{token}",
            open_with_password,
            template="gallery_password.html",
            verb="POST",
            access="anyone",
            limit=FORM_BYTES,
        ),
        View("/g/{token}/{group:uuid}/favourite", mark, verb="POST", access="anyone"),
        View("/g/{token}/{group:uuid}/send", send, verb="POST", access="anyone"),
        View("/g/{token}/{group:uuid}/zip", order_zip, verb="POST", access="anyone"),
        View("/g/{token}/{group:uuid}/zip/{zip}", follow_zip, access="anyone"),
    ),
)
