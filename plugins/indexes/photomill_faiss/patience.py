"""When a search has looked into enough cells.

It looks into cells from the nearest to the farthest, and ends once the last of them gave hardly anything that is near: the
patience of F. Busolin, C. Lucchese, F. M. Nardini, S. Orlando, R. Perego and S. Trani, "Early Exit Strategies for Approximate
k-NN Search in Dense Retrieval" (CIKM 2024). Where rows lie in clusters, the nearest lie in the first few cells. Where they lie
in all directions alike, each cell holds as many of them as the next, and all are looked into.

Nothing sharper bounds this from where the cells lie: in many dimensions the triangle inequality leaves every cell open.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Rows, Vectors

_LATE = 0.1
"""The share of the nearest rows that the farther half of the cells may hold where farther ones are left out."""


def is_enough(late: NDArray[np.bool_]) -> bool:
    """Whether farther cells may be left out.

    :param late: which of the nearest rows come from the farther half of the cells that were looked into.
    """
    return bool(np.count_nonzero(late) <= _LATE * len(late))


def search_cells(
    faiss: Any, index: Any, query: Vectors, cells: Rows, away: Vectors, count: int, selector: Any
) -> tuple[Vectors, Rows]:
    """Look into these cells alone: float32 and int64 (count,), ascending, padded with -1.

    :param index: of faiss, with cells.
    :param query: float32 (1, dimension).
    :param away: squared distances of the cells from the query.
    """
    squares, rows = np.empty(count, np.float32), np.empty(count, np.int64)
    cells, away = np.ascontiguousarray(cells), np.ascontiguousarray(away)
    parameters = faiss.IVFRaBitQSearchParameters(sel=selector, nprobe=len(cells))
    of = faiss.swig_ptr
    # What faiss wraps this in takes no parameters.
    index.search_preassigned_c(
        1, of(query), count, of(cells), of(away), of(squares), of(rows), False, parameters
    )
    return squares, rows
