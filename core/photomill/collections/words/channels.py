"""The channels that hold what is said of records in words.

A further one is a line in :data:`CHANNELS`, and what :func:`said_in` reads for it.
"""

from collections.abc import Callable, Mapping

from attrs import frozen

from photomill.collections.store.descriptions import DescribedRows
from photomill.collections.words.occurrences import (
    OccurrenceLog,
    of_tags,
    of_words,
    of_words_and_numbers,
    words_in,
    written_in,
)


@frozen
class Channel:
    """One of them.

    :ivar name: as ``statistics.channels`` tells it.
    :ivar strength: how well a record answers that has a term there, 0 to 1.
    :ivar whole: whether a text there is one name, which a term must be; else each word of the texts counts.
    :ivar numbers: whether words count that begin with a digit.
    """

    name: str
    strength: float
    whole: bool = False
    numbers: bool = False

    @property
    def new_log(self) -> Callable[[], OccurrenceLog]:
        if self.whole:
            return of_tags
        return of_words_and_numbers if self.numbers else of_words


CHANNELS = (
    Channel("attributes", 0.8),
    Channel("people", 1.0),
    Channel("tags", 1.0, whole=True),
    Channel("text", 0.9, numbers=True),
)
"""In the order in which an answer names them."""


def said_in(rows: DescribedRows) -> Mapping[str, list[str]]:
    """What some records say, for each channel: its words or names, with an end behind each record.

    See :func:`photomill.collections.words.occurrences.words_in` for further texts.
    """
    tags, words = written_in(rows.decoded())
    read = [word for text in rows.texts for word in words_in([text or ""])]
    people = [word for names in rows.people for word in words_in(names)]
    return {"attributes": words, "people": people, "tags": tags, "text": read}
