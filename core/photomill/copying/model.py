"""What is copied, and where to."""

from collections.abc import Sequence
from typing import Any

from attrs import field, frozen

from photomill.errors import InvalidInput


def _check_name(instance: Any, attribute: Any, name: str) -> None:
    """Refuse what leads out of the folder, what is another way to write the same place, and what is no Unicode text."""
    if not {"", ".", ".."}.isdisjoint(name.split("/")):
        raise InvalidInput("expected a name without empty parts, '.' and '..'", path="name")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("expected Unicode text", path="name") from error


@frozen
class OriginalCopy:
    """The original of a record, to be copied.

    :ivar id: the record's.
    :ivar name: what the copy is called: a file's name; below a storage's folder also a path, ``1/2 beach.jpg``. Raises
        ``InvalidInput`` where a part of it is empty, ``.`` or ``..``, or it is no Unicode text.
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
