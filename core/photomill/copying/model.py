"""What is copied, and where to."""

from collections.abc import Sequence

from attrs import field, frozen, validators


@frozen
class OriginalCopy:
    """The original of a record, to be copied.

    :ivar id: the record's.
    :ivar name: what the copy is called: a file's name; below a storage's folder also a path, ``1/2 beach.jpg``.
    """

    id: str
    name: str = field(validator=validators.min_len(1))


@frozen
class GroupCopies:
    """What is copied into a group, in this order.

    :ivar group: its id.
    """

    group: str
    copies: Sequence[OriginalCopy]
