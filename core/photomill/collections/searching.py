"""Answering searches over one collection."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeGuard

import numpy as np
from attrs import evolve, field, frozen

from photomill.collections.contents import View
from photomill.collections.diversity import diversify
from photomill.collections.ingest import Ingest
from photomill.collections.meaning import MeaningIndex, combined, places_of
from photomill.collections.model import (
    Aggregate,
    ById,
    ByImage,
    ByText,
    Hit,
    Query,
    RankBy,
    SearchOptions,
    SearchResult,
)
from photomill.collections.products import ProductKeys, best_per_product
from photomill.collections.proving import Proving
from photomill.collections.ranking import Mask, Ranked, Ranking
from photomill.collections.resolving import resolved, stored_vectors
from photomill.collections.retrieval import IndexView
from photomill.collections.store.records import RecordTable
from photomill.collections.tags import blend_tags
from photomill.collections.target import Target
from photomill.collections.words.matching import matcher_of
from photomill.collections.words.meaning import measure_of
from photomill.collections.words.ranking import WordsRanking, rank_by_words, reason
from photomill.collections.words.resident import WordIndex
from photomill.components import FilterLanguage, Predicate
from photomill.components.embedder import Vectors
from photomill.errors import InvalidInput, NotFound

MAX_LIMIT = 10_000

Look = Callable[[], View]
"""Gives a view of the rows; the same one each time, where one moment is asked for."""


@frozen(eq=False)
class Search:
    """Answers searches; every call sees one view of the rows.

    :ivar scale: from Euclidean distance to the distance users see.
    :ivar table: where searches by words read what records say.
    :ivar exact_ms: milliseconds that a search may take to be exact, before an index is asked instead.
    :ivar proving: keeps codes for exact searches; None for none.
    """

    ingest: Ingest
    language: FilterLanguage
    scale: float
    dimension: int
    reading_index: Callable[[View], AbstractContextManager[IndexView]]
    table: RecordTable
    exact_ms: float = 0.0
    word_index: WordIndex = field(factory=WordIndex)
    meaning_index: MeaningIndex = field(factory=MeaningIndex)
    proving: Proving | None = None

    def __call__(
        self, look: Look, queries: Sequence[Query], options: SearchOptions, aggregate: Aggregate
    ) -> SearchResult:
        """Search.

        :param look: gives the view to search; asked once images are fetched, which may take long.
        :raises NotFound: no query can be resolved, and the first names a record that is not there.
        :raises SourceError: likewise, and the first one's image cannot be had.
        :raises ImageError: likewise, and it cannot be decoded.
        :raises InvalidInput: an option is out of its range.
        """
        check_options(options)
        predicate = self.predicate(options.filter)
        if asks_words(queries, self.ingest):
            return self._by_words(queries[0].text, look(), predicate, options)
        notes: list[str] = []
        if options.ranking is RankBy.MEANING:
            found = self._by_meaning(look, queries, predicate, options, aggregate)
            if isinstance(found, SearchResult):
                return found
            notes.append(found)
        vectors = self.resolve(look, queries)
        view = look()
        mask = None if predicate is None else _mask(view, predicate)
        target = Target.of(vectors, self.scale, aggregate)
        with self.reading_index(view) as index, self._reading_codes(view) as codes:
            ranking = Ranking(
                view,
                index,
                target,
                mask=mask,
                exact=options.exact or _goes_deep(options),
                effort=options.effort,
                exact_ms=self.exact_ms,
                codes=codes,
            )
            answer = answered(view, ranking, options, self.scale)
        if self.proving is not None and ranking.plan.way.exact:
            self.proving.asked(view)
        return evolve(answer, notes=notes) if notes else answer

    def _reading_codes(self, view: View) -> AbstractContextManager[IndexView]:
        return nullcontext(IndexView()) if self.proving is None else self.proving.reading(view)

    def _by_words(
        self, text: str, view: View, predicate: Predicate | None, options: SearchOptions
    ) -> SearchResult:
        vocabulary = self.ingest.vocabulary
        sentences = self.ingest.sentences(text)
        measure = None if sentences is None else measure_of(sentences)
        ranking = rank_by_words(
            text,
            view,
            self.word_index.read(view, self.table, measure),
            None if vocabulary is None else matcher_of(vocabulary),
            None if predicate is None else _mask(view, predicate),
            measure,
        )
        result = answered(view, ranking, options, self.scale)
        return evolve(
            result,
            channels=ranking.channels,
            notes=reason(ranking, knows_things=vocabulary is not None),
        )

    def _by_meaning(
        self,
        look: Look,
        queries: Sequence[Query],
        predicate: Predicate | None,
        options: SearchOptions,
        aggregate: Aggregate,
    ) -> SearchResult | str:
        """Search by looks and concepts; or tell why looks alone must do."""
        vocabulary = self.ingest.vocabulary
        if vocabulary is None:
            return "ranked by looks alone: the embedder knows nothing by name"
        query = queries[0] if len(queries) == 1 else None
        if not isinstance(query, ById | ByImage):
            return "ranked by looks alone: meaning takes one record or image to search by"
        known = np.empty((0, 0), np.float32)
        if isinstance(query, ByImage):
            vector, classes = self.ingest.embed_with_classes(query.source)
            known = combined(vector[np.newaxis], places_of([classes], vocabulary))
        plain = look()
        view = self.meaning_index.view(plain, self.table, vocabulary)
        if isinstance(query, ById):
            _, known = stored_vectors(view, [query.id])
            if not len(known):
                raise NotFound(f"no record {query.id!r}")
        if not known[:, plain.vectors.dimension :].any():
            return "ranked by looks alone: it is not known what the image shows"
        ranking = Ranking(
            view,
            IndexView(),
            Target.of(known, self.scale, aggregate),
            mask=None if predicate is None else _mask(view, predicate),
            exact=True,
        )
        return answered(view, ranking, options, self.scale)

    def mask(self, view: View, expression: Any) -> Mask | None:
        """Rows that a filter lets through: bool (view.size,); None without a filter."""
        predicate = self.predicate(expression)
        return None if predicate is None else _mask(view, predicate)

    def predicate(self, expression: Any) -> Predicate | None:
        """A compiled filter; None without one.

        :raises InvalidFilter: the expression is none of the filter language.
        """
        if expression is None or expression == {}:
            return None
        return self.language.compile(expression)

    def resolve(self, look: Look, queries: Sequence[Query]) -> Vectors:
        """The queries' vectors; those that cannot be resolved are dropped while any can."""

        def stored(ids: Sequence[str]) -> tuple[list[str], Vectors]:
            return stored_vectors(look(), ids)

        return resolved(queries, self.ingest, self.dimension, stored)


