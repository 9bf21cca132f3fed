"""What is copied, and where to."""

from collections.abc import Sequence
from typing import Any

from attrs import field, frozen

from photomill.components import check_key
from photomill.errors import InvalidInput, SourceForbidden


def _check_name(instance: Any, attribute: Any, name: str) -> None:
    try:
        check_key(name)
    except SourceForbidden as error:
        raise InvalidInput(str(error), path="name") from error


@frozen
class OriginalCopy:
    """The original of a record, to be copied.

    :ivar id: the record's.
    :ivar name: what the copy is called: a file's name; below a storage's folder also a path, ``1/2 beach.jpg``. Raises
        ``InvalidInput`` where a part of it is empty, ``.`` or ``..``, or it cannot be the key of an object.
    """

    id: str
    name: str = field(validator=_check_name)


@frozen
class GroupCopies:
    """What is copied into a group, in this order.

    :ivar group: its id.
    """

    group: str
    copies: Sequence[OriginalCopy]
