"""What the group-image API takes and gives."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec import field as named

from photomill import GroupingMode

_Count = Annotated[int, Meta(ge=1)]
_Names = list[str]
_Groups = list[Annotated[_Names, Meta(description="like images, in the order of the input")]]


class CollectionChoice(Struct):
    """Records of a collection, or those that a filter lets through."""

    id: str
    filter: dict[str, Any] | UnsetType = UNSET


class GroupImageInput(Struct, rename="camel"):
    """One of urls, collection and storage."""

    urls: (
        Annotated[
            _Names,
            Meta(min_length=1, max_length=5000, description="one listed twice counts twice"),
        ]
        | UnsetType
    ) = UNSET
    url: Annotated[str, Meta(description="another name for urls with one of them")] | UnsetType = (
        UNSET
    )
    collection: (
        Annotated[str | CollectionChoice, Meta(description="records of a collection; an extension")]
        | UnsetType
    ) = UNSET
    storage: (
        Annotated[str, Meta(description="storage://name/folder/; an extension")] | UnsetType
    ) = UNSET
    recursive: Annotated[bool, Meta(description="of a folder")] = True
    mode: Annotated[GroupingMode, Meta(description="an extension")] = "visual"
    total_groups: (
        Annotated[
            _Count,
            Meta(
                description="required for urls in the mode visual; elsewhere the images decide without it"
            ),
        ]
        | UnsetType
    ) = UNSET
    min_images_per_group: _Count = 1
    max_images_per_group: (
        Annotated[_Count, Meta(description="calculated without it")] | UnsetType
    ) = UNSET


class GroupImageRequest(Struct, rename="camel"):
    """Group images."""

    input: GroupImageInput
    callback_url: Annotated[str, Meta(extra_json_schema={"format": "uri"})] | UnsetType = UNSET


class GroupImageFault(Struct):
    """Why something went wrong."""

    status: int
    title: str
    detail: str


class SkippedImage(Struct):
    """An image that is in no group, and why."""

    url: str
    status: int
    title: str
    detail: str


class GroupingInfo(Struct, rename="camel", omit_defaults=True):
    """What was done with the images.

    :ivar notes: what is otherwise than one might expect; left out where nothing is.
    :ivar adjusted: wishes that could not be kept: totalGroups, minImagesPerGroup.
    :ivar covers: for each group the image that is most like all of it.
    """

    input_images: int
    images_considered: int
    skipped: list[SkippedImage]
    group_sizes: list[_Count] | UnsetType = UNSET
    max_images_per_group: _Count | UnsetType = UNSET
    adjusted: _Names | UnsetType = UNSET
    covers: _Names | UnsetType = UNSET
    notes: _Names | UnsetType = UNSET


class GroupImageOutput(Struct, rename="camel", omit_defaults=True):
    """The groups, and what was done."""

    info: GroupingInfo
    image_groups: _Groups | UnsetType = UNSET


class GroupImageProgress(Struct):
    """How many images were read, of how many."""

    fetched: int
    total: int


class GroupImageAnswer(Struct, rename="camel", omit_defaults=True):
    """A request as it is now; with the groups once it has ended."""

    id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    status: Annotated[str, Meta(extra_json_schema={"enum": ["running", "completed", "failed"]})]
    input: Annotated[dict[str, Any], Meta(description="as it was sent")]
    callback_url: str | UnsetType = UNSET
    progress: GroupImageProgress | UnsetType = UNSET
    output: GroupImageOutput | UnsetType = UNSET
    image_groups: _Groups | UnsetType = UNSET
    error: GroupImageFault | UnsetType = UNSET
    callback_status: (
        Annotated[str, Meta(extra_json_schema={"enum": ["pending", "delivered", "failed"]})]
        | UnsetType
    ) = named(name="callbackStatus", default=UNSET)
