"""The index of nmslib: a navigable small-world graph."""

from photomill.plugin import VectorIndex, hookimpl
from photomill_nmslib.index import NmslibIndex

__all__ = ["NmslibIndex", "register_indexes"]


@hookimpl
def register_indexes() -> list[type[VectorIndex]]:
    return [NmslibIndex]
