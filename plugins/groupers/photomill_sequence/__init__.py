"""Groups that follow one another, as the pages of a book do."""

from photomill.plugin import Grouper, hookimpl
from photomill_sequence.grouper import Sequence, SequenceOptions

__all__ = ["Sequence", "SequenceOptions"]


@hookimpl
def register_groupers() -> list[type[Grouper]]:
    return [Sequence]
