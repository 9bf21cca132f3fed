"""The backend of collections whose rows are in this process's memory."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import msgspec
import numpy as np

from photomill.collections.backend import Backend
from photomill.collections.contents import View
from photomill.collections.indexing import Indexing
from photomill.collections.listing import Listing, listing
from photomill.collections.model import (
    Aggregate,
    CollectionStatistics,
    Query,
    SearchOptions,
    SearchResult,
)
from photomill.collections.moment import Moment
from photomill.collections.ranking import Mask
from photomill.collections.resolving import stored_vectors
from photomill.collections.rows import RowStore
from photomill.collections.searching import Search
from photomill.collections.store.records import RecordTable
from photomill.components import Predicate
from photomill.components.embedder import Vectors
from photomill.components.index import Rows


class Resident(Backend):
    """Looks at rows in memory, with an index that numbers them."""

    in_memory = True

    def __init__(
        self,
        table: RecordTable,
        store: RowStore | Moment,
        indexing: Indexing,
        search: Search,
    ) -> None:
        self.table = table
        self.scale = search.scale
        self._store = store
        self._indexing = indexing
        self._search = search

    @contextmanager
    def pinned(self) -> Iterator[Backend]:
        if isinstance(self._store, Moment):
            yield self
            return
        with closing(Moment(self._store, self.table)) as moment:
            yield Resident(moment.table, moment, self._indexing, self._search)

    def predicate(self, filter: Any) -> Predicate | None:
        return self._search.predicate(filter)

    def view(self, what: str) -> View:
        return self._store.view()

    def mask(self, view: View, filter: Any) -> Mask | None:
        return self._search.mask(view, filter)

    def has(self, record_id: str) -> bool:
        return self._store.view().row_of(record_id) is not None

    def vectors(self, ids: Sequence[str]) -> tuple[list[str], Vectors]:
        return stored_vectors(self._store.view(), ids)

    def count(self, filter: Any) -> int:
        view = self._store.view()
        return len(self._rows(view, filter)) if filter else view.live

    def inserted_after(self, number: int) -> tuple[int, int]:
        view = self._store.view()
        first = int(np.searchsorted(view.serials, number, side="right"))
        fresh = view.serials[first:][view.alive[first:]]
        return len(fresh), int(fresh[-1]) if len(fresh) else number

    def ids(self, filter: Any, offset: int, limit: int | None) -> list[str]:
        view = self._store.view()
        rows = self._rows(view, filter)
        page = rows[offset:] if limit is None else rows[offset : offset + limit]
        return view.ids_of(page.tolist())

    def sample(self, count: int, filter: Any, seed: int | None) -> list[str]:
        view = self._store.view()
        rows = self._rows(view, filter).tolist()
        return view.ids_of(random.Random(seed).sample(rows, min(count, len(rows))))

    def listing(self, filter: Any, order: str, *, descending: bool) -> Listing:
        view = self._store.view()
        rows = self._rows(view, filter)
        return listing(view, rows, self.table, order, descending=descending)

    def listed(self, ids: Sequence[str]) -> Listing:
        view = self._store.view()
        rows = [row for each in ids if (row := view.row_of(each)) is not None]
        return listing(view, np.array(rows, np.int64), self.table, "", descending=False)

    def facet(self, field: str, filter: Any) -> list[tuple[Any, int]]:
        counts: Counter[bytes] = Counter()
        view = self._store.view()
        rows = self._rows(view, filter).tolist()
        for values in view.columns.values(field, rows):
            counts.update({msgspec.json.encode(value) for value in values})
        return commonest_first(counts)

    def resolve(self, queries: Sequence[Query]) -> Vectors:
        return self._search.resolve(self._store.view, queries)

    def search(
        self, queries: Sequence[Query], options: SearchOptions, aggregate: Aggregate
    ) -> SearchResult:
        return self._search(self._store.view, queries, options, aggregate)

    def statistics(self) -> CollectionStatistics:
        view = self._store.view()
        name, indexed = self._indexing.described
        return CollectionStatistics(
            records=view.live,
            index=name,
            indexed=indexed,
            pending=max(0, view.size - indexed),
            deleted=view.size - view.live,
        )

    def settle(self) -> None:
        self._store.view()
        self._indexing.settle()

    def _rows(self, view: View, filter: Any) -> Rows:
        mask = self._search.mask(view, filter)
        return view.live_rows() if mask is None else np.flatnonzero(view.alive & mask)


def commonest_first(counts: Counter[bytes]) -> list[tuple[Any, int]]:
    """Values with their counts, from the values as JSON; of equal counts in the order of that."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(msgspec.json.decode(value), count) for value, count in ordered]