def answered(
    view: View, ranking: Ranking | WordsRanking, options: SearchOptions, scale: float
) -> SearchResult:
    """The page that is asked for of a ranking of a view's rows."""
    ranked, total = _ranked(view, ranking, options, scale)
    page = ranked.rows[options.offset :], ranked.distances[options.offset :]
    sizes = _group_sizes(view, ranking, options, page[0])
    hits = [
        Hit(record_id, float(distance), group_size)
        for record_id, distance, group_size in zip(
            view.ids_of(page[0].tolist()), page[1], sizes, strict=True
        )
    ]
    return SearchResult(
        hits,
        plan=ranking.way,
        scanned=ranking.scanned,
        total=total,
        certified=isinstance(ranking, WordsRanking) or ranking.certified,
    )


def _ranked(
    view: View, ranking: Ranking | WordsRanking, options: SearchOptions, scale: float
) -> tuple[Ranked, int | None]:
    """The first ``offset + limit`` rows that the answer is cut from, and how many there are in all."""
    first, survivors = _order(view, ranking, options)
    wanted = survivors if options.limit is None else min(options.offset + options.limit, survivors)
    if options.product_field:
        keys = ProductKeys(*view.columns.keys(options.product_field))
        return best_per_product(keys, first, wanted, survivors), None
    if options.diversity > 0 and wanted:
        return diversify(first, view.vectors.gather, wanted, options.diversity, scale), survivors
    return first(wanted), survivors


def _group_sizes(
    view: View,
    ranking: Ranking | WordsRanking,
    options: SearchOptions,
    rows: "np.ndarray[Any, np.dtype[np.int64]]",
) -> Sequence[int | None]:
    if not options.product_field:
        return [None] * len(rows)
    keys = ProductKeys(*view.columns.keys(options.product_field))
    sizes = keys.sizes(ranking.surviving)
    return [max((int(sizes[code]) for code in keys.of(row)), default=1) for row in rows.tolist()]


def asks_words(queries: Sequence[Query], ingest: Ingest) -> TypeGuard[Sequence[ByText]]:
    """Whether words are to be looked for: a text alone, where the embedder does not understand it itself."""
    alone = len(queries) == 1 and isinstance(queries[0], ByText)
    return alone and not ingest.understands_text


def _order(
    view: View, ranking: Ranking | WordsRanking, options: SearchOptions
) -> tuple[Callable[[int], Ranked], int]:
    """What gives the first rows of the order that was asked for, and how many rows it has."""
    if options.tags is not None:
        blend = options.tags

        def first(count: int) -> Ranked:
            return blend_tags(ranking, blend, count, lambda rows: view.columns.values("tags", rows))

        if options.radius is None:
            return first, ranking.survivors
        everything = first(ranking.survivors)
        near = everything.first(
            int(np.searchsorted(everything.distances, options.radius, side="right"))
        )
        return near.first, len(near.rows)
    if options.radius is not None:
        near = ranking.within(options.radius)
        return near.first, len(near.rows)
    return ranking.first, ranking.survivors


def _mask(view: View, predicate: Predicate) -> Mask:
    mask = predicate.mask(view.columns)
    if len(mask) < view.size:
        mask = np.concatenate([mask, np.zeros(view.size - len(mask), np.bool_)])
    return mask[: view.size]


def _goes_deep(options: SearchOptions) -> bool:
    """Whether more of the ranking is looked at than an index gives, whatever page is wanted."""
    return options.tags is not None or bool(options.product_field) or options.diversity > 0


def check_options(options: SearchOptions) -> None:
    """Make sure that a search can be made with these options.

    :raises InvalidInput: an option is out of its range.
    """
    if options.offset < 0:
        raise InvalidInput(f"expected 0 or more, got {options.offset}", path="offset")
    if options.limit is None and options.radius is None:
        raise InvalidInput("expected a limit, or a radius", path="limit")
    if options.limit is not None and not 0 <= options.limit <= MAX_LIMIT:
        raise InvalidInput(f"expected 0 to {MAX_LIMIT}, got {options.limit}", path="limit")
    if options.radius is not None and not options.radius >= 0:
        raise InvalidInput(f"expected 0 or more, got {options.radius}", path="radius")
    if not 0 <= options.diversity <= 1:
        raise InvalidInput(f"expected 0 to 1, got {options.diversity}", path="diversity")
    if options.tags is not None and not 0 <= options.tags.weight <= 1:
        raise InvalidInput(f"expected 0 to 1, got {options.tags.weight}", path="tags.weight")
