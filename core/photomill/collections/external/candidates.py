"""Which records a search over an external index looks at, nearest first, and how far they can be trusted."""

from collections.abc import Iterator, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.external.filters import Filter
from photomill.collections.external.moment import Pinned
from photomill.collections.target import Target
from photomill.components import Found
from photomill.errors import Unsupported

DEPTHS = (50, 1000, 10_000)
"""How many of the nearest an index is asked for, in turns: fixed, so that pages fit together whatever page is wanted."""

_GATHERED = 100_000
"""Records that are looked at one by one where an index does not lead to enough of them."""


@frozen(eq=False)
class Candidates:
    """Records that may be in an answer.

    :ivar vectors: of the records, by serial.
    :ivar end: every record nearer than this, in users' distance, that the index led to is among them; none is as far.
    :ivar plan: what was done.
    """

    vectors: dict[int, NDArray[np.float32]]
    end: float
    plan: str

    @property
    def everything(self) -> bool:
        """Whether no record that the filter lets through is further away."""
        return self.end == np.inf


def candidates(
    pinned: Pinned, target: Target, filter: Filter, effort: int | None
) -> Iterator[Candidates]:
    """Ever more candidates; each time those of before, and further ones no nearer than the last end.

    Records that the index overlooked when it was asked for fewer are left out, so that pages fit together.

    :raises Unsupported: what is wanted lies deeper than anything is looked for.
    """
    tail = _tail(pinned, target, filter)
    known: dict[int, NDArray[np.float32]] = {}
    end = 0.0
    for depth in DEPTHS:
        found = pinned.reader.search(
            target.vectors, depth, filter.native, without=pinned.tail.masked, effort=effort
        )
        serials = np.unique(np.concatenate([each.serials for each in found]))
        passed = pinned.let_through(serials.tolist(), filter)
        vectors = pinned.vectors(passed)
        # Without more to give for any query, the index gave all.
        short = all(len(each.serials) < depth for each in found)
        until = np.inf if short else _reach(found, target)
        for serial, distance in zip(vectors, _distances(vectors, target), strict=True):
            if end <= distance < until:
                known[serial] = vectors[serial]
        end = max(end, until)
        near = {serial: vector for serial, (distance, vector) in tail.items() if distance < end}
        yield Candidates({**known, **near}, end, "external")
        if short:
            return
    yield Candidates(_gathered(pinned, filter), np.inf, "external+gather")


def _gathered(pinned: Pinned, filter: Filter) -> dict[int, NDArray[np.float32]]:
    """The vectors of all records that a filter lets through, where they are few."""
    found: list[int] = []
    for serial in pinned.serials(filter):
        found.append(serial)
        if len(found) > _GATHERED:
            named = filter.narrowed.left_out
            reason = f"the condition on {named!r} lets through" if named else "there are"
            raise Unsupported(
                f"not enough of the {DEPTHS[-1]} nearest records are in the answer, and {reason} more than {_GATHERED}, "
                "too many to look at each: this collection's index keeps them outside of memory"
            )
    return pinned.vectors(found)


def _tail(
    pinned: Pinned, target: Target, filter: Filter
) -> dict[int, tuple[float, NDArray[np.float32]]]:
    """What the index has not applied: the distance and the vector of each record that the filter lets through."""
    vectors = {
        serial: pinned.tail.records[serial].vector
        for serial in pinned.tail.matching(filter.predicate)
    }
    return {
        serial: (distance, vectors[serial])
        for serial, distance in zip(vectors, _distances(vectors, target), strict=True)
    }


def _distances(vectors: dict[int, NDArray[np.float32]], target: Target) -> list[float]:
    if not vectors:
        return []
    distances: list[float] = target.distances(np.stack(list(vectors.values()))).tolist()
    return distances


def _reach(found: Sequence[Found], target: Target) -> float:
    """The distance below which a record that is near to any query is among what was found for it."""
    last = min(float(each.distances[-1]) for each in found if len(each.distances))
    return float(np.sqrt(max(last * last - target.slack, 0.0))) * target.scale
