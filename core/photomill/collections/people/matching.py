"""Whose a face is: the nearest person's, where that is near enough."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

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
        self._numbers, places = np.unique(stored.people, return_inverse=True)
        self._sums = np.zeros((len(self._numbers), stored.vectors.shape[1]))
        np.add.at(self._sums, places, stored.vectors)
        self._counts = np.bincount(places, minlength=len(self._numbers)).astype(np.float64)
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
        if not len(self._numbers) or not len(vectors):
            return found
        means = self._sums / self._counts[:, None]
        distances = np.linalg.norm(vectors[:, None, :] - means, axis=2)
        faces, people = np.nonzero(distances <= self._radius)
        for place in np.argsort(distances[faces, people], kind="stable").tolist():
            face, person = int(faces[place]), int(self._numbers[people[place]])
            if found[face] is not None or person in found or person in taken:
                continue
            if self._may_be(vectors[face], person):
                found[face] = person
        return found

    def add(self, person: int, vector: FaceVector) -> None:
        """Take in a face."""
        (places,) = np.nonzero(self._numbers == person)
        if len(places):
            self._sums[places[0]] += vector
            self._counts[places[0]] += 1
            return
        self._numbers = np.append(self._numbers, person)
        self._sums = np.vstack([self._sums, vector])
        self._counts = np.append(self._counts, 1.0)

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
