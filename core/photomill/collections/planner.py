"""Choosing how a search runs: what each way would cost, and the cheapest one that loses nothing.

The constants are microseconds on one core, fitted by ``benchmarks/search.py`` to its own measurements.
"""

from enum import Enum

from attrs import frozen

from photomill.components.embedder import Vectors
from photomill.components.index import VectorIndex

HEAD = 50
"""How many of the nearest are an index's to know, whatever page is wanted: so that pages fit together."""

SCAN_PER_FLOAT = 0.00012
"""Measuring rows where they lie, one after the other."""

GATHER_PER_FLOAT = 0.00048
"""Copying scattered rows and measuring them."""

OVERFETCH = 1.5
"""Asked for beyond the expected number, where an index cannot filter."""

_WIDER = 2
"""How many times as many candidates are asked for at least, where there were too few."""

_SURER = 1.25
"""How many times as many are asked for as an index estimates that it needs."""


class Way(Enum):
    """How a search runs."""

    EMPTY = "empty"
    SCAN = "scan"
    GATHER = "gather"
    CODES = "codes"
    INDEX = "index"
    INDEX_FILTER = "index+filter"
    INDEX_OVERFETCH = "index+overfetch"

    @property
    def exact(self) -> bool:
        return self in _EXACT


# Each search asks several times, and a set would ask for the hash of a member, which is Python's.
_EXACT = (Way.EMPTY, Way.SCAN, Way.GATHER, Way.CODES)


@frozen
class Plan:
    """A way, and how many candidates an index is asked for."""

    way: Way
    candidates: int = 0


def choose(
    *,
    size: int,
    survivors: int,
    index: VectorIndex | None,
    indexed: int,
    queries: Vectors,
    exact: bool,
    exact_ms: float = 0.0,
) -> Plan:
    """Plan one search.

    :param size: rows, dead ones too.
    :param survivors: rows that may be in the answer.
    :param index: None where there is none yet.
    :param indexed: rows that the index holds; the others are scanned.
    :param queries: float32 (m, dimension).
    :param exact: the caller wants nothing approximate.
    :param exact_ms: milliseconds; where an exact way is cheaper, nothing approximate is worth it.
    """
    if survivors == 0:
        return Plan(Way.EMPTY)
    dimension = queries.shape[1]
    scan = size * dimension * SCAN_PER_FLOAT
    gather = survivors * dimension * GATHER_PER_FLOAT
    plans = [(scan, Plan(Way.SCAN))]
    if survivors < size:
        plans.append((gather, Plan(Way.GATHER)))
    cheapest = min(cost for cost, _ in plans)
    if index is not None and not exact and (index.exhaustive or cheapest > 1000.0 * exact_ms):
        rest = (size - indexed) * dimension * SCAN_PER_FLOAT
        plans.extend(
            (cost + rest, plan)
            for cost, plan in _with_index(index, indexed, survivors, size, queries)
        )
    return min(plans, key=lambda choice: choice[0])[1]


def widened(
    plan: Plan,
    needed: int,
    *,
    size: int,
    survivors: int,
    indexed: int,
    index: VectorIndex,
    dimension: int,
) -> Plan:
    """Plan a search anew for which an index gave too few: as many candidates as it needs, or an exact way.

    :param plan: with the index.
    :param needed: candidates, more than were asked for.
    """
    filters = plan.way is Way.INDEX_FILTER
    most = int(indexed * survivors / size) if filters else indexed
    wanted = max(_WIDER * plan.candidates, int(_SURER * needed))
    rerank = min(wanted, most) * dimension * GATHER_PER_FLOAT
    cost = index.cost(min(wanted, most), most if filters else None) + rerank
    cost += (size - indexed) * dimension * SCAN_PER_FLOAT
    exact = [
        (size * dimension * SCAN_PER_FLOAT, Plan(Way.SCAN)),
        (survivors * dimension * GATHER_PER_FLOAT, Plan(Way.GATHER)),
    ]
    if wanted < most:
        exact.append((cost, Plan(plan.way, wanted)))
    return min(exact if survivors < size else exact[::2], key=lambda choice: choice[0])[1]


def proof_pays(
    plan: Plan,
    *,
    size: int,
    survivors: int,
    dimension: int,
    codes: VectorIndex,
    candidates: int,
    gain: float,
) -> bool:
    """Whether an exact plan is expected to take more than ``gain`` times as long as a scan of codes.

    :param codes: an index that bounds what it leaves out.
    :param gain: above 1 as far as codes may leave open what is nearest, and their scan is then in vain.
    """
    cost = codes.cost(candidates, None if survivors == size else survivors)
    cost += candidates * dimension * GATHER_PER_FLOAT
    if plan.way is Way.GATHER:
        return gain * cost < survivors * dimension * GATHER_PER_FLOAT
    return plan.way is Way.SCAN and gain * cost < size * dimension * SCAN_PER_FLOAT


def _with_index(
    index: VectorIndex, indexed: int, survivors: int, size: int, queries: Vectors
) -> list[tuple[float, Plan]]:
    share = survivors / size
    rerank = queries.shape[1] * GATHER_PER_FLOAT
    unfiltered = index.candidates_for(queries, HEAD + 1)
    if survivors == size:
        return [(index.cost(unfiltered, None) + unfiltered * rerank, Plan(Way.INDEX, unfiltered))]
    plans = []
    if index.can_filter:
        wanted = index.candidates(HEAD + 1)
        allowed = int(indexed * share)
        cost = index.cost(wanted, allowed) + min(wanted, allowed) * rerank
        plans.append((cost, Plan(Way.INDEX_FILTER, wanted)))
    more = min(indexed, int(unfiltered / share * OVERFETCH) + 16)
    plans.append((index.cost(more, None) + more * share * rerank, Plan(Way.INDEX_OVERFETCH, more)))
    return plans
