"""Whether a result is there already, and is that of this edit of this original."""

from enum import StrEnum

from attrs import frozen

from photomill.editing.records import Record
from photomill.editing.targets import Target


class State(StrEnum):
    """What stands under a result's name. ``foreign``: a file that no record speaks of, which is left alone."""

    NEW = "new"
    CURRENT = "current"
    STALE = "stale"
    FOREIGN = "foreign"


@frozen
class Standing:
    """:ivar reason: why it is not current, where something is there."""

    state: State
    reason: str = ""


OTHER_EDIT = "it was made by other operations"
OTHER_ORIGINAL = "the original has changed since"
BROKEN_OFF = "the edit before was broken off"
CHANGED = "it was changed since it was made"
UNKNOWN = "nothing says what it was made of"


def standing(target: Target, name: str, edit: str, stamp: str) -> Standing:
    """Look at what stands under a name.

    :param edit: see ``records.edit_digest``.
    :param stamp: of the original.
    :raises StorageError: nobody knows.
    """
    size = target.size(name)
    if size is None:
        return Standing(State.NEW)
    records = target.records.find(name)
    if not records:
        return Standing(State.FOREIGN, UNKNOWN)
    if size == records[-1].bytes:
        return _compared(records[-1], edit, stamp)
    if any(size == record.bytes for record in records):
        return Standing(State.STALE, BROKEN_OFF)
    return Standing(State.FOREIGN, CHANGED)


def _compared(record: Record, edit: str, stamp: str) -> Standing:
    if record.edit != edit:
        return Standing(State.STALE, OTHER_EDIT)
    if record.stamp != stamp:
        return Standing(State.STALE, OTHER_ORIGINAL)
    return Standing(State.CURRENT)
