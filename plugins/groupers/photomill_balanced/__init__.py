"""Groups by likeness, with k-means whose groups keep to their sizes."""

from photomill import hookimpl
from photomill.components import Grouper
from photomill_balanced.grouper import Balanced, BalancedOptions

__all__ = ["Balanced", "BalancedOptions"]


@hookimpl
def register_groupers() -> list[type[Grouper]]:
    return [Balanced]
