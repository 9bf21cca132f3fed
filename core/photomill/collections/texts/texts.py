"""The texts of one collection: what is read already, and reading what is not."""

from collections.abc import Callable, Sequence

from attrs import define, field, frozen

from photomill.catalog import Catalog
from photomill.collections.backend import Followed
from photomill.collections.image_text import ImageText
from photomill.collections.store.records import RecordTable
from photomill.collections.store.texts import UnreadRecord
from photomill.collections.texts.reading import TextReading
from photomill.collections.touching import touching
from photomill.errors import PhotomillError, PluginUnavailable
from photomill.parallel import Parallel

ReadOriginal = Callable[[str], bytes]


@define
class TextsReport:
    """What reading some records did.

    :ivar read: records whose images were read.
    :ivar with_text: those of them in which something is written.
    :ivar unreadable: (id, why) of records whose originals cannot be had.
    """

    read: int = 0
    with_text: int = 0
    unreadable: list[tuple[str, str]] = field(factory=list)

    def add(self, other: "TextsReport") -> None:
        """Add what reading others did."""
        self.read += other.read
        self.with_text += other.with_text
        self.unreadable += other.unreadable


@frozen(eq=False)
class Texts:
    """Reads what is written in a collection's images. Thread-safe."""

    catalog: Catalog
    table: RecordTable
    store: Followed
    reading: TextReading
    parallel: Parallel

    def unread(self, *, after: int = -1, limit: int = 1000) -> list[UnreadRecord]:
        """Records whose images were not read, in the order of insertion.

        :param after: leave out serials up to this one.
        """
        return self.table.texts.unread(after, limit)

    def count(self) -> int:
        """How many records' images were read."""
        return self.table.texts.count()

    def count_read(self, ids: Sequence[str]) -> tuple[int, int]:
        """How many of some records' images were read, and in how many of these something is written."""
        return self.table.texts.count_read(ids)

    def read(self, ids: Sequence[str], original: ReadOriginal) -> TextsReport:
        """Read the originals of records that were not read, and keep what is written in them; durable when it returns.

        :param original: gives the file of a record; see ``Collection.original``.
        :raises PluginUnavailable: the reader cannot be opened.
        """
        # Before the first original is fetched for nothing.
        self.reading.open_reader()
        report = TextsReport()
        read: dict[str, ImageText] = {}
        for record_id, outcome in self.parallel.run(
            lambda each: self.reading.read(original(each)), ids
        ):
            if isinstance(outcome, PluginUnavailable):
                raise outcome
            if isinstance(outcome, PhotomillError):
                report.unreadable.append((record_id, str(outcome)))
            else:
                read[record_id] = outcome
        kept = self._keep(read)
        report.read = len(kept)
        report.with_text = sum(bool(each.text) for each in kept)
        report.unreadable.sort(key=lambda each: list(ids).index(each[0]))
        return report

    def _keep(self, read: dict[str, ImageText]) -> list[ImageText]:
        if not read:
            return []
        with touching(self.catalog, self.table, self.store) as (connection, touched):
            # Others may have read some, or deleted them.
            left = self.table.texts.still_unread(list(read), connection)
            entered = {serial: read[record_id] for record_id, serial in left.items()}
            self.table.texts.insert(entered, connection)
            touched += entered
        return list(entered.values())
