"""The backend of collections whose vectors an external index holds."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from attrs import evolve

from photomill.collections.backend import Backend
from photomill.collections.contents import View
from photomill.collections.external.copying import copied
from photomill.collections.external.filters import Filter
from photomill.collections.external.following import not_in_memory
from photomill.collections.external.moment import Moment, Pinned, Source
from photomill.collections.external.searching import check_depth, search
from photomill.collections.ingest import Ingest
from photomill.collections.listing import Listing, listing
from photomill.collections.model import (
    Aggregate,
    CollectionStatistics,
    Query,
    RankBy,
    SearchOptions,
    SearchResult,
)
from photomill.collections.ranking import Mask
from photomill.collections.resident import commonest_first
from photomill.collections.resolving import resolved
from photomill.collections.searching import asks_words, check_options
from photomill.collections.store.records import Position, RecordTable
from photomill.collections.target import Target
from photomill.columns.paths import split_path, values_at
from photomill.components import FilterLanguage, Predicate
from photomill.components.embedder import Vectors
from photomill.errors import Unsupported
from photomill.portions import portions

_LISTED = 200_000
"""Records that are listed in an order at most."""


class External(Backend):
    """Asks an index for candidates, looks through what it has not applied, and ranks both as in memory."""

    in_memory = False

    def __init__(
        self,
        source: Source,
        ingest: Ingest,
        language: FilterLanguage,
        scale: float,
        moment: Moment | None = None,
    ) -> None:
        """
        :param moment: what is looked at; None for a new one with each call.
        """
        self.table: RecordTable = source.table if moment is None else moment.table
        self.scale = scale
        self._source = source
        self._ingest = ingest
        self._language = language
        self._moment = moment

    @contextmanager
    def pinned(self) -> Iterator[Backend]:
        if self._moment is not None:
            yield self
            return
        with closing(Moment(self._source)) as moment:
            yield External(self._source, self._ingest, self._language, self.scale, moment)

    def predicate(self, filter: Any) -> Predicate | None:
        return None if filter is None or filter == {} else self._language.compile(filter)

    def view(self, what: str) -> View:
        raise not_in_memory(self._source.index, what)

    def mask(self, view: View, filter: Any) -> Mask | None:
        raise not_in_memory(self._source.index, "a filter over everything")

    def position(self) -> Position:
        """How far the collection has come."""
        with self._looking() as pinned:
            return pinned.position

    def ids_of(self, serials: Sequence[int]) -> dict[int, str]:
        """The ids of records by their serials; those that are not there are left out."""
        with self._looking() as pinned:
            return self._source.changes.ids_of(serials, pinned.connection)

    def copied(self, filter: Any, last: int, folder: Path) -> View:
        """The records that a filter lets through, up to a serial, with their vectors in a file without a name.

        :raises StorageFull: there is no room for it.
        """
        with self._looking() as pinned:
            return copied(pinned, self._filter(filter), last, folder)

    def serials(self, after: int, last: int, most: int) -> list[int]:
        """The first serials of records behind one and up to another, ascending."""
        with self._source.catalog.read() as connection:
            return self._source.changes.serials(after, last, most, connection)

    def neighbours(
        self, serials: Sequence[int], filter: Any, radius: float, most: int
    ) -> Iterator[tuple[int, list[tuple[int, float]]]]:
        """Each of these records that a filter lets through, with those that a search finds within the radius.

        :param radius: in users' distance.
        :param most: neighbours of a record, the nearest.
        """
        wanted = self._filter(filter)
        options = SearchOptions(limit=most + 1)
        with self._looking() as pinned:
            vectors = pinned.vectors(self._let_through(serials, wanted, pinned))
            for serial, vector in vectors.items():
                target = Target(vector[np.newaxis], self.scale)
                hits = search(pinned, target, wanted, options).hits
                near = {hit.id: hit.distance for hit in hits if hit.distance <= radius}
                found = self._source.changes.serials_of(list(near), pinned.connection)
                yield (
                    serial,
                    [
                        (other, near[record_id])
                        for record_id, other in found.items()
                        if other != serial
                    ],
                )

    def _let_through(self, serials: Sequence[int], filter: Filter, pinned: Pinned) -> Sequence[int]:
        predicate = filter.predicate
        if predicate is None:
            return serials
        return [
            serial
            for serial, record_id, record in pinned.table.descriptions.attributes(serials)
            if predicate.matches({**record, "_id": record_id})
        ]

    def has(self, record_id: str) -> bool:
        return bool(self._source.following.taken([record_id]))

    def vectors(self, ids: Sequence[str]) -> tuple[list[str], Vectors]:
        with self._looking() as pinned:
            return self._vectors(ids, pinned)

    def count(self, filter: Any) -> int:
        with self._looking() as pinned:
            return pinned.count(self._filter(filter))

    def inserted_after(self, number: int) -> tuple[int, int]:
        with self._source.catalog.read() as connection:
            return self._source.changes.inserted_after(number, connection)

    def ids(self, filter: Any, offset: int, limit: int | None) -> list[str]:
        wanted = self._filter(filter)
        with self._looking() as pinned:
            if wanted.predicate is None:
                return self._source.changes.page(offset, limit, pinned.connection)
            serials = list(_page(pinned.serials(wanted), offset, limit))
            return _ids(pinned, serials)

    def sample(self, count: int, filter: Any, seed: int | None) -> list[str]:
        chance = random.Random(seed)
        chosen: list[int] = []
        with self._looking() as pinned:
            for place, serial in enumerate(pinned.serials(self._filter(filter))):
                if place < count:
                    chosen.append(serial)
                elif (other := chance.randrange(place + 1)) < count:
                    chosen[other] = serial
            chance.shuffle(chosen)
            return _ids(pinned, chosen)

    def listing(self, filter: Any, order: str, *, descending: bool) -> Listing:
        with self._looking() as pinned:
            serials = list(_page(pinned.serials(self._filter(filter)), 0, _LISTED + 1))
            if len(serials) > _LISTED:
                raise Unsupported(
                    f"more than {_LISTED} records are listed in an order only where all are in memory: filter them"
                )
            view = pinned.rows_alone(serials)
            rows = np.arange(view.size)
            return listing(view, rows, pinned.table, order, descending=descending)

    def listed(self, ids: Sequence[str]) -> Listing:
        with self._looking() as pinned:
            serials = self._source.changes.serials_of(ids, pinned.connection)
            there = [record_id for record_id in ids if record_id in serials]
            ordered = np.array([serials[record_id] for record_id in there], np.int64)
            return Listing(there, pinned.table.sizes(ordered))

    def facet(self, field: str, filter: Any) -> list[tuple[Any, int]]:
        wanted, parts = self._filter(filter), split_path(field)
        with self._looking() as pinned:
            known = None
            if wanted.residual is None:
                known = pinned.reader.facet(field, wanted.native, without=pinned.tail.masked)
            counts: Counter[bytes] = Counter(known or {})
            serials = (
                pinned.serials(wanted)
                if known is None
                else iter(pinned.tail.matching(wanted.predicate))
            )
            for some in portions(serials):
                for _, record_id, record in pinned.table.descriptions.attributes(some):
                    record["_id"] = record_id
                    values = values_at(record, parts)
                    counts.update({msgspec.json.encode(value) for value in values})
        return commonest_first(counts)

    def resolve(self, queries: Sequence[Query]) -> Vectors:
        def stored(ids: Sequence[str]) -> tuple[list[str], Vectors]:
            with self._looking() as pinned:
                return self._vectors(ids, pinned)

        return resolved(queries, self._ingest, self._source.dimension, stored)

    def search(
        self, queries: Sequence[Query], options: SearchOptions, aggregate: Aggregate
    ) -> SearchResult:
        check_options(options)
        check_depth(options, self._source.index)
        wanted = self._filter(options.filter)
        if asks_words(queries, self._ingest):
            raise not_in_memory(self._source.index, "a search by words")
        with self.pinned() as here:
            assert isinstance(here, External)
            target = Target.of(here.resolve(queries), self.scale, aggregate)
            with here._looking() as pinned:
                result = search(pinned, target, wanted, options)
        if options.ranking is RankBy.MEANING:
            note = "ranked by looks alone: what records show is not in memory"
            return evolve(result, notes=[*result.notes, note])
        return result

    def statistics(self) -> CollectionStatistics:
        with self._looking() as pinned:
            return CollectionStatistics(
                records=pinned.count(Filter()),
                index=self._source.index.name,
                indexed=pinned.reader.size,
                pending=len(pinned.tail.records),
                deleted=len(pinned.tail.gone),
            )

    def settle(self) -> None:
        self._source.following.settle()

    def _filter(self, filter: Any) -> Filter:
        return Filter.of(self.predicate(filter), self._source.index)

    @contextmanager
    def _looking(self) -> Iterator[Pinned]:
        if self._moment is not None:
            yield self._moment.pinned
            return
        with closing(Moment(self._source)) as moment:
            yield moment.pinned

    def _vectors(self, ids: Sequence[str], pinned: Pinned) -> tuple[list[str], Vectors]:
        serials = self._source.changes.serials_of(ids, pinned.connection)
        known = pinned.vectors(list(serials.values()))
        there = [record_id for record_id in dict.fromkeys(ids) if serials.get(record_id) in known]
        found = [known[serials[record_id]] for record_id in there]
        empty = np.empty((0, self._source.dimension), np.float32)
        return there, np.stack(found) if found else empty


def _page(serials: Iterator[int], offset: int, limit: int | None) -> Iterator[int]:
    return islice(serials, offset, None if limit is None else offset + limit)


def _ids(pinned: Pinned, serials: Sequence[int]) -> list[str]:
    ids = pinned.source.changes.ids_of(serials, pinned.connection)
    return [ids[serial] for serial in serials if serial in ids]
