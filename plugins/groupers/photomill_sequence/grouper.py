"""The grouper."""

import numpy as np
from attrs import field, frozen, validators
from numpy.typing import NDArray

from photomill.components import Grouper, GroupingInput, Labels
from photomill_sequence.partition import best_cuts

_DAY = 86_400.0


@frozen
class SequenceOptions:
    """
    :ivar time_weight: how much gaps in time count beside likeness, 0 to 1; 1 looks at the clock alone.
    :ivar scale: seconds of a gap that counts half of the largest.
    """

    time_weight: float = field(default=0.5, validator=[validators.ge(0), validators.le(1)])
    scale: float = field(default=3600.0, validator=validators.gt(0))


class Sequence(Grouper):
    """Puts pictures in the order they were taken and cuts it where it costs least: an exact optimum.

    Where no picture tells its time, the order given is the order taken; one that does not among others that do stays
    beside the one before it.
    """

    name = "sequence"
    Options = SequenceOptions

    def _group(self, pictures: GroupingInput, groups: int, smallest: int, largest: int) -> Labels:
        times = _filled(pictures)
        order = np.argsort(times, kind="stable")
        features = self._features(pictures.vectors[order].astype(np.float64), times[order])
        cuts = best_cuts(features, groups, smallest, largest)
        labels = np.empty(len(order), np.int64)
        labels[order] = np.repeat(np.arange(groups), np.diff(cuts))
        return labels

    def _features(
        self, vectors: NDArray[np.float64], times: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Likeness and time as one space: a gap moves what follows it on, a long one no further than a day's."""
        gaps = np.diff(times, prepend=times[0])
        clock = np.cumsum(np.minimum(gaps, _DAY) / (np.minimum(gaps, _DAY) + self.options.scale))
        weight = self.options.time_weight
        return np.hstack([vectors * np.sqrt(1 - weight), clock[:, None] * np.sqrt(weight)])


def _filled(pictures: GroupingInput) -> NDArray[np.float64]:
    """Times without gaps: an unknown one is that of the picture before it."""
    count = len(pictures.vectors)
    if pictures.times is None or np.isnan(pictures.times).all():
        return np.arange(count, dtype=np.float64)
    known = ~np.isnan(pictures.times)
    last_known = np.maximum.accumulate(np.where(known, np.arange(count), -1))
    first = int(np.argmax(known))
    filled: NDArray[np.float64] = pictures.times[np.where(last_known < 0, first, last_known)]
    return filled
