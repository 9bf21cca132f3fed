"""From what a search names to vectors."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from photomill.collections.contents import View
from photomill.collections.ingest import Ingest, unit_vector
from photomill.collections.model import ById, ByImage, ByText, ByVector, Query
from photomill.components.embedder import Vectors
from photomill.errors import ImageError, InvalidInput, NotFound, PhotomillError, SourceError

Stored = Callable[[Sequence[str]], tuple[list[str], Vectors]]
"""Ids → those of them that are there, and their vectors; asked once images are fetched, which may take long."""


def resolved(queries: Sequence[Query], ingest: Ingest, dimension: int, stored: Stored) -> Vectors:
    """The queries' vectors; those that cannot be resolved are dropped while any can.

    :raises NotFound: no query can be resolved, and the first names a record that is not there.
    :raises SourceError: likewise, and the first one's image cannot be had.
    :raises ImageError: likewise, and it cannot be decoded.
    """
    if not queries:
        raise InvalidInput("expected at least one query", path="query")
    found: list[Vectors | str | PhotomillError] = []
    for query in queries:
        try:
            found.append(
                query.id if isinstance(query, ById) else _embedded(query, ingest, dimension)
            )
        except (SourceError, ImageError) as error:
            found.append(error)
    ids = [outcome for outcome in found if isinstance(outcome, str)]
    if ids:
        known = dict(zip(*stored(ids), strict=True))
        found = [
            _known(known, outcome) if isinstance(outcome, str) else outcome for outcome in found
        ]
    vectors = [outcome for outcome in found if isinstance(outcome, np.ndarray)]
    if not vectors:
        raise next(outcome for outcome in found if isinstance(outcome, PhotomillError))
    return np.ascontiguousarray(vectors, np.float32)


def stored_vectors(view: View, ids: Sequence[str]) -> tuple[list[str], Vectors]:
    """The vectors of those of these records that are in a view: their ids, and float32 (n, dimension)."""
    rows = {record_id: view.row_of(record_id) for record_id in ids}
    found = {record_id: row for record_id, row in rows.items() if row is not None}
    return list(found), view.vectors.gather(np.array(list(found.values()), np.int64))


def _embedded(query: ByImage | ByText | ByVector, ingest: Ingest, dimension: int) -> Vectors:
    match query:
        case ByImage(source):
            return ingest.embed(source)
        case ByText(text):
            return ingest.embed_text(text)
        case ByVector(vector):
            return unit_vector(vector, dimension)


def _known(known: Mapping[str, Vectors], record_id: str) -> Vectors | PhotomillError:
    if record_id in known:
        return known[record_id]
    return NotFound(f"no record {record_id!r}")
