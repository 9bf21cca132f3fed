"""Choosing pieces of an image: those that look alike, and go on with what their neighbours show."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill_generative.patches import Features, Places, nearest

_PATIENCE, _INDIFFERENCE = 1.6, 2_000.0
"""How much more than the best a piece may cost that goes on with its neighbour: a factor, and an offset."""
_STEPS = (8, 4, 2, 1)


@frozen(eq=False)
class Pieces:
    """Every piece of an image, by rows.

    :ivar features: of each piece, shape (rows × columns, n).
    :ivar charges: what each costs beside its distance, shape (rows × columns,).
    """

    features: Features
    charges: Features
    rows: int
    columns: int

    def chosen(
        self, queries: Features, places: Places, open_places: NDArray[np.bool_], *, every: int = 1
    ) -> Places:
        """Choose a piece for each open place.

        Neighbours that go on with each other keep a texture whole: M. Ashikhmin, "Synthesizing Natural Textures" (2001).

        :param queries: features of what stands at the open places, shape (n, …).
        :param places: what the other places show, shape (h, w, 2).
        :param open_places: shape (h × w,); n of them are open.
        :param every: of rows and columns, those in which the first choice is sought.
        """
        numbers = np.arange(self.rows * self.columns).reshape(self.rows, self.columns)
        offered = numbers[::every, ::every].ravel()
        best, costs = nearest(queries, self.features[offered], self.charges[offered])
        found = places.copy()
        found.reshape(-1, 2)[open_places] = self._places(offered[best])
        limits = costs * _PATIENCE + _INDIFFERENCE
        for step in _STEPS:
            for axis in (0, 1):
                for direction in (step, -step):
                    self._follow(found, open_places, queries, limits, axis, direction)
        return found

    def _follow(
        self,
        found: Places,
        open_places: NDArray[np.bool_],
        queries: Features,
        limits: Features,
        axis: int,
        step: int,
    ) -> None:
        """Go on with what a neighbour shows, where that costs little more than the best there is."""
        proposed = np.roll(found, step, axis)
        proposed[:, :, axis] += step
        proposed = proposed.reshape(-1, 2)[open_places]
        inside = ((proposed >= 0) & (proposed < (self.rows, self.columns))).all(axis=-1)
        numbers = (proposed[:, 0] * self.columns + proposed[:, 1])[inside]
        costs = np.square(queries[inside] - self.features[numbers]).sum(axis=1)
        costs += self.charges[numbers]
        taken = np.flatnonzero(inside)[costs <= limits[inside]]
        chosen = found.reshape(-1, 2)[open_places]
        chosen[taken] = proposed[taken]
        found.reshape(-1, 2)[open_places] = chosen

    def _places(self, numbers: NDArray[np.int64]) -> Places:
        return np.stack(np.divmod(numbers, self.columns), axis=-1)
