"""Time as a place on a line, so that it can stand beside likeness."""

import numpy as np
from numpy.typing import NDArray

from photomill.components import GroupingInput

_DAY = 86_400.0


def filled_times(pictures: GroupingInput) -> NDArray[np.float64]:
    """Times without gaps, float64 (n,): an unknown one is that of the picture before it.

    Where no picture tells its time, the order given is the order taken.
    """
    count = len(pictures.vectors)
    if pictures.times is None or np.isnan(pictures.times).all():
        return np.arange(count, dtype=np.float64)
    known = ~np.isnan(pictures.times)
    last_known = np.maximum.accumulate(np.where(known, np.arange(count), -1))
    first = int(np.argmax(known))
    filled: NDArray[np.float64] = pictures.times[np.where(last_known < 0, first, last_known)]
    return filled


def timed_features(
    pictures: GroupingInput, weight: float, scale: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Likeness and time as one space: a gap moves what follows it on, a long one no further than a day's.

    :param weight: of time, 0 to 1.
    :param scale: seconds of a gap that counts half of the largest.
    :returns: float64 (n, dimension + 1) in the order taken, and int64 (n,): which picture each row is.
    """
    times = filled_times(pictures)
    order = np.argsort(times, kind="stable")
    taken = times[order]
    gaps = np.minimum(np.diff(taken, prepend=taken[0]), _DAY)
    clock = np.cumsum(gaps / (gaps + scale))
    vectors = pictures.vectors[order].astype(np.float64)
    features = np.hstack([vectors * np.sqrt(1 - weight), clock[:, None] * np.sqrt(weight)])
    return features, order
