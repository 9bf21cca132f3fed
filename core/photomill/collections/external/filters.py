"""A filter in two parts: what an index answers, and what only the record knows."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from photomill.columns.equality import json_equal
from photomill.columns.paths import split_path, values_at
from photomill.components import (
    EVERYTHING,
    AllOf,
    Comparison,
    Conditions,
    ExternalIndex,
    Narrowed,
    Opaque,
    Predicate,
    Relation,
    narrowed,
)


@frozen(eq=False)
class Filter:
    """A filter as one index is asked it.

    :ivar predicate: the truth; None lets everything through.
    :ivar narrowed: what the index is asked.
    """

    predicate: Predicate | None = None
    narrowed: Narrowed = field(factory=Narrowed)

    @classmethod
    def of(cls, predicate: Predicate | None, index: ExternalIndex) -> "Filter":
        if predicate is None:
            return cls()
        return cls(predicate, narrowed(predicate.conditions(), index.knows))

    @property
    def native(self) -> Conditions:
        """What the index is asked: it lets through all that the filter does."""
        return EVERYTHING if self.predicate is None else self.narrowed.conditions

    @property
    def residual(self) -> Predicate | None:
        """What tests the records that the index gives; None where it gives no others."""
        return None if self.narrowed.exact else self.predicate


@frozen(eq=False)
class OfProduct(Predicate):
    """What a filter lets through of one product.

    :ivar within: the filter; None for none.
    :ivar attribute: the dotted attribute that tells products apart.
    """

    within: Predicate | None
    attribute: str
    product: Any

    def matches(self, record: Mapping[str, Any]) -> bool:
        if self.within is not None and not self.within.matches(record):
            return False
        return any(
            json_equal(value, self.product)
            for value in values_at(record, split_path(self.attribute))
        )

    def conditions(self) -> Conditions:
        ours: Conditions = Opaque(self.attribute)
        if isinstance(self.product, bool | int | float | str):
            ours = Comparison(split_path(self.attribute), Relation.EQUAL, self.product)
        return ours if self.within is None else AllOf((self.within.conditions(), ours))
