"""Photos: list, reserve room for, show, move, copy, delete."""

from photomill.albums.model import Photo
from photomill.errors import InvalidInput, NotFound
from photomill_http.answers import Answer
from photomill_http.groups.documents import Json, photo_document, public_photo_document
from photomill_http.groups.endpoint import Call
from photomill_http.groups.groups import owned, visible


def list_photos(call: Call) -> Answer:
    """A group's photos: as their owner sees them, or as the public does."""
    group = visible(call)
    if call.visitor.owns(group):
        photos = call.albums.groups.photos(group)
        return Answer({"Photos": [photo_document(each, call.links) for each in photos]})
    if group.protected:
        call.guess()
    shown = call.albums.public.photos(group, call.visitor.password)
    return Answer({"Public": [public_photo_document(each) for each in shown]})


def add_photos(call: Call) -> Answer:
    """Make room for photos, each with an address to send it to."""
    group = owned(call)
    count = call.integer("AddPhotos")
    if count is None:
        raise InvalidInput("expected 1 to 25", path="AddPhotos")
    places = call.albums.uploads.reserve(group, count)
    added: list[Json] = [
        {
            "PhotoId": place.photo,
            "UploadUrl": call.links.upload(place.secret),
            "Expires": int(place.expires),
        }
        for place in places
    ]
    full = {} if added else {"Error": "the owner may have no more photos"}
    return Answer({"AddedPhotos": added, **full})


def show_photo(call: Call) -> Answer:
    """One photo."""
    photo = call.albums.photos.get(call.parameters["photo"])
    if call.visitor.owns(photo) and photo.state != "reserved":
        return Answer(photo_document(photo, call.links))
    if call.albums.groups.get(photo.group).protected:
        call.guess()
    shown = call.albums.public.photo(photo.id, call.visitor.password)
    return Answer(public_photo_document(shown))


def update_photo(call: Call) -> Answer:
    """Move or copy a photo into another group, or note that it is a souvenir."""
    photo = owned_photo(call)
    favourite = call.flag("IsSouvenir")
    if favourite is not None:
        photo = call.albums.photos.mark_favourite(photo, favourite)
    target = call.text("GroupId")
    if not target:
        return Answer({"PhotoId": photo.id})
    group = call.albums.groups.get(target)
    put = call.albums.photos.copy if call.flag("DoCopy") else call.albums.photos.move
    return Answer({"PhotoId": put(photo, group).id})


def delete_photo(call: Call) -> Answer:
    """Hide a photo; it is removed some time later."""
    call.albums.photos.delete(owned_photo(call))
    return Answer({})


def owned_photo(call: Call) -> Photo:
    """The photo that the path names, if it is the caller's.

    :raises Rejected: it is somebody else's.
    :raises NotFound: there is none.
    """
    call.visitor.required()
    photo = call.albums.photos.get(call.parameters["photo"])
    call.visitor.require(photo)
    if photo.state == "reserved":
        raise NotFound(f"no photo {photo.id!r}")
    return photo
