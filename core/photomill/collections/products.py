"""One hit per product: keeping the best record for each value of an attribute."""

from collections.abc import Callable, Iterator

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.ranking import Mask, Ranked


@frozen(eq=False)
class ProductKeys:
    """Which products each row belongs to.

    Row r has ``codes[offsets[r]:offsets[r + 1]]``; equal codes are equal JSON values. A row without any is a product of
    its own.

    :ivar offsets: int64 (size + 1,).
    :ivar codes: int32.
    """

    offsets: NDArray[np.int64]
    codes: NDArray[np.int32]

    def of(self, row: int) -> list[int]:
        return list(map(int, self.codes[self.offsets[row] : self.offsets[row + 1]]))

    def sizes(self, surviving: Mask) -> NDArray[np.int64]:
        """How many surviving rows belong to each product: int64 (codes,)."""
        owners = np.repeat(np.arange(len(surviving)), np.diff(self.offsets[: len(surviving) + 1]))
        codes = self.codes[: len(owners)]
        return np.bincount(codes[surviving[owners]], minlength=int(self.codes.max(initial=-1)) + 1)


def best_per_product(
    keys: ProductKeys, first: Callable[[int], Ranked], count: int, survivors: int
) -> Ranked:
    """The nearest row of each product, up to ``count`` of them.

    A row of several products is shown if any of them is new. Goes as deep into the ranking as it must, so that pages of
    products fit together.

    :param first: the ranking's first rows.
    """
    depth = max(64, 4 * count)
    while True:
        ranked = first(depth)
        kept = list(_new_products(keys, ranked))[:count]
        if len(kept) == count or len(ranked.rows) >= survivors:
            return Ranked(ranked.rows[kept], ranked.distances[kept])
        depth *= 4


def _new_products(keys: ProductKeys, ranked: Ranked) -> Iterator[int]:
    seen: set[int] = set()
    for place, row in enumerate(ranked.rows.tolist()):
        products = keys.of(row)
        if not products or not seen.issuperset(products):
            yield place
        seen.update(products)
