"""What the Groups API takes and gives. Fields are written in Pascal case."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

_Moment = Annotated[int, Meta(description="seconds since 1970")]
_Count = Annotated[int, Meta(ge=0)]
_Path = Annotated[str, Meta(description="behind /v1/File")]
_Name = Annotated[str, Meta(max_length=255)]
_Positive = Annotated[int, Meta(ge=1)]


class Fault(Struct, rename="pascal"):
    """What went wrong."""

    error: str


class Nothing(Struct):
    """It is done, and there is nothing to say."""


# ---------------------------------------------------------------- groups


class Group(Struct, rename="pascal", omit_defaults=True):
    """A group of photos; its owner sees a little more."""

    owner_id: str
    group_id: str
    name: str
    token: str
    count: _Count
    thumb: _Path
    brand_id: str
    when_unix: _Moment
    deleted: bool
    last_updated_unix: _Moment
    video_count: _Count
    hide_from_store: bool
    uploading_unix: _Moment | UnsetType = UNSET
    pricing_id: str | UnsetType = UNSET
    password_protected: bool | UnsetType = UNSET
    expires_unix: _Moment | UnsetType = UNSET


class GroupList(Struct, rename="pascal", omit_defaults=True):
    """Groups; with the address of the next page, if there is one."""

    groups: list[Group]
    next: str | UnsetType = UNSET


class NewGroup(Struct, rename="pascal"):
    """Make a group."""

    brand_id: str | UnsetType | None = UNSET
    when_unix: _Moment | UnsetType | None = UNSET
    name: _Name | UnsetType | None = UNSET
    hide_from_store: bool | UnsetType | None = UNSET


class GroupChange(Struct, rename="pascal"):
    """Change what is given; an empty text changes nothing, null clears the name."""

    deleted: Annotated[bool, Meta(description="false restores")] | UnsetType | None = UNSET
    name: _Name | UnsetType | None = UNSET
    brand_id: str | UnsetType | None = UNSET
    thumb: _Path | UnsetType | None = UNSET
    thumb_id: (
        Annotated[str, Meta(description="a photo whose thumbnail is taken, without Thumb")]
        | UnsetType
        | None
    ) = UNSET
    hide_from_store: bool | UnsetType | None = UNSET
    pricing_id: str | UnsetType | None = UNSET
    expires_unix: _Moment | UnsetType | None = UNSET
    password: (
        Annotated[str, Meta(description="of the public view; empty for none")] | UnsetType | None
    ) = UNSET


class VideoList(Struct, rename="pascal", omit_defaults=True):
    """There are none."""

    videos: list[Any] | UnsetType = UNSET
    public: list[Any] | UnsetType = UNSET


# ---------------------------------------------------------------- photos


class PublicPhoto(Struct, rename="pascal", omit_defaults=True, kw_only=True):
    """A photo as the public sees it."""

    owner_id: str
    group_id: str
    photo_id: str
    created: _Moment
    small: _Path | UnsetType = UNSET
    watermark: _Path | UnsetType = UNSET
    watermark_small: _Path | UnsetType = UNSET
    watermark_square: _Path | UnsetType = UNSET
    sort_order: str
    ratio: float | UnsetType = UNSET
    hue: str | UnsetType = UNSET
    width: _Count | UnsetType = UNSET
    height: _Count | UnsetType = UNSET
    megapixels: float | UnsetType = UNSET


class Photo(Struct, rename="pascal", omit_defaults=True, kw_only=True):
    """A photo as its owner sees it."""

    owner_id: str
    group_id: str
    photo_id: str
    created: _Moment
    medium: _Path | UnsetType = UNSET
    original: _Path | UnsetType = UNSET
    small: _Path | UnsetType = UNSET
    watermark: _Path | UnsetType = UNSET
    watermark_small: _Path | UnsetType = UNSET
    square: _Path | UnsetType = UNSET
    watermark_square: _Path | UnsetType = UNSET
    deleted: bool
    sort_order: str
    ratio: float | UnsetType = UNSET
    hue: str | UnsetType = UNSET
    width: _Count | UnsetType = UNSET
    height: _Count | UnsetType = UNSET
    megapixels: float | UnsetType = UNSET
    last_updated_unix: _Moment
    is_souvenir: bool
    download_link: str | UnsetType = UNSET
    duplicate_of: str | UnsetType = UNSET
    taken_unix: _Moment | UnsetType = UNSET
    distance: float | UnsetType = UNSET


class PhotoList(Struct, rename="pascal"):
    """An owner's photos."""

    photos: list[Photo]


