"""Images of one moment: near-duplicates that belong together."""

import numpy as np
from numpy.typing import NDArray

from photomill.collections.matrix import MatrixView
from photomill.collections.pairs import Clusters, pairs_within
from photomill.components import Labels, Vectors
from photomill.grouping.sizes import GroupSizes

_MOMENT = 600.0
"""Seconds between two images of one burst, at most."""


def find_bursts(
    vectors: Vectors, radius: float, times: NDArray[np.float64] | None = None
) -> list[NDArray[np.int64]]:
    """Find sets of two and more images that are linked by distances within ``radius``.

    :param vectors: float32 (n, dimension), unit rows.
    :param radius: Euclidean.
    :param times: float64 (n,) seconds, NaN where unknown: images that are known to be of other moments are not linked.
    :returns: the members of each set, ascending; sets by their first member.
    """
    linked = Clusters()
    view = MatrixView((vectors,), (0,), *vectors.shape)
    for near in pairs_within(view, np.arange(len(vectors)), radius):
        for first, second in zip(near.first.tolist(), near.second.tolist(), strict=True):
            if not _apart(times, first, second):
                linked.join(first, second)
    return [np.array(members, np.int64) for members in sorted(linked.groups())]


def keep_together(
    labels: Labels, bursts: list[NDArray[np.int64]], vectors: Vectors, sizes: GroupSizes
) -> Labels:
    """Bring every burst into one group where the sizes allow: where most of it is, in exchange for others.

    Those others leave the group that they fit least. A burst that is larger than a group may be stays split.

    :param labels: int64 (n,), a split that keeps the sizes; so does the result.
    """
    labels = labels.copy()
    counts = np.bincount(labels, minlength=sizes.groups)
    locked = np.zeros(len(labels), bool)
    for burst in bursts:
        if len(burst) > sizes.largest:
            continue
        home = int(np.argmax(np.bincount(labels[burst], minlength=sizes.groups)))
        locked[burst] = True
        strays = burst[labels[burst] != home]
        for stray in strays:
            _bring_home(int(stray), home, labels, counts, locked, vectors, sizes)
    return labels


def _bring_home(
    stray: int,
    home: int,
    labels: Labels,
    counts: NDArray[np.int64],
    locked: NDArray[np.bool_],
    vectors: Vectors,
    sizes: GroupSizes,
) -> None:
    left = int(labels[stray])
    room = counts[home] < sizes.largest and counts[left] > sizes.smallest
    if not room:
        # In exchange, whoever of that group is most like the group that the stray leaves.
        others = np.flatnonzero((labels == home) & ~locked)
        if len(others) == 0:
            return
        towards = vectors[labels == left].mean(axis=0) - vectors[labels == home].mean(axis=0)
        labels[others[int(np.argmax(vectors[others] @ towards))]] = left
        counts[home] -= 1
        counts[left] += 1
    labels[stray] = home
    counts[left] -= 1
    counts[home] += 1


def _apart(times: NDArray[np.float64] | None, first: int, second: int) -> bool:
    return times is not None and bool(abs(times[first] - times[second]) > _MOMENT)
