"""What no other service of this API has: photos by how they look."""

from photomill.config.wording import shown
from photomill.errors import InvalidInput
from photomill.grouping.split import Wishes
from photomill_http.answers import Answer
from photomill_http.groups.documents import photo_document
from photomill_http.groups.endpoint import Call
from photomill_http.groups.groups import owned
from photomill_http.groups.photos import owned_photo
from photomill_http.numbers import whole_number

_MODES = {"visual": "balanced", "sequence": "sequence", "time": "time", "time+visual": "moments"}
_MOST = 100
_NAMES = {"groups": "TotalGroups", "smallest": "MinPerGroup", "largest": "MaxPerGroup"}


def similar_photos(call: Call) -> Answer:
    """The owner's photos that look most like one."""
    photo = owned_photo(call)
    text = call.request.query_params.get("limit", "30")
    limit = whole_number(text)
    if limit is None or not 1 <= limit <= _MOST:
        raise InvalidInput(f"expected 1 to {_MOST}, got {shown(text)}", path="limit")
    found = call.albums.likeness.similar(photo, limit=limit)
    return Answer(
        {
            "Photos": [
                {**photo_document(each.photo, call.links), "Distance": round(each.distance, 4)}
                for each in found
            ]
        }
    )


def duplicate_photos(call: Call) -> Answer:
    """Sets of a group's photos that look the same."""
    sets = call.albums.likeness.duplicates(owned(call, token_serves=True))
    return Answer(
        {"Duplicates": [[photo_document(each, call.links) for each in same] for same in sets]}
    )


def group_photos(call: Call) -> Answer:
    """Split a group's photos into smaller groups; nothing is changed."""
    group = owned(call, token_serves=True)
    mode = call.text("Mode", "visual")
    if mode not in _MODES:
        raise InvalidInput(f"expected one of {', '.join(_MODES)}, got {shown(mode)}", path="Mode")
    wishes = _wishes(call)
    split = call.albums.likeness.group_automatically(group, wishes, grouper=_MODES[mode])
    notes = {"Notes": list(split.notes)} if split.notes else {}
    return Answer(
        {
            "Groups": [
                {"Cover": cover.id, "PhotoIds": [photo.id for photo in photos]}
                for photos, cover in zip(split.groups, split.covers, strict=True)
            ],
            "Adjusted": list(split.adjusted),
            "LeftOut": [photo.id for photo in split.left_out],
            **notes,
        }
    )


def _wishes(call: Call) -> Wishes:
    smallest = call.integer("MinPerGroup")
    try:
        return Wishes(
            groups=call.integer("TotalGroups"),
            smallest=1 if smallest is None else smallest,
            largest=call.integer("MaxPerGroup"),
        )
    except InvalidInput as error:
        raise InvalidInput(error.message, path=_NAMES.get(error.path, error.path)) from None
