"""Indexes of faiss: 1-bit codes, scanned whole or cell by cell."""

from photomill.plugin import VectorIndex, hookimpl
from photomill_faiss.ivf_rabitq import IvfRabitqIndex
from photomill_faiss.rabitq import RabitqIndex

__all__ = ["IvfRabitqIndex", "RabitqIndex", "register_indexes"]


@hookimpl
def register_indexes() -> list[type[VectorIndex]]:
    return [RabitqIndex, IvfRabitqIndex]
