"""Groups by similarity, with k-means whose groups keep to their sizes."""

from photomill.plugin import Grouper, hookimpl
from photomill_balanced.grouper import Balanced, BalancedOptions

__all__ = ["Balanced", "BalancedOptions"]


@hookimpl
def register_groupers() -> list[type[Grouper]]:
    return [Balanced]
