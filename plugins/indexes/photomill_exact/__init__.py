"""The exact index: compares the query with every row."""

from photomill.plugin import VectorIndex, hookimpl
from photomill_exact.index import ExactIndex

__all__ = ["ExactIndex", "register_indexes"]


@hookimpl
def register_indexes() -> list[type[VectorIndex]]:
    return [ExactIndex]
