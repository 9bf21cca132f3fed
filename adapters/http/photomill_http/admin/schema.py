"""What the administration takes and gives."""

from attrs import field, frozen
from msgspec import UNSET, Struct, UnsetType


@frozen
class NewCollection:
    """Make a collection.

    :ivar service: the API's prefix that it is for, such as ``photos`` or ``colors``; chooses the default embedder.
    :ivar embedder: an instance in ``[embedders]``; the service's, or the configured one, by default.
    :ivar index: an instance in ``[indexes]`` or ``auto``.
    :ivar product_field: the attribute by which results are grouped unless a search says otherwise.
    :ivar max_records: 0 for no limit; the configured one by default.
    :ivar thumbnails: whether thumbnails are made of what is inserted; as configured by default.
    :ivar texts: whether the text in images that are inserted is read.
    """

    name: str
    service: str = ""
    embedder: str = ""
    index: str = ""
    product_field: str = ""
    max_records: int | None = None
    thumbnails: bool | None = None
    texts: bool = False


@frozen
class NewKey:
    """Make a key.

    :ivar collections: ids of the collections it may reach; all by default.
    """

    name: str
    owner: str = ""
    scopes: list[str] = field(factory=lambda: ["read", "write"])
    collections: list[str] | None = None


class IndexState(Struct):
    """How a collection is searched.

    :ivar index: that is in use.
    :ivar indexed: rows in it.
    :ivar pending: rows scanned until the index holds them.
    :ivar deleted: rows masked out until the next rebuild.
    """

    index: str
    indexed: int
    pending: int
    deleted: int


class CollectionAnswer(Struct, omit_defaults=True):
    """A collection; its records are counted where one is asked for."""

    id: str
    name: str
    embedder: str
    dimension: int
    index: str
    product_field: str
    max_records: int
    created: float
    thumbnails: bool
    texts: bool
    records: int | UnsetType = UNSET
    state: IndexState | UnsetType = UNSET


class CollectionsAnswer(Struct):
    """Every collection."""

    collections: list[CollectionAnswer]


class KeyAnswer(Struct, omit_defaults=True):
    """A key.

    :ivar collections: ids of those that it is restricted to; null for all.
    :ivar hint: the beginning of the key.
    :ivar key: shown once, when it is made.
    """

    id: str
    name: str
    owner: str
    scopes: list[str]
    collections: list[str] | None
    created: float
    revoked: float | None
    hint: str
    key: str | UnsetType = UNSET


class KeysAnswer(Struct):
    """Every key."""

    keys: list[KeyAnswer]


class Removed(Struct):
    """How many records were removed."""

    removed: int


class Deleted(Struct):
    """The id of the collection that is gone."""

    deleted: str


class Revoked(Struct):
    """The id of the key that is revoked."""

    revoked: str
