"""Answering a search from an external index: candidates first, then the same ranking as in memory."""

from collections.abc import Hashable

from attrs import evolve

from photomill.collections.contents import View
from photomill.collections.diversity import WINDOW
from photomill.collections.external.candidates import Candidates, candidates
from photomill.collections.external.filters import Filter, OfProduct
from photomill.collections.external.following import not_in_memory
from photomill.collections.external.moment import Pinned
from photomill.collections.model import SearchOptions, SearchResult
from photomill.collections.ranking import Ranking
from photomill.collections.retrieval import IndexView
from photomill.collections.searching import MAX_LIMIT, answered
from photomill.collections.target import Target
from photomill.columns.equality import json_key
from photomill.components import ExternalIndex
from photomill.errors import InvalidInput


def search(pinned: Pinned, target: Target, filter: Filter, options: SearchOptions) -> SearchResult:
    """Find the nearest records of a moment.

    :raises Unsupported: what is wanted lies deeper than anything is looked for.
    """
    scanned = 0
    for found in candidates(pinned, target, filter, options.effort):
        scanned += len(found.vectors)
        result = _settled(pinned, target, filter, options, found)
        if result is not None:
            return evolve(result, plan=found.plan, scanned=scanned, total=None, certified=False)
    raise AssertionError("the last candidates are everything")


def check_depth(options: SearchOptions, index: ExternalIndex) -> int:
    """How many records are ranked for a page.

    :raises InvalidInput: the page lies too deep.
    :raises Unsupported: only a search in memory can do this.
    """
    if options.exact:
        raise not_in_memory(index, "an exact search")
    if options.radius is not None:
        raise not_in_memory(index, "a search within a radius")
    assert options.limit is not None  # Without a radius there is a limit.
    deepest = options.offset + options.limit
    if deepest > MAX_LIMIT:
        raise InvalidInput(
            f"offset and limit are at most {MAX_LIMIT} together in this collection, got {deepest}",
            path="offset",
        )
    return deepest


def _settled(
    pinned: Pinned, target: Target, filter: Filter, options: SearchOptions, found: Candidates
) -> SearchResult | None:
    """The answer, where further candidates would not change it."""
    assert options.limit is not None
    deepest = options.offset + options.limit
    if not found.everything and len(found.vectors) < _needed(options, deepest):
        return None
    view = pinned.rows(found.vectors)
    ranking = Ranking(view, IndexView(), target, exact=True)
    result = answered(view, ranking, options, target.scale)
    if found.everything:
        return result
    if options.product_field and len(result.hits) < options.limit:
        return None
    if options.tags is not None and result.hits:
        # A record that is not among them is as far as their end, and its tags may be the same.
        nearest_later = round((1.0 - options.tags.weight) * found.end, 6)
        if result.hits[-1].distance >= nearest_later:
            return None
    return _with_sizes(pinned, view, filter, options, result)


def _with_sizes(
    pinned: Pinned, view: View, filter: Filter, options: SearchOptions, result: SearchResult
) -> SearchResult:
    """How many records share each hit's product: of all, not just of the candidates."""
    if not options.product_field:
        return result
    rows = [view.row_of(hit.id) for hit in result.hits]
    products = view.columns.values(options.product_field, [row for row in rows if row is not None])
    sizes: dict[Hashable, int] = {}
    hits = []
    for hit, values in zip(result.hits, products, strict=True):
        for value in values:
            if json_key(value) not in sizes:
                only = OfProduct(filter.predicate, options.product_field, value)
                sizes[json_key(value)] = pinned.count(Filter.of(only, pinned.source.index))
        size = max((sizes[json_key(value)] for value in values), default=1)
        hits.append(evolve(hit, group_size=size))
    return evolve(result, hits=hits)


def _needed(options: SearchOptions, deepest: int) -> int:
    """How many candidates there are to be at least."""
    if options.diversity > 0:
        return -(-deepest // WINDOW) * WINDOW
    return deepest