class PublicPhotoList(Struct, rename="pascal"):
    """Photos as the public sees them."""

    public: list[PublicPhoto]


class AddPhotos(Struct, rename="pascal"):
    """Make room for photos."""

    add_photos: Annotated[int, Meta(ge=1, le=25)]


class AddedPhoto(Struct, rename="pascal"):
    """Where a photo is to be sent."""

    photo_id: str
    upload_url: str
    expires: _Moment


class AddedPhotos(Struct, rename="pascal", omit_defaults=True):
    """The photos that there is room for."""

    added_photos: list[AddedPhoto]
    error: str | UnsetType = UNSET


class PhotoId(Struct, rename="pascal", omit_defaults=True):
    """A photo, and the one that it looks just like."""

    photo_id: str
    duplicate_of: str | UnsetType = UNSET


class PhotoChange(Struct, rename="pascal"):
    """Move or copy a photo, or note that it is a souvenir."""

    is_souvenir: bool | UnsetType | None = UNSET
    group_id: str | UnsetType | None = UNSET
    do_copy: bool | UnsetType | None = UNSET


class Duplicates(Struct, rename="pascal"):
    """Sets of photos that look the same."""

    duplicates: list[list[Photo]]


class SplitConstraints(Struct, rename="pascal"):
    """How a group's photos are to be split."""

    mode: (
        Annotated[
            str, Meta(extra_json_schema={"enum": ["visual", "sequence", "time", "time+visual"]})
        ]
        | UnsetType
        | None
    ) = UNSET
    min_per_group: _Positive | UnsetType | None = UNSET
    total_groups: _Positive | UnsetType | None = UNSET
    max_per_group: _Positive | UnsetType | None = UNSET


class PhotoGroup(Struct, rename="pascal"):
    """Photos that belong together, and the one that is most like all of them."""

    cover: str
    photo_ids: list[str]


class PhotoGroups(Struct, rename="pascal", omit_defaults=True):
    """A group's photos in smaller groups."""

    groups: list[PhotoGroup]
    adjusted: list[str]
    left_out: list[str]
    notes: list[str] | UnsetType = UNSET


# ---------------------------------------------------------------- archives


class ZipPhoto(Struct, rename="pascal"):
    """A file of an archive."""

    file: _Path
    file_name: str | UnsetType | None = UNSET


class ZipOrder(Struct, rename="pascal"):
    """Have photos packed."""

    photos: list[ZipPhoto]
    name: str | UnsetType | None = UNSET


class ZipStatus(Struct, rename="pascal"):
    """Where to ask how far it is."""

    status: str


class ProcessInput(Struct):
    """What is packed."""

    type: str
    filename: str


class ProcessOutput(Struct):
    """The archive."""

    url: str
    filename: str
    ext: str
    size: _Count
    downloads: _Count


class Process(Struct, rename="camel", omit_defaults=True):
    """An archive's progress, as a process of CloudConvert's first API."""

    id: str
    url: str
    percent: float
    message: str
    step: Literal["input", "wait", "convert", "output", "error", "finished"]
    starttime: _Moment
    expire: _Moment
    input: ProcessInput
    endtime: _Moment | UnsetType = UNSET
    output: ProcessOutput | UnsetType = UNSET
    left_out: list[str] | UnsetType = UNSET


class NoProcess(Struct):
    """There is none, or not any more."""

    error: str
    code: int


# ---------------------------------------------------------------- owners


class Owner(Struct, rename="pascal", omit_defaults=True, kw_only=True):
    """Whose key it is."""

    owner_id: str
    created: _Moment
    name: str
    email: str | UnsetType = UNSET
    stripe_sub_status: str
    primary_brand: str
    timezone: str
    collection_id: str


class OwnerChange(Struct, rename="pascal"):
    """Change what is given."""

    primary_brand: str | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    timezone: str | UnsetType | None = UNSET


class Brand(Struct, rename="pascal"):
    """A brand, and whatever else is told of it."""

    brand_id: str
    owner_id: str
    name: str
    vanity_url: str
    created: _Moment


class BrandList(Struct, rename="pascal"):
    """An owner's brands."""

    brands: list[Brand]


class NewBrand(Struct, rename="pascal"):
    """Make a brand; further fields are kept."""

    name: str
    vanity_url: str


class BrandChange(Struct, rename="pascal"):
    """Change what is given; an empty text deletes."""

    name: str | UnsetType | None = UNSET
    vanity_url: str | UnsetType | None = UNSET
