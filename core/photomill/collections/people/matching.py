"""Whose a face is: the nearest person's, where that is near enough."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from photomill.collections.people.means import PersonMeans
from photomill.collections.store.people import StoredFaces
from photomill.components.recogniser import FaceVector


class FaceMatcher:
    """Finds the people that new faces belong to, and takes them in.

    A face is held against the mean of each person's faces: with every further face of a person a single look-alike among
    them counts for less. Faces that are there never change hands, so that numbers keep their meaning; nobody is on one
    image twice.
    """

    def __init__(
        self,
        stored: StoredFaces,
        rejected: Iterable[tuple[int, int]],
        radius: float,
        *,
        leaving: Sequence[int] = (),
    ) -> None:
        """
        :param rejected: (face, person) of all that somebody said is not so.
        :param radius: Euclidean distance from the mean, up to which a face is a person's.
        :param leaving: numbers of faces that do not count for whose they were.
        """
        vectors = dict(zip(stored.numbers.tolist(), stored.vectors, strict=True))
        stored = _without(stored, leaving)
        self._radius = radius
        self._means = PersonMeans(stored)
        rejections: dict[int, list[FaceVector]] = {}
        for face, person in rejected:
            rejections.setdefault(person, []).append(vectors[face])
        # Of each person with rejections: those, and the person's own faces.
        self._disputed = {
            person: (np.stack(others), stored.vectors[stored.people == person])
            for person, others in rejections.items()
        }

    def match(self, vectors: NDArray[np.float32], taken: Collection[int] = ()) -> list[int | None]:
        """The people that the faces of one image belong to, each at most once; None for somebody new.

        :param vectors: float32 (n, dimension).
        :param taken: people who are on the image already.
        """
        found: list[int | None] = [None] * len(vectors)
        near = [
            (distance, face, person)
            for face, vector in enumerate(vectors)
            for distance, person in self._means.near(vector, self._radius)
        ]
        for _, face, person in sorted(near):
            if found[face] is not None or person in found or person in taken:
                continue
            if self._may_be(vectors[face], person):
                found[face] = person
        return found

    def add(self, person: int, vector: FaceVector) -> None:
        """Take in a face."""
        self._means.add(person, vector)

    def _may_be(self, vector: FaceVector, person: int) -> bool:
        """Whether a face is more like those of a person than like one of which somebody said that it is not."""
        if person not in self._disputed:
            return True
        others, own = self._disputed[person]
        return not len(own) or _nearest(vector, own) < _nearest(vector, others)


def _without(stored: StoredFaces, numbers: Sequence[int]) -> StoredFaces:
    """The same without some faces."""
    kept = ~np.isin(stored.numbers, np.asarray(numbers, np.int64))
    return StoredFaces(stored.numbers[kept], stored.people[kept], stored.vectors[kept])


def _nearest(vector: FaceVector, others: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(others - vector, axis=1).min())
