"""The engine's words as the Groups API shows them, and its bodies as the engine reads them."""

from collections.abc import Iterable
from typing import Any, TypeVar, get_args

import msgspec
from msgspec import UNSET

from photomill import Brand, GroupSummary, InvalidInput, Owner, Photo, Zip, show_value
from photomill_http.groups import schema
from photomill_http.groups.links import Links

Json = dict[str, Any]
T = TypeVar("T", bound=msgspec.Struct)

_FILES = (
    "medium",
    "original",
    "small",
    "watermark",
    "watermark_small",
    "square",
    "watermark_square",
)
_PUBLIC_FILES = ("small", "watermark", "watermark_small", "watermark_square")
_STEPS: dict[str, Any] = {
    "waiting": "wait",
    "writing": "convert",
    "done": "finished",
    "failed": "error",
}


def read_fields(given: Json, kind: type[T]) -> T:
    """What an object says, as a class has it; what is absent where it is required is None.

    :raises InvalidInput: a field is of the wrong type.
    """
    values = {}
    for field in msgspec.structs.fields(kind):
        name = field.encode_name
        if name in given:
            values[field.name] = _checked(given[name], _types(field.type), name)
        elif field.required:
            values[field.name] = None
    return kind(**values)


def _checked(value: Any, types: frozenset[Any], name: str) -> Any:
    right, wanted = True, ""
    if str in types:
        right, wanted = isinstance(value, str), "a text"
    elif int in types:
        right = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        wanted = "a whole number"
    elif bool in types:
        right, wanted = isinstance(value, bool), "true or false"
    if value is not None and not right:
        raise InvalidInput(f"expected {wanted}, got {show_value(value)}", path=name)
    return value


def _types(kind: Any) -> frozenset[Any]:
    """The types that a field may have, whatever is said of them."""
    if hasattr(kind, "__metadata__"):
        return _types(kind.__origin__)
    return frozenset().union(*map(_types, get_args(kind))) or frozenset({kind})


# ---------------------------------------------------------------- answers


def describe_group(summary: GroupSummary, *, owned: bool = False) -> schema.Group:
    """A group as the contract shows it.

    :param owned: with what only its owner sees.
    """
    group = summary.group
    described = schema.Group(
        owner_id=group.owner,
        group_id=group.id,
        name=group.name,
        token=group.token,
        count=summary.count,
        thumb=summary.thumb,
        brand_id=group.brand,
        when_unix=group.when,
        deleted=group.deleted is not None,
        last_updated_unix=int(group.updated),
        video_count=0,
        hide_from_store=group.hidden,
        uploading_unix=UNSET if group.uploading is None else int(group.uploading),
        pricing_id=group.details.get("PricingId") or UNSET,
    )
    if owned:
        described.password_protected = group.protected
        described.expires_unix = UNSET if group.expires is None else int(group.expires)
    return described


def describe_public_photo(photo: Photo) -> schema.PublicPhoto:
    """Without paths that lead to anything without a watermark, but small images where those are public."""
    return schema.PublicPhoto(**_of_photo(photo, _PUBLIC_FILES))


def describe_photo(photo: Photo, links: Links, *, distance: float | None = None) -> schema.Photo:
    """A photo as its owner sees it."""
    original = photo.files.get("original")
    return schema.Photo(
        **_of_photo(photo, _FILES),
        deleted=photo.deleted is not None,
        last_updated_unix=int(photo.updated),
        is_souvenir=photo.favourite,
        download_link=UNSET if original is None else links.file(original),
        duplicate_of=photo.duplicate_of or UNSET,
        taken_unix=UNSET if photo.captured is None else int(photo.captured),
        distance=UNSET if distance is None else round(distance, 4),
    )


def describe_owner(owner: Owner) -> schema.Owner:
    return schema.Owner(
        owner_id=owner.id,
        created=int(owner.created),
        name=owner.name,
        stripe_sub_status="active",
        primary_brand=owner.primary_brand,
        timezone=owner.timezone,
        collection_id=owner.collection,
        email=owner.email or UNSET,
    )


def describe_brand(brand: Brand, *, public: bool) -> Json:
    """A brand, with whatever its owner tells of it.

    :param public: leave out what the storefront does not show.
    """
    hidden = ("MailChimp", "Stripe")
    details = {
        key: value
        for key, value in brand.details.items()
        if not (public and key.startswith(hidden))
    }
    known = schema.Brand(brand.id, brand.owner, brand.name, brand.slug, int(brand.created))
    return {**details, **msgspec.to_builtins(known)}


def describe_process(wanted: Zip, links: Links) -> schema.Process:
    step = _STEPS[wanted.state]
    process = schema.Process(
        id=wanted.id,
        url=links.process(wanted.id),
        percent=wanted.percent,
        message=wanted.error if step == "error" else _message(wanted),
        step=step,
        starttime=int(wanted.created),
        expire=int(wanted.expires),
        input=schema.ProcessInput("files", f"{len(wanted.entries)} files"),
    )
    if wanted.finished is not None:
        process.endtime = int(wanted.finished)
    if step == "finished":
        process.output = schema.ProcessOutput(
            links.download(wanted.id), wanted.name, "zip", wanted.bytes, wanted.downloads
        )
        process.left_out = list(wanted.left_out) or UNSET
    return process


def _message(wanted: Zip) -> str:
    left_out = f", {len(wanted.left_out)} deleted meanwhile" if wanted.left_out else ""
    packed = len(wanted.entries) - len(wanted.left_out) if wanted.state == "done" else wanted.done
    return f"{packed} of {len(wanted.entries)} files{left_out}"


def _of_photo(photo: Photo, files: Iterable[str]) -> Json:
    """What everybody sees of a photo, with the paths of what there is of it."""
    known: Json = {
        "owner_id": photo.owner,
        "group_id": photo.group,
        "photo_id": photo.id,
        "created": int(photo.created),
        "sort_order": photo.sort_name,
        **{name: photo.files[name] for name in files if name in photo.files},
    }
    if photo.width:
        known |= {
            "ratio": photo.ratio,
            "hue": photo.mean_colour or UNSET,
            "width": photo.width,
            "height": photo.height,
            "megapixels": round(photo.width * photo.height / 1e6, 2),
        }
    return known
