"""What requests may say."""

from typing import Annotated, Any

from attrs import field, frozen

from photomill_http.image_edit.document import (
    DestinationUri,
    OperationsOptions,
    OutputOptions,
    Uri,
)
from photomill_http.image_edit.wording import Items, Length


@frozen
class ImageEditRequest:
    """Edit one picture.

    :ivar input: where the picture is: http, https or storage.
    :ivar operations: what is done with it.
    :ivar output: the file that is wanted, or just where it goes.
    """

    input: Uri
    operations: OperationsOptions
    output: OutputOptions | DestinationUri | None = None


@frozen
class UploadedEditRequest:
    """Edit the picture that is sent along."""

    operations: OperationsOptions = field(factory=OperationsOptions)
    output: OutputOptions | DestinationUri | None = None


@frozen
class BatchInput:
    """A folder of pictures.

    :ivar source: a URI that ends in ``/``.
    :ivar recursive: with the folders below.
    """

    source: Uri
    recursive: bool = False


@frozen
class BatchEditRequest:
    """Edit many pictures.

    :ivar input: a folder, a picture, or a list of both.
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
