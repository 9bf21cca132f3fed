"""What the administration takes."""

from attrs import field, frozen


@frozen
class NewCollection:
    """Make a collection.

    :ivar service: the API's prefix that it is for, such as ``photos`` or ``colors``; chooses the default embedder.
    :ivar embedder: an instance in ``[embedders]``; the service's, or the configured one, by default.
    :ivar index: an instance in ``[indexes]`` or ``auto``.
    :ivar product_field: the attribute by which results are grouped unless a search says otherwise.
    :ivar max_records: 0 for no limit; the configured one by default.
    """

    name: str
    service: str = ""
    embedder: str = ""
    index: str = ""
    product_field: str = ""
    max_records: int | None = None


@frozen
class NewKey:
    """Make a key.

    :ivar collections: ids of the collections it may reach; all by default.
    """

    name: str
    owner: str = ""
    scopes: list[str] = field(factory=lambda: ["read", "write"])
    collections: list[str] | None = None
