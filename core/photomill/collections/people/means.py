"""The mean of each person's faces, and which of them a face is near to."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from photomill.collections.store.people import StoredFaces
from photomill.components.recogniser import FaceVector

_EPSILON = float(np.finfo(np.float32).eps)
_LEAST_ROOM = 16

_Number = TypeVar("_Number", np.float32, np.float64, np.int64)


class PersonMeans:
    """Means of faces by person, for one face at a time.

    A product of float32 tells who may be near; of those few the distances are computed in float64. So the memory that a
    look takes is one number for each person.
    """

    def __init__(self, faces: StoredFaces) -> None:
        order = np.argsort(faces.people, kind="stable")
        self._numbers, starts, counts = np.unique(
            faces.people[order], return_index=True, return_counts=True
        )
        self._size = len(self._numbers)
        self._counts = counts.astype(np.float64)
        self._sums = np.zeros((self._size, faces.vectors.shape[1]))
        if self._size:
            self._sums = np.add.reduceat(faces.vectors[order], starts, axis=0, dtype=np.float64)
        self._means = (self._sums / self._counts[:, None]).astype(np.float32)
        self._squares = np.einsum("ij,ij->i", self._means, self._means)
        self._longest = float(np.sqrt(self._squares.max(initial=0.0)))

    def near(self, vector: FaceVector, radius: float) -> list[tuple[float, int]]:
        """Distances up to a radius, and the people whose means are so near."""
        length = float(np.linalg.norm(vector))
        products = self._means[: self._size] @ vector
        squares = self._squares[: self._size] - 2 * products
        # A sum of so many products in float32 is wrong by no more.
        slack = (len(vector) + 8) * _EPSILON * (length + self._longest) ** 2
        (places,) = np.nonzero(squares <= radius**2 - length**2 + slack)
        means = self._sums[places] / self._counts[places, None]
        distances = np.linalg.norm(vector - means, axis=1)
        found = zip(distances.tolist(), self._numbers[places].tolist(), strict=True)
        return [(distance, person) for distance, person in found if distance <= radius]

    def add(self, person: int, vector: FaceVector) -> None:
        """Take in a face, of somebody new too."""
        (places,) = np.nonzero(self._numbers[: self._size] == person)
        place = int(places[0]) if len(places) else self._new_place(person)
        self._sums[place] += vector
        self._counts[place] += 1
        self._means[place] = self._sums[place] / self._counts[place]
        self._squares[place] = self._means[place] @ self._means[place]
        self._longest = max(self._longest, float(np.sqrt(self._squares[place])))

    def _new_place(self, person: int) -> int:
        if self._size == len(self._numbers):
            self._numbers, self._counts = _roomier(self._numbers), _roomier(self._counts)
            self._sums, self._means = _roomier(self._sums), _roomier(self._means)
            self._squares = _roomier(self._squares)
        self._numbers[self._size] = person
        self._size += 1
        return self._size - 1


def _roomier(rows: "NDArray[_Number]") -> "NDArray[_Number]":
    """The same rows with room for more: so much that adding one by one copies little."""
    room = np.zeros((max(_LEAST_ROOM, len(rows) // 4), *rows.shape[1:]), rows.dtype)
    return np.concatenate([rows, room])
