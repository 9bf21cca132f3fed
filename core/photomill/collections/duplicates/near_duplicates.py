"""Near-duplicates of one collection's records: of one image, all pairs, and clusters."""

from typing import Any

import msgspec
from attrs import evolve, field, frozen

from photomill.collections.backend import Backend
from photomill.collections.duplicates.clusters import ClusterPages, ClusterReader
from photomill.collections.duplicates.compared import (
    Compared,
    ComparedPairs,
    compared_by_a_job,
)
from photomill.collections.duplicates.copies import Copies, sharpness_of
from photomill.collections.duplicates.hashes import HashIndex
from photomill.collections.duplicates.pair_pages import PairPages, PairsQuery
from photomill.collections.external.backend import External
from photomill.collections.ingest import Ingest
from photomill.collections.model import (
    Aggregate,
    ById,
    ByImage,
    ByVector,
    ClustersPage,
    DuplicateKind,
    NewRecord,
    PairsPage,
    Query,
    SearchOptions,
    SearchResult,
)
from photomill.collections.store.appearances import Appearance
from photomill.collections.store.passes import PassQuery
from photomill.collections.store.records import RecordTable
from photomill.collections.store.reviews import ReviewTable
from photomill.collections.target import Target
from photomill.collections.validation import check_page, check_radius


@frozen(eq=False)
class NearDuplicates:
    """Finds near-duplicates in a backend that is pinned to one moment. Thread-safe.

    :ivar radius: the configured one, in users' distance.
    :ivar hashes: of the collection's records.
    :ivar compared: what jobs found where rows are not in memory.
    """

    radius: float
    ingest: Ingest
    hashes: HashIndex
    reviews: ReviewTable
    compared: Compared
    _pair_pages: PairPages = field(factory=PairPages)
    _cluster_pages: ClusterPages = field(factory=ClusterPages)

    def of(
        self,
        query: Query,
        backend: Backend,
        radius: float | None,
        filter: Any,
        offset: int,
        limit: int | None,
        *,
        strict: bool,
    ) -> SearchResult:
        """As ``Collection.near_duplicates``."""
        reach = self.radius if radius is None else radius
        options = SearchOptions(limit=limit, offset=offset, filter=filter, radius=reach)
        if isinstance(query, ByImage):
            prepared = self.ingest.prepare(NewRecord("query", query.source))
            query, image = ByVector(prepared.vector), prepared.appearance
        else:
            image = _appearance(query, backend.table)
        view = backend.view("a search for near-duplicates")
        result = backend.search([query], options, Aggregate.MIN)
        copies = Copies(
            view,
            backend.table,
            self.hashes,
            image,
            Target(backend.resolve([query]), backend.scale),
            reach,
            strict,
        )
        hits = copies.labelled(result.hits)
        within = result.total or 0
        if limit is None or offset + limit > within:
            skipped = max(0, offset - within)
            beyond = copies.beyond(backend.mask(view, filter))
            hits += beyond[skipped:][: None if limit is None else limit - len(hits)]
        return evolve(result, hits=hits, total=None)

    def pairs(
        self,
        backend: Backend,
        radius: float | None,
        filter: Any,
        offset: int,
        limit: int,
        *,
        clusters: bool = False,
        strict: bool,
    ) -> PairsPage:
        """As ``Collection.near_duplicate_pairs``."""
        check_radius(radius)
        check_page(offset, limit)
        if not backend.in_memory:
            found = self._found(
                backend, radius, filter, strict, "a search for near-duplicate pairs"
            )
            return found.page(offset, limit, self._newer(backend, found), clusters=clusters)
        view = backend.view("a search for near-duplicate pairs")
        return self._pair_pages.page(
            view,
            backend.mask(view, filter),
            backend.table,
            self._query(radius, filter, strict),
            scale=backend.scale,
            offset=offset,
            limit=limit,
            clusters=clusters,
        )

    def clusters(
        self,
        backend: Backend,
        kind: DuplicateKind,
        radius: float | None,
        filter: Any,
        offset: int,
        limit: int,
        *,
        only: bool,
        pairs: bool,
        strict: bool,
    ) -> ClustersPage:
        """As ``Collection.duplicate_clusters``."""
        check_radius(radius)
        check_page(offset, limit)
        if backend.in_memory:
            reader = self._reader(backend, radius, filter, strict=strict)
            newer = 0
        else:
            what = "a search for clusters of near-duplicates"
            found = self._found(backend, radius, filter, strict, what)
            reader = self._reader_of(backend, found)
            newer = self._newer(backend, found)
        page = self._cluster_pages.page(
            reader, kind, only=only, pairs=pairs, offset=offset, limit=limit
        )
        return evolve(page, newer=newer)

    def pass_query(self, radius: float | None, filter: Any, *, strict: bool) -> PassQuery:
        """What a job is to find, and its pass is found by."""
        check_radius(radius)
        query = self._query(radius, filter, strict)
        return PassQuery(query.radius, query.filter.decode(), query.strict)

    def _reader(
        self, backend: Backend, radius: float | None, filter: Any, *, strict: bool
    ) -> ClusterReader:
        view = backend.view("a search for clusters of near-duplicates")
        mask = backend.mask(view, filter)
        return ClusterReader(
            (view.generation, view.size, self._query(radius, filter, strict)),
            view.position,
            view.alive if mask is None else view.alive & mask,
            view.row_of,
            lambda most: self.pairs(backend, radius, filter, 0, most, strict=strict),
            backend.table.descriptions.get,
            lambda ids: sharpness_of(backend.table.appearances, ids),
            self.reviews.by_record(),
        )

    def _reader_of(self, backend: Backend, found: ComparedPairs) -> ClusterReader:
        return ClusterReader(
            (found.found.job,),
            id(found),
            found.rows,
            found.row_of,
            lambda most: found.page(0, min(most, len(found.kept)), 0),
            backend.table.descriptions.get,
            lambda ids: sharpness_of(backend.table.appearances, ids),
            self.reviews.by_record(),
        )

    def _found(
        self, backend: Backend, radius: float | None, filter: Any, strict: bool, what: str
    ) -> ComparedPairs:
        backend.predicate(filter)
        found = self.compared.passes.newest(self.pass_query(radius, filter, strict=strict))
        if found is None:
            raise compared_by_a_job(backend, what)
        assert isinstance(backend, External)
        return self.compared.at(found, backend.position(), backend.ids_of)

    def _newer(self, backend: Backend, found: ComparedPairs) -> int:
        return backend.inserted_after(found.found.last)[0]

    def _query(self, radius: float | None, filter: Any, strict: bool) -> PairsQuery:
        return PairsQuery(
            self.radius if radius is None else radius,
            msgspec.json.encode(filter, order="deterministic") if filter else b"",
            strict,
        )


def _appearance(query: Query, table: RecordTable) -> Appearance:
    known = table.appearances.of([query.id]) if isinstance(query, ById) else {}
    return next(iter(known.values()), Appearance())
