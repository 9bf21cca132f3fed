"""Groups: list, make, search, show, change, delete."""

from datetime import datetime

from attrs import evolve
from starlette.datastructures import URL

from photomill.albums.calendar import LATEST, day_of
from photomill.albums.groups import MAX_LISTED
from photomill.albums.model import Group
from photomill.albums.tokens import is_token
from photomill.config.wording import shown
from photomill.errors import InvalidInput, NotFound
from photomill_http.answers import Answer
from photomill_http.groups.documents import Json, group_document, owned_group_document
from photomill_http.groups.endpoint import Call
from photomill_http.groups.faults import Rejected
from photomill_http.numbers import whole_number

PRIMARY_BRAND = "The Primary Brand on the account."
"""What some clients send for no brand."""


def list_groups(call: Call) -> Answer:
    """An owner's groups of one day, or between two moments."""
    owner = call.visitor.required()
    query = call.request.query_params
    if "from" in query or "to" in query:
        return _between(call)
    when = query.get("when", "")
    found = call.albums.groups.on_day(owner, day_of(when) if when else None)
    return Answer({"Groups": _owned(call, found)})


def create_group(call: Call) -> Answer:
    """Make a group."""
    owner = call.visitor.required()
    brand = call.text("BrandId")
    when = call.integer("WhenUnix")
    group = call.albums.groups.create(
        owner,
        name=call.text("Name"),
        brand_id="" if brand == PRIMARY_BRAND else brand,
        when=when or None,
        hidden=bool(call.flag("HideFromStore")),
    )
    return Answer(_owned(call, [group])[0], 201)


def search_groups(call: Call) -> Answer:
    """Find a group by its token."""
    call.guess()
    token = call.request.query_params.get("q", "")
    try:
        group = call.albums.public.find(token) if is_token(token) else None
    except NotFound:
        group = None
    return Answer({"Groups": [_shown(call, group)] if group is not None else []})


def show_group(call: Call) -> Answer:
    """A group by its id or token."""
    return Answer(_shown(call, visible(call)))


def update_group(call: Call) -> Answer:
    """Change what is given; an empty text changes nothing, null clears the name."""
    before = owned(call)
    if call.flag("Deleted") is False:
        call.albums.groups.restore(before)
        before = call.albums.groups.get(before.id)
    changed = evolve(
        before,
        name=_given(call, "Name", before.name),
        brand=call.text("BrandId") or before.brand,
        thumb=call.text("Thumb") or _thumb_of_photo(call, before) or before.thumb,
        hidden=before.hidden if (hidden := call.flag("HideFromStore")) is None else hidden,
        details=_details(call, before),
    )
    group = call.albums.groups.update(changed, before=before)
    if "Password" in call.body or "ExpiresUnix" in call.body:
        _protect(call, group)
    return Answer({})


def delete_group(call: Call) -> Answer:
    """Hide a group and its photos; they can be restored for some time."""
    call.albums.groups.delete(owned(call))
    return Answer({})


def note_upload(call: Call) -> Answer:
    """Note that an upload goes on."""
    call.albums.groups.note_upload(owned(call))
    return Answer({})


def list_videos(call: Call) -> Answer:
    """There are no videos here."""
    group = visible(call)
    return Answer({"Videos" if call.visitor.owns(group) else "Public": []})


def visible(call: Call) -> Group:
    """The group that the path names, by id or token, if the caller may see it.

    :raises NotFound: there is none for this caller.
    """
    name = call.parameters["group"]
    if is_token(name):
        call.guess()
    group = call.albums.groups.find(name)
    return group if call.visitor.owns(group) else call.albums.public.find(name)


def owned(call: Call, *, token_serves: bool = False) -> Group:
    """The group that the path names by its id, if it is the caller's.

    :param token_serves: its token names it too.
    :raises Rejected: it is somebody else's, or a token stands there.
    :raises NotFound: there is none.
    """
    call.visitor.required()
    name = call.parameters["group"]
    if is_token(name) and not token_serves:
        raise Rejected(400, "the full Group UUID is required")
    group = call.albums.groups.find(name)
    call.visitor.require(group)
    return group


def _between(call: Call) -> Answer:
    owner = call.visitor.required()
    query = call.request.query_params
    begin, end = _moment(call, "from", 0), _moment(call, "to", LATEST + 1)
    offset = _moment(call, "offset", 0)
    deleted = query.get("includeDeleted", "").lower() in ("1", "true", "yes")
    found = call.albums.groups.between(owner, begin, end, deleted=deleted, offset=offset)
    body: Json = {"Groups": _owned(call, found)}
    if len(found) == MAX_LISTED:
        url = URL(call.links.server + call.request.url.path)
        following = {**query, "offset": str(offset + MAX_LISTED)}
        body["Next"] = str(url.include_query_params(**following))
    return Answer(body)


def _moment(call: Call, name: str, default: int) -> int:
    text = call.request.query_params.get(name, "")
    if not text:
        return default
    seconds = whole_number(text)
    if seconds is not None and len(text) <= 12:
        return seconds
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        message = f"expected seconds since 1970, got {shown(text)}"
        raise InvalidInput(message, path=name) from None


def _thumb_of_photo(call: Call, group: Group) -> str:
    """The thumbnail of the photo that ``ThumbId`` names; empty without one.

    :raises InvalidInput: it names no photo of the group that is shown.
    """
    named = call.text("ThumbId")
    if not named:
        return ""
    shown = {photo.id: photo for photo in call.albums.groups.photos(group)}
    if named not in shown:
        raise InvalidInput(f"the group has no photo {named!r:.80}", path="ThumbId")
    return call.albums.groups.thumbnail(shown[named])


def _given(call: Call, name: str, before: str) -> str:
    if name in call.body and call.body[name] is None:
        return ""
    return call.text(name) or before


def _details(call: Call, before: Group) -> Json:
    pricing = call.text("PricingId")
    return {**before.details, "PricingId": pricing} if pricing else dict(before.details)


def _protect(call: Call, group: Group) -> None:
    expires = call.integer("ExpiresUnix") if "ExpiresUnix" in call.body else group.expires
    if expires is not None and not 0 <= expires <= LATEST:
        raise InvalidInput(f"expected 0 to {LATEST} seconds since 1970", path="ExpiresUnix")
    if "Password" not in call.body and group.protected:
        raise InvalidInput("give the password too, or an empty one", path="Password")
    call.albums.groups.protect(group, call.text("Password"), expires)


def _owned(call: Call, groups: list[Group]) -> list[Json]:
    return [owned_group_document(each) for each in call.albums.groups.summaries(groups)]


def _shown(call: Call, group: Group) -> Json:
    if call.visitor.owns(group):
        return _owned(call, [group])[0]
    return group_document(call.albums.public.summary(group))
