"""How many of an index's lists a search looks through.

Records that a filter lets through are scattered over more lists the fewer they are. So probes are measured for some
shares, when an index is built, and taken from between them.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

SHARES = (1.0, 0.1, 0.01)
"""Of the records, those that filters let through for which probes are measured."""

USUAL_EFFORT = 200
FIRST = 8
GOOD = 0.995
"""Of the nearest that a search of all lists finds, the share that is enough. Codes lose some themselves."""

MARGIN = 4
"""Times as many probes as are enough for records themselves, which lie nearer to their lists than other queries do."""

KEY = "photomill.probes"


@frozen
class Probing:
    """What is known of an index.

    :ivar lists: how many it has.
    :ivar rows: how many records it was built for.
    :ivar measured: probes by the share that a filter lets through, by descending share.
    """

    lists: int
    rows: int
    measured: Sequence[tuple[float, int]]

    @classmethod
    def of(cls, config: Mapping[str, str]) -> "Probing | None":
        """What a dataset's configuration says; None where there is no index."""
        said = config.get(KEY)
        if said is None:
            return None
        told = json.loads(said)
        return cls(
            told["lists"], told["rows"], [(share, probes) for share, probes in told["measured"]]
        )

    def said(self) -> dict[str, str | None]:
        """The same for a dataset's configuration."""
        told = {"lists": self.lists, "rows": self.rows, "measured": list(self.measured)}
        return {KEY: json.dumps(told)}

    def probes(self, share: float, count: int, passing: int, effort: int | None) -> int:
        """How many lists to look through.

        :param share: of the records, those that the filter lets through.
        :param count: how many records are wanted.
        :param passing: how many the filter lets through.
        :param effort: how hard to look; None for what was measured.
        """
        wanted = self._usual(share) * (1.0 if effort is None else effort / USUAL_EFFORT)
        # Several times as many records as are wanted lie in the lists.
        enough = 3.0 * count * self.lists / max(passing, 1)
        return max(1, min(self.lists, math.ceil(max(wanted, enough))))

    def _usual(self, share: float) -> float:
        """Between measured shares as a straight line of logarithms; below them in proportion."""
        (above, more), *rest = self.measured
        if share >= above:
            return float(more)
        for below, probes in rest:
            if share >= below:
                part = math.log(above / share) / math.log(above / below)
                return float(more * (probes / more) ** part)
            above, more = below, probes
        return more * above / max(share, 1e-9)


def measure(
    lists: int, found: Callable[[float, int, int], Sequence[int]], queries: int
) -> list[tuple[float, int]]:
    """Double the probes until they are enough, for each share.

    :param found: the serials nearest to one of the queries, by share, probes and the query's number.
    """
    measured = []
    probes = min(FIRST, lists)
    for share in SHARES:
        wanted = [set(found(share, lists, query)) for query in range(queries)]
        total = sum(map(len, wanted))
        while probes < lists:
            hits = sum(
                len(near & set(found(share, probes, query))) for query, near in enumerate(wanted)
            )
            if hits >= GOOD * total:
                break
            probes = min(2 * probes, lists)
        measured.append((share, min(MARGIN * probes, lists)))
    return measured
