"""Groups, photos, owners and brands as this API shows them."""

from collections.abc import Iterable
from typing import Any

from photomill.albums.model import Brand, Group, GroupSummary, Owner, Photo, Zip
from photomill_http.groups.links import Links

Json = dict[str, Any]

_FILES = {
    "Medium": "medium",
    "Original": "original",
    "Small": "small",
    "Watermark": "watermark",
    "WatermarkSmall": "watermark_small",
    "Square": "square",
    "WatermarkSquare": "watermark_square",
}
_STEPS = {"waiting": "wait", "writing": "convert", "done": "finished", "failed": "error"}


def group_document(summary: GroupSummary) -> Json:
    group = summary.group
    shown: Json = {
        "OwnerId": group.owner,
        "GroupId": group.id,
        "Name": group.name,
        "Token": group.token,
        "Count": summary.count,
        "Thumb": summary.thumb,
        "BrandId": group.brand,
        "WhenUnix": group.when,
        "Deleted": group.deleted is not None,
        "LastUpdatedUnix": int(group.updated),
        "VideoCount": 0,
        "HideFromStore": group.hidden,
    }
    if group.uploading is not None:
        shown["UploadingUnix"] = int(group.uploading)
    if group.details.get("PricingId"):
        shown["PricingId"] = group.details["PricingId"]
    return shown


def owned_group_document(summary: GroupSummary) -> Json:
    """With what only its owner sees."""
    group: Group = summary.group
    shown = group_document(summary)
    shown["PasswordProtected"] = group.protected
    if group.expires is not None:
        shown["ExpiresUnix"] = int(group.expires)
    return shown


def public_photo_document(photo: Photo) -> Json:
    """Without paths that lead to anything without a watermark, but small pictures where those are public."""
    shown: Json = {
        "OwnerId": photo.owner,
        "GroupId": photo.group,
        "PhotoId": photo.id,
        "Created": int(photo.created),
        **_files(photo, ("Small", "Watermark", "WatermarkSmall", "WatermarkSquare")),
        "SortOrder": photo.sort_name,
        **_looks(photo),
    }
    return shown


def photo_document(photo: Photo, links: Links) -> Json:
    """A photo as its owner sees it."""
    shown: Json = {
        "OwnerId": photo.owner,
        "GroupId": photo.group,
        "PhotoId": photo.id,
        "Created": int(photo.created),
        **_files(photo, _FILES),
        "Deleted": photo.deleted is not None,
        "SortOrder": photo.sort_name,
        **_looks(photo),
        "LastUpdatedUnix": int(photo.updated),
        "IsSouvenir": photo.favourite,
    }
    if "original" in photo.files:
        shown["DownloadLink"] = links.file(photo.files["original"])
    if photo.duplicate_of:
        shown["DuplicateOf"] = photo.duplicate_of
    if photo.captured is not None:
        shown["TakenUnix"] = int(photo.captured)
    return shown


def owner_document(owner: Owner) -> Json:
    return {
        "OwnerId": owner.id,
        "Created": int(owner.created),
        "Name": owner.name,
        **({"Email": owner.email} if owner.email else {}),
        "StripeSubStatus": "active",
        "PrimaryBrand": owner.primary_brand,
        "Timezone": owner.timezone,
        "CollectionId": owner.collection,
    }


def brand_document(brand: Brand, *, public: bool) -> Json:
    """
    :param public: leave out what the storefront does not show.
    """
    hidden = ("MailChimp", "Stripe") if public else ()
    details = {
        key: value for key, value in brand.details.items() if not key.startswith(hidden or ("\0",))
    }
    return {
        **details,
        "BrandId": brand.id,
        "OwnerId": brand.owner,
        "Name": brand.name,
        "VanityUrl": brand.slug,
        "Created": int(brand.created),
    }


def process_document(wanted: Zip, links: Links) -> Json:
    """An archive's progress, as a process of CloudConvert's first API."""
    step = _STEPS[wanted.state]
    shown: Json = {
        "id": wanted.id,
        "url": links.process(wanted.id),
        "percent": wanted.percent,
        "message": wanted.error if step == "error" else _message(wanted),
        "step": step,
        "starttime": int(wanted.created),
        "expire": int(wanted.expires),
        "input": {"type": "files", "filename": f"{len(wanted.entries)} files"},
    }
    if wanted.finished is not None:
        shown["endtime"] = int(wanted.finished)
    if step == "finished":
        shown["output"] = {
            "url": links.download(wanted.id),
            "filename": wanted.name,
            "ext": "zip",
            "size": wanted.bytes,
            "downloads": wanted.downloads,
        }
        if wanted.left_out:
            shown["leftOut"] = list(wanted.left_out)
    return shown


def _message(wanted: Zip) -> str:
    left_out = f", {len(wanted.left_out)} deleted meanwhile" if wanted.left_out else ""
    packed = len(wanted.entries) - len(wanted.left_out) if wanted.state == "done" else wanted.done
    return f"{packed} of {len(wanted.entries)} files{left_out}"


def _files(photo: Photo, names: Iterable[str]) -> Json:
    """The paths of what there is of a photo."""
    return {name: photo.files[_FILES[name]] for name in names if _FILES[name] in photo.files}


def _looks(photo: Photo) -> Json:
    """What is known once a photo was read."""
    if not photo.width:
        return {}
    return {
        "Ratio": photo.ratio,
        **({"Hue": photo.mean_colour} if photo.mean_colour else {}),
        "Width": photo.width,
        "Height": photo.height,
        "Megapixels": round(photo.width * photo.height / 1e6, 2),
    }
