"""Groups: list, make, search, show, change, delete."""

from datetime import datetime

from attrs import evolve
from msgspec import UNSET
from starlette.datastructures import URL

from photomill import (
    LATEST_DAY,
    MOST_GROUPS_LISTED,
    Group,
    InvalidInput,
    NotFound,
    day_of,
    is_token,
    show_value,
)
from photomill_http.groups import schema
from photomill_http.groups.groups_call import GroupsCall
from photomill_http.groups.translate import describe_group
from photomill_http.numbers import whole_number

PRIMARY_BRAND = "The Primary Brand on the account."
"""What some clients send for no brand."""


def list_groups(call: GroupsCall) -> schema.GroupList:
    """List groups of one day."""
    owner = call.required()
    if "from" in call.query or "to" in call.query:
        return _between(call)
    when = call.query.get("when", "")
    found = call.albums.groups.on_day(owner, day_of(when) if when else None)
    return schema.GroupList(_owned(call, found))


def create_group(call: GroupsCall, asked: schema.NewGroup) -> schema.Group:
    """Make a group."""
    brand = asked.brand_id or ""
    group = call.albums.groups.create(
        call.required(),
        name=asked.name or "",
        brand_id="" if brand == PRIMARY_BRAND else brand,
        when=asked.when_unix or None,
        hidden=bool(asked.hide_from_store),
    )
    return _owned(call, [group])[0]


def search_groups(call: GroupsCall) -> schema.GroupList:
    """Find a group by its token."""
    call.count_guess()
    token = call.query.get("q", "")
    try:
        group = call.albums.public.find(token) if is_token(token) else None
    except NotFound:
        group = None
    return schema.GroupList([_shown(call, group)] if group is not None else [])


def show_group(call: GroupsCall) -> schema.Group:
    """Show a group, by id or token."""
    return _shown(call, visible(call))


def update_group(call: GroupsCall, asked: schema.GroupChange) -> schema.Nothing:
    """Change a group."""
    before = owned(call)
    if asked.deleted is False:
        call.albums.groups.restore(before)
        before = call.albums.groups.get(before.id)
    hidden = asked.hide_from_store
    details = {"PricingId": asked.pricing_id} if asked.pricing_id else {}
    changed = evolve(
        before,
        # An empty text changes nothing.
        name="" if asked.name is None else asked.name or before.name,
        brand=asked.brand_id or before.brand,
        thumb=asked.thumb or _thumb_of_photo(call, before, asked.thumb_id or "") or before.thumb,
        hidden=hidden if isinstance(hidden, bool) else before.hidden,
        details={**before.details, **details},
    )
    group = call.albums.groups.update(changed, before=before)
    if asked.password is not UNSET or asked.expires_unix is not UNSET:
        _protect(call, group, asked)
    return schema.Nothing()


def delete_group(call: GroupsCall) -> schema.Nothing:
    """Hide a group and its photos."""
    call.albums.groups.delete(owned(call))
    return schema.Nothing()


def note_upload(call: GroupsCall) -> schema.Nothing:
    """Say that an upload goes on."""
    call.albums.groups.note_upload(owned(call))
    return schema.Nothing()


def list_videos(call: GroupsCall) -> schema.VideoList:
    """There are no videos."""
    none = schema.VideoList()
    if call.owns(visible(call)):
        none.videos = []
    else:
        none.public = []
    return none


def visible(call: GroupsCall) -> Group:
    """The group that the path names, by id or token, if the caller may see it.

    :raises NotFound: there is none for this caller.
    """
    name = call.parameters["group"]
    if is_token(name):
        call.count_guess()
    group = call.albums.groups.find(name)
    return group if call.owns(group) else call.albums.public.find(name)


def owned(call: GroupsCall, *, token_serves: bool = False) -> Group:
    """The group that the path names by its id, if it is the caller's.

    :param token_serves: its token names it too.
    :raises Forbidden: it is somebody else's.
    :raises Refused: a token stands there.
    :raises NotFound: there is none.
    """
    call.required()
    name = call.parameters["group"]
    if is_token(name) and not token_serves:
        raise call.refused(400, "the full Group UUID is required")
    group = call.albums.groups.find(name)
    call.require(group)
    return group


def _between(call: GroupsCall) -> schema.GroupList:
    query = call.query
    begin, end = _moment(call, "from", 0), _moment(call, "to", LATEST_DAY + 1)
    offset = _moment(call, "offset", 0)
    deleted = query.get("includeDeleted", "").lower() in ("1", "true", "yes")
    found = call.albums.groups.between(call.required(), begin, end, deleted=deleted, offset=offset)
    listed = schema.GroupList(_owned(call, found))
    if len(found) == MOST_GROUPS_LISTED:
        url = URL(call.server + call.request.url.path)
        following = {**query, "offset": str(offset + MOST_GROUPS_LISTED)}
        listed.next = str(url.include_query_params(**following))
    return listed


def _moment(call: GroupsCall, name: str, default: int) -> int:
    text = call.query.get(name, "")
    if not text:
        return default
    seconds = whole_number(text)
    if seconds is not None and len(text) <= 12:
        return seconds
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        message = f"expected seconds since 1970, got {show_value(text)}"
        raise InvalidInput(message, path=name) from None


def _thumb_of_photo(call: GroupsCall, group: Group, named: str) -> str:
    """The thumbnail of a photo; empty without one.

    :raises InvalidInput: it is no photo of the group that is shown.
    """
    if not named:
        return ""
    photos = {photo.id: photo for photo in call.albums.groups.photos(group)}
    if named not in photos:
        raise InvalidInput(f"the group has no photo {named!r:.80}", path="ThumbId")
    return call.albums.groups.thumbnail(photos[named])


def _protect(call: GroupsCall, group: Group, asked: schema.GroupChange) -> None:
    expires = group.expires if asked.expires_unix is UNSET else asked.expires_unix
    if expires is not None and not 0 <= expires <= LATEST_DAY:
        raise InvalidInput(f"expected 0 to {LATEST_DAY} seconds since 1970", path="ExpiresUnix")
    if asked.password is UNSET and group.protected:
        raise InvalidInput("give the password too, or an empty one", path="Password")
    call.albums.groups.protect(group, asked.password or "", expires)


def _owned(call: GroupsCall, groups: list[Group]) -> list[schema.Group]:
    summaries = call.albums.groups.summaries(groups)
    return [describe_group(each, owned=True) for each in summaries]


def _shown(call: GroupsCall, group: Group) -> schema.Group:
    if call.owns(group):
        return _owned(call, [group])[0]
    return describe_group(call.albums.public.summary(group))
