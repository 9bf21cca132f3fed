"""Blending visual distance with the similarity of tags."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from photomill.collections.model import TagBlend
from photomill.collections.ranking import Ranked, Ranking
from photomill.collections.words.ranking import WordsRanking
from photomill.names import folded

ReadTags = Callable[[Sequence[int]], Sequence[Sequence[Any]]]
"""Rows → the tags of each."""

_FIRST = 1024


def blend_tags(
    ranking: Ranking | WordsRanking, blend: TagBlend, count: int, read_tags: ReadTags
) -> Ranked:
    """The rows by ascending (blended distance, id), up to ``count``.

    :param ranking: an exact one.

    Goes through rows by ascending visual distance until no later row can be among the first: its blended distance is
    at least (1 - weight) times its visual one.
    """
    wanted = _folded(blend.tags)
    depth = max(_FIRST, 4 * count)
    while True:
        near = ranking.first(depth)
        unlike = np.array(
            [_dissimilarity(wanted, _folded(tags)) for tags in read_tags(near.rows.tolist())],
            np.float64,
        )
        distances = np.round(
            (1.0 - blend.weight) * near.distances + blend.weight * 100.0 * unlike, 6
        )
        result = ranking.ordered(near.rows, distances).first(count)
        everything = len(near.rows) >= ranking.survivors
        if everything or (
            len(result.rows) == count
            and (not count or result.distances[-1] < _nearest_later(near, blend.weight))
        ):
            return result
        depth *= 8


def _nearest_later(near: Ranked, weight: float) -> float:
    """What the blended distance of a row behind these is at least, rounded as it would be."""
    return round((1.0 - weight) * float(near.distances[-1]), 6)


def _folded(tags: Sequence[Any]) -> frozenset[str]:
    return frozenset(folded(tag) for tag in tags if isinstance(tag, str))


def _dissimilarity(a: frozenset[str], b: frozenset[str]) -> float:
    """1 - Jaccard; two empty sets are alike."""
    if not a and not b:
        return 0.0
    return 1.0 - len(a & b) / len(a | b)
