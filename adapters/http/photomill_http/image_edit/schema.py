"""What the image edit API takes and gives."""

from typing import Annotated, Any

import msgspec
from attrs import field, frozen
from msgspec import UNSET, Meta, Struct, UnsetType

from photomill import ImageFacts
from photomill_http.image_edit.document import (
    DestinationUri,
    OperationsOptions,
    OutputOptions,
    Uri,
)
from photomill_http.image_edit.wording import Items, Length


@frozen
class ImageEditRequest:
    """Edit one image.

    :ivar input: where the image is: http, https or storage.
    :ivar operations: what is done with it.
    :ivar output: the file that is wanted, or just where it goes.
    """

    input: Uri
    operations: OperationsOptions
    output: OutputOptions | DestinationUri | None = None


@frozen
class UploadedEditRequest:
    """Edit the image that is sent along."""

    operations: OperationsOptions = field(factory=OperationsOptions)
    output: OutputOptions | DestinationUri | None = None


@frozen
class BatchInput:
    """A folder of images.

    :ivar source: a URI that ends in ``/``.
    :ivar recursive: with the folders below.
    """

    source: Uri
    recursive: bool = False


@frozen
class BatchEditRequest:
    """Edit many images.

    :ivar input: a folder, an image, or a list of both.
    """

    input: BatchInput | Uri | Annotated[tuple[Uri, ...], Items(1)]
    operations: OperationsOptions
    output: OutputOptions | DestinationUri | None = None

    def sources(self) -> tuple[list[str], bool]:
        """The URIs, and whether folders below are wanted too."""
        if isinstance(self.input, BatchInput):
            return [self.input.source], self.input.recursive
        return [self.input] if isinstance(self.input, str) else list(self.input), False


Named = Annotated[str, Length(1, 50)]
_Present = Annotated[str, Length(1)]


@frozen
class StorageCredentials:
    access_key: _Present
    secret_access_key: _Present


@frozen
class BucketStorage:
    """A bucket.

    :ivar path: a folder in the bucket, put before every key.
    :ivar endpoint: the service's address, where it is not the type's own.
    """

    bucket: _Present
    credentials: StorageCredentials
    path: str = ""
    endpoint: str = ""
    region: str = ""


@frozen
class WebFolderStorage:
    """:ivar base_url: what stands before every key."""

    base_url: Uri


@frozen
class LocalStorage:
    """:ivar path: a folder of the server, where its configuration allows that."""

    path: _Present


@frozen
class CredentialsChange:
    access_key: _Present | None = None
    secret_access_key: _Present | None = None


@frozen
class BucketChange:
    """What is not given stays."""

    bucket: _Present | None = None
    credentials: CredentialsChange | None = None
    path: str | None = None
    endpoint: str | None = None
    region: str | None = None


@frozen
class WebFolderChange:
    base_url: Uri | None = None


@frozen
class LocalChange:
    path: _Present | None = None


@frozen
class NewStorage:
    """Register a storage.

    :ivar type: one of those that ``storage-types`` lists.
    :ivar parameters: as the type has them.
    """

    name: Named
    type: str
    parameters: dict[str, Any]


@frozen
class StorageChange:
    """Change a storage; what is not given stays."""

    name: Named | None = None
    type: str | None = None
    parameters: dict[str, Any] | None = None


# ---------------------------------------------------------------- answers


_Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
_Profiling = Annotated[
    dict[str, Any],
    Meta(description="which engine did what in how many seconds, and what was done otherwise"),
]
_Status = Annotated[
    str,
    Meta(
        extra_json_schema={
            "enum": ["ACCEPTED", "WAITING", "PROCESSING", "DONE", "ERROR", "CANCELLED", "PAUSED"]
        }
    ),
]


class Fault(Struct, omit_defaults=True):
    """What went wrong."""

    error_code: str
    error_type: str
    error_message: str
    error_details: dict[str, Any]
    detail: dict[str, Any] | UnsetType = UNSET


class Image(Struct):
    """An image; ``ext`` and ``mime`` follow what the file is, not what it is called."""

    ext: str
    mps: Annotated[float, Meta(description="megapixels")]
    mime: str
    format: str
    width: int
    height: int

    @classmethod
    def of(cls, facts: ImageFacts) -> "Image":
        return cls(
            ext=facts.format,
            mps=facts.megapixels,
            mime=media_type(facts.format),
            format=facts.format.upper(),
            width=facts.width,
            height=facts.height,
        )


class StoredImage(Image, omit_defaults=True):
    """A result, and where it lies."""

    tmp_url: (
        Annotated[str, Meta(description="of a result without a destination; good for a day")]
        | UnsetType
    ) = UNSET
    object_key: str | UnsetType = UNSET
    object_bucket: str | UnsetType = UNSET
    object_uri: str | UnsetType = UNSET
    claid_storage_uri: str | UnsetType = UNSET


class Edited(Struct):
    """An image before and after."""

    input: Image
    output: StoredImage
    profiling: _Profiling


class TaskError(Struct, omit_defaults=True, kw_only=True):
    """Why an image, or a whole task, failed."""

    error: str
    input: str | UnsetType = UNSET
    input_object: Image | UnsetType = UNSET
    created_at: _Moment


class ImageResult(Struct, omit_defaults=True):
    """An image of a task, once it is done."""

    input: str | UnsetType = UNSET
    input_object: Image | UnsetType = UNSET
    output_object: StoredImage | UnsetType = UNSET
    profiling: _Profiling | UnsetType = UNSET


class Progress(Struct, omit_defaults=True, kw_only=True):
    """Images; how many there are is known once the last folder was listed."""

    total: int | UnsetType = UNSET
    done: int
    failed: int
    skipped: int


class _Task(Struct, omit_defaults=True):
    id: int
    status: _Status
    result_url: str
    created_at: _Moment
    request: Annotated[dict[str, Any], Meta(description="as it was sent")]
    progress: Progress | UnsetType = UNSET
    finished_at: _Moment | UnsetType = UNSET


class SingleTask(_Task, omit_defaults=True):
    """An edit of one image in the background."""

    errors: list[TaskError] | UnsetType = UNSET
    result: ImageResult | UnsetType = UNSET


class BatchTask(_Task, omit_defaults=True):
    """An edit of many images in the background."""

    next: Annotated[int, Meta(description="`after` of the next page")] | UnsetType = UNSET
    errors: list[TaskError] | UnsetType = UNSET
    results: list[ImageResult] | UnsetType = UNSET


class Storage(Struct):
    """A registered storage, without its secret."""

    id: int
    name: str
    type: str
    parameters: dict[str, Any]
    created_at: _Moment


class EngineCapability(Struct):
    """An engine of an operation.

    :ivar reason: why it cannot be used.
    """

    operation: str
    engine: str
    rank: int
    available: bool
    reason: str | UnsetType = UNSET
    missed: bool = False
    instance: str | UnsetType = UNSET


def media_type(format: str) -> str:
    return f"image/{format}"


def stored_as(image: Image, **place: Any) -> StoredImage:
    """A result, with where it lies."""
    return StoredImage(**msgspec.structs.asdict(image), **place)
