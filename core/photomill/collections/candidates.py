"""Ranking images that the caller chooses, instead of finding them."""

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen

from photomill.collections.backend import Backend
from photomill.collections.ingest import Ingest
from photomill.collections.model import Query, Skipped
from photomill.collections.target import Target
from photomill.components.embedder import Vectors
from photomill.errors import NotFound, PhotomillError
from photomill.sources import Source


@frozen
class Candidate:
    """An image to rank: a stored record, or one that comes with the request."""

    id: str | None
    source: Source | None = None


@frozen
class RankReport:
    """Candidates by ascending distance.

    :ivar ranked: (place in the request, distance).
    """

    ranked: Sequence[tuple[int, float]]
    skipped: Sequence[Skipped]


def rank(
    backend: Backend, ingest: Ingest, query: Query, candidates: Sequence[Candidate]
) -> RankReport:
    """Order exactly these candidates by their distance to the query."""
    with backend.pinned() as pinned:
        target = Target(pinned.resolve([query]), backend.scale)
        asked = [each.id for each in candidates if each.id is not None]
        stored = dict(zip(*pinned.vectors(asked), strict=True))
    vectors: list[Vectors] = []
    places: list[int] = []
    skipped: list[Skipped] = []
    for place, candidate in enumerate(candidates):
        try:
            vectors.append(_vector_of(candidate, stored, ingest))
            places.append(place)
        except PhotomillError as error:
            skipped.append(Skipped(candidate.id, error))
    if not vectors:
        return RankReport([], skipped)
    distances = target.distances(np.stack(vectors)).tolist()
    order = sorted(
        range(len(places)),
        key=lambda at: (distances[at], candidates[places[at]].id or "", places[at]),
    )
    return RankReport([(places[at], distances[at]) for at in order], skipped)


def _vector_of(candidate: Candidate, stored: Mapping[str, Vectors], ingest: Ingest) -> Vectors:
    known = None if candidate.id is None else stored.get(candidate.id)
    if known is not None:
        return known
    if candidate.source is None:
        raise NotFound(f"no record {candidate.id!r}, and no image with it")
    return ingest.embed(candidate.source)
