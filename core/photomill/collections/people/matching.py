"""Whose a face is: the nearest person's, where that is near enough."""

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from photomill.collections.people.means import PersonMeans
from photomill.collections.store.people import Dispute
from photomill.components.recogniser import FaceVector

AskDisputes = Callable[[Collection[int]], Mapping[int, Dispute]]


class FaceMatcher:
    """Finds the people that new faces belong to, and takes them in.

    A face is held against the mean of each person's faces: with every further face of a person a single look-alike among
    them counts for less. Faces that are there never change hands, so that numbers keep their meaning; nobody is on one
    image twice.
    """

    def __init__(self, means: PersonMeans, disputes: AskDisputes, radius: float) -> None:
        """
        :param means: of everybody; some may be gone.
        :param disputes: what was said against some people; who is gone is left out.
        :param radius: Euclidean distance from the mean, up to which a face is a person's.
        """
        self._means = means
        self._disputes = disputes
        self._radius = radius

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
        disputes = self._disputes({person for _, _, person in near}) if near else {}
        for _, face, person in sorted(near):
            if found[face] is not None or person in found or person in taken:
                continue
            if person in disputes and _may_be(vectors[face], disputes[person]):
                found[face] = person
        return found

    def add(self, person: int, vector: FaceVector) -> None:
        """Take in a face."""
        self._means.add(np.array([person], np.int64), vector[None])


def _may_be(vector: FaceVector, dispute: Dispute) -> bool:
    """Whether a face is more like those of a person than like one of which somebody said that it is not."""
    if not len(dispute.others) or not len(dispute.own):
        return True
    return _nearest(vector, dispute.own) < _nearest(vector, dispute.others)


def _nearest(vector: FaceVector, others: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(others - vector, axis=1).min())
