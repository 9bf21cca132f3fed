"""The mean of each person's faces, and which of them a face is near to."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.components.recogniser import FaceVector

_EPSILON = float(np.finfo(np.float32).eps)
_LEAST_ROOM = 16

_Number = TypeVar("_Number", np.float32, np.float64)


@frozen(eq=False)
class _Saved:
    """Rows as they were before a change; the people who had none then."""

    places: NDArray[np.int64]
    sums: NDArray[np.float64]
    counts: NDArray[np.float64]
    added: list[int]


class PersonMeans:
    """Means of faces by person.

    A product of float32 tells who may be near; of those few the distances are computed in float64. So the memory that a
    look takes is one number for each person.
    """

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._places: dict[int, int] = {}
        self._free: list[int] = []
        self._numbers: dict[int, int] = {}
        self._size = 0
        self._counts = np.zeros(0)
        self._sums = np.zeros((0, dimension))
        self._means = np.zeros((0, dimension), np.float32)
        # Infinite where nobody is.
        self._squares = np.zeros(0, np.float32)
        self._longest = 0.0
        self._saved: list[_Saved] | None = None

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
        found = zip(distances.tolist(), places.tolist(), strict=True)
        return [(distance, self._numbers[place]) for distance, place in found if distance <= radius]

    def add(self, people: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Take in faces, of somebody new too.

        :param people: whose each is, int64 (n,).
        :param vectors: float32 (n, dimension).
        """
        if not len(people):
            return
        order = np.argsort(people, kind="stable")
        numbers, starts, counts = np.unique(people[order], return_index=True, return_counts=True)
        sums = np.add.reduceat(vectors[order], starts, axis=0, dtype=np.float64)
        added = [number for number in numbers.tolist() if number not in self._places]
        places = np.array([self._place(number) for number in numbers.tolist()], np.int64)
        self._save(places, added)
        self._sums[places] += sums
        self._counts[places] += counts
        self._compute(places)

    def take_away(self, person: int, vector: FaceVector) -> None:
        """Let a face count no longer for whose it is."""
        places = np.array([self._places[person]], np.int64)
        self._save(places, [])
        self._counts[places] -= 1
        self._sums[places] -= vector
        self._compute(places)

    def remove(self, people: Iterable[int]) -> None:
        """Forget people; those who are not known are left out. Not to be tried."""
        places = [self._forget(person) for person in people if person in self._places]
        self._counts[places] = 0
        self._compute(np.array(places, np.int64))

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Whatever is added or taken away inside is undone at the end, to the last bit."""
        self._saved = []
        try:
            yield
        finally:
            saved, self._saved = self._saved, None
            for before in reversed(saved):
                for person in before.added:
                    self._forget(person)
                self._sums[before.places] = before.sums
                self._counts[before.places] = before.counts
                self._compute(before.places)

    def _save(self, places: NDArray[np.int64], added: list[int]) -> None:
        if self._saved is not None:
            before = _Saved(places, self._sums[places], self._counts[places], added)
            self._saved.append(before)

    def _compute(self, places: NDArray[np.int64]) -> None:
        """Compute the means of some rows from their sums."""
        nobody = self._counts[places] == 0
        self._sums[places[nobody]] = 0
        means = self._sums[places] / np.maximum(self._counts[places], 1)[:, None]
        self._means[places] = means
        squares = np.einsum("ij,ij->i", self._means[places], self._means[places])
        self._longest = max(self._longest, float(np.sqrt(squares.max(initial=0.0))))
        squares[nobody] = np.inf
        self._squares[places] = squares

    def _place(self, person: int) -> int:
        place = self._places.get(person)
        if place is None:
            place = self._free.pop() if self._free else self._new_place()
            self._places[person] = place
            self._numbers[place] = person
        return place

    def _forget(self, person: int) -> int:
        place = self._places.pop(person)
        del self._numbers[place]
        self._free.append(place)
        return place

    def _new_place(self) -> int:
        if self._size == len(self._counts):
            self._counts, self._squares = _roomier(self._counts), _roomier(self._squares)
            self._sums, self._means = _roomier(self._sums), _roomier(self._means)
        self._size += 1
        return self._size - 1


def _roomier(rows: "NDArray[_Number]") -> "NDArray[_Number]":
    """The same rows with room for more: so much that adding one by one copies little."""
    room = np.zeros((max(_LEAST_ROOM, len(rows) // 4), *rows.shape[1:]), rows.dtype)
    return np.concatenate([rows, room])
