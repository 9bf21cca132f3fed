"""Photos: list, reserve room for, show, move, copy, delete; by how they look; and their files."""

from msgspec import UNSET
from starlette.responses import Response

from photomill import GroupingConstraints, InvalidInput, NotFound, Photo, show_value
from photomill_http.contract import Call
from photomill_http.files import OpenFileResponse
from photomill_http.groups import schema
from photomill_http.groups.groups import owned, visible
from photomill_http.groups.groups_call import GroupsCall
from photomill_http.groups.translate import describe_photo, describe_public_photo
from photomill_http.numbers import whole_number

_MODES = {"visual": "balanced", "sequence": "sequence", "time": "time", "time+visual": "moments"}
_MOST = 100
_NAMES = {"groups": "TotalGroups", "smallest": "MinPerGroup", "largest": "MaxPerGroup"}


def list_photos(call: GroupsCall) -> schema.PhotoList | schema.PublicPhotoList:
    """List a group's photos."""
    group = visible(call)
    if call.owns(group):
        photos = call.albums.groups.photos(group)
        return schema.PhotoList([describe_photo(each, call.links) for each in photos])
    if group.protected:
        call.count_guess()
    public = call.albums.public.photos(group, call.password)
    return schema.PublicPhotoList([describe_public_photo(each) for each in public])


def add_photos(call: GroupsCall, asked: schema.AddPhotos) -> schema.AddedPhotos:
    """Make room for photos."""
    group = owned(call)
    if asked.add_photos is None:
        raise InvalidInput("expected 1 to 25", path="AddPhotos")
    try:
        reserved = call.albums.uploads.reserve(group, asked.add_photos)
    except InvalidInput as error:
        raise InvalidInput(error.message, path="AddPhotos") from None
    added = [
        schema.AddedPhoto(place.photo, call.links.upload(place.secret), int(place.expires))
        for place in reserved
    ]
    return schema.AddedPhotos(added, UNSET if added else "the owner may have no more photos")


def show_photo(call: GroupsCall) -> schema.Photo | schema.PublicPhoto:
    """Show a photo."""
    photo = call.albums.photos.get(call.parameters["photo"])
    if call.owns(photo) and photo.state != "reserved":
        return describe_photo(photo, call.links)
    if call.albums.groups.get(photo.group).protected:
        call.count_guess()
    return describe_public_photo(call.albums.public.photo(photo.id, call.password))


def update_photo(call: GroupsCall, asked: schema.PhotoChange) -> schema.PhotoId:
    """Move or copy a photo."""
    photo = find_owned_photo(call)
    if isinstance(asked.is_souvenir, bool):
        photo = call.albums.photos.mark_favourite(photo, asked.is_souvenir)
    if not asked.group_id:
        return schema.PhotoId(photo.id)
    group = call.albums.groups.get(asked.group_id)
    put = call.albums.photos.copy if asked.do_copy else call.albums.photos.move
    return schema.PhotoId(put(photo, group).id)


def delete_photo(call: GroupsCall) -> schema.Nothing:
    """Hide a photo."""
    call.albums.photos.delete(find_owned_photo(call))
    return schema.Nothing()


def find_owned_photo(call: GroupsCall) -> Photo:
    """The photo that the path names, if it is the caller's.

    :raises Forbidden: it is somebody else's.
    :raises NotFound: there is none.
    """
    call.required()
    photo = call.albums.photos.get(call.parameters["photo"])
    call.require(photo)
    if photo.state == "reserved":
        raise NotFound(f"no photo {photo.id!r}")
    return photo


# ---------------------------------------------------------------- by how they look


def similar_photos(call: GroupsCall) -> schema.PhotoList:
    """Find the photos most like one."""
    photo = find_owned_photo(call)
    text = call.query.get("limit", "30")
    limit = whole_number(text)
    if limit is None or not 1 <= limit <= _MOST:
        raise InvalidInput(f"expected 1 to {_MOST}, got {show_value(text)}", path="limit")
    found = call.albums.similarity.similar(photo, limit=limit)
    return schema.PhotoList(
        [describe_photo(each.photo, call.links, distance=each.distance) for each in found]
    )


def list_duplicates(call: GroupsCall) -> schema.Duplicates:
    """Find photos that look the same."""
    sets = call.albums.similarity.duplicates(owned(call, token_serves=True))
    return schema.Duplicates([[describe_photo(each, call.links) for each in same] for same in sets])


def split_group(call: GroupsCall, asked: schema.SplitConstraints) -> schema.PhotoGroups:
    """Split a group's photos by similarity."""
    group = owned(call, token_serves=True)
    # An empty text is no mode.
    mode = "visual" if asked.mode in (None, UNSET) else str(asked.mode)
    if mode not in _MODES:
        raise InvalidInput(
            f"expected one of {', '.join(_MODES)}, got {show_value(mode)}", path="Mode"
        )
    split = call.albums.similarity.group_automatically(
        group, _constraints(asked), grouper=_MODES[mode]
    )
    return schema.PhotoGroups(
        groups=[
            schema.PhotoGroup(cover.id, [photo.id for photo in photos])
            for photos, cover in zip(split.groups, split.covers, strict=True)
        ],
        adjusted=list(split.adjusted),
        left_out=[photo.id for photo in split.left_out],
        notes=list(split.notes) or UNSET,
    )


def _constraints(asked: schema.SplitConstraints) -> GroupingConstraints:
    smallest = asked.min_per_group
    try:
        return GroupingConstraints(
            groups=None if asked.total_groups is UNSET else asked.total_groups,
            smallest=1 if smallest is None or smallest is UNSET else smallest,
            largest=None if asked.max_per_group is UNSET else asked.max_per_group,
        )
    except InvalidInput as error:
        raise InvalidInput(error.message, path=_NAMES.get(error.path, error.path)) from None


# ---------------------------------------------------------------- files


def file(call: Call) -> Response:
    """Fetch a photo's file."""
    # Without a key: paths cannot be guessed, and those in public views lead to what the public may see.
    opened = call.engine.albums.files.open("/" + call.parameters["path"])
    headers = {
        "Cache-Control": "private, max-age=86400",
        "ETag": f'"{opened.tag}"',
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
    }
    if headers["ETag"] in call.request.headers.get("if-none-match", ""):
        opened.file.close()
        return Response(status_code=304, headers=headers)
    if opened.size is not None:
        headers["Content-Length"] = str(opened.size)
    return OpenFileResponse(opened.file, headers=headers, media_type=f"image/{opened.format}")
