"""Distances in words: how alike two images are, among the images of their collection."""

import threading
from collections.abc import Sequence

import numpy as np
from attrs import frozen

from photomill import Collection

_SAMPLE = 256
_LEAST = 32
_SAME = 0.05
"""Of the radius of near-duplicates: what rounding leaves of the same image."""
_ORTHOGONAL = (0.68, 0.8, 0.88)
"""Of the distance of vectors that have nothing in common: what counts in a collection too small to compare with."""
_SHARES = (0.001, 0.01, 0.05)
"""Of random pairs of a collection, how many are closer."""
_WORDS = ("very_similar", "similar", "somewhat_similar")


@frozen
class Scale:
    """What distances of a collection mean.

    :ivar steps: up to where each of the words goes, ascending.
    :ivar records: that the collection had when this was found out.
    """

    near: float
    steps: Sequence[float]
    records: int

    def words(self, distance: float) -> str:
        """The name of a text that says how alike two images are."""
        if distance <= _SAME * self.near:
            return "same"
        if distance <= self.near:
            return "nearly_same"
        found = (word for most, word in zip(self.steps, _WORDS, strict=True) if distance <= most)
        return next(found, "little_alike")


class Scales:
    """The scales of collections, found out when they are first asked for. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Scale] = {}

    def of(self, collection: Collection) -> Scale:
        """A collection's scale; found out anew once it is twice as large."""
        count = collection.count()
        identity = collection.info.id
        known = self._known.get(identity)
        if known is None or not known.records <= count < max(_LEAST, 2 * known.records):
            known = Scale(collection.near_radius, _steps(collection, count), count)
            with self._lock:
                self._known[identity] = known
        return known


def _steps(collection: Collection, count: int) -> Sequence[float]:
    if count < _LEAST:
        return [share * collection.distance_scale * 2**0.5 for share in _ORTHOGONAL]
    ids = [record.id for record in collection.sample(_SAMPLE, seed=0)]
    _, vectors = collection.vectors(ids)
    products = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    distances = collection.distance_scale * np.sqrt(np.maximum(0.0, 2.0 - 2.0 * products))
    return [float(each) for each in np.quantile(distances, _SHARES)]
