"""A collection as of one moment."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy.engine import Connection

from photomill.collections.contents import View
from photomill.collections.rows import RowStore
from photomill.collections.store.records import RecordTable


class Moment:
    """Rows and attributes that belong together, whatever is written meanwhile.

    The moment is when somebody first looks; until then it holds nothing. For one thread.

    :ivar table: the records as of then.
    """

    def __init__(self, store: RowStore, table: RecordTable) -> None:
        self.table = table.reading(self._reading)
        self._store = store
        self._stack = ExitStack()
        self._pinned: tuple[View, Connection] | None = None

    def view(self) -> View:
        """The rows, with columns of their attributes.

        :raises NotFound: the collection is gone.
        """
        return self._pin()[0]

    def close(self) -> None:
        """Give back the connection."""
        self._stack.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        yield self._pin()[1]

    def _pin(self) -> tuple[View, Connection]:
        if self._pinned is None:
            view, connection = self._store.pin(self._stack)
            self._pinned = view.reading(self._attributes), connection
        return self._pinned

    def _attributes(
        self, serials: Sequence[int] | None
    ) -> Iterable[tuple[int, str, dict[str, Any]]]:
        # Most searches look at none: what reads them is made by those that do.
        return self.table.descriptions.attributes(serials)
