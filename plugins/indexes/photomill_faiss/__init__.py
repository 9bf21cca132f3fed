"""Indexes of faiss: 1-bit codes, scanned whole or cell by cell, and 8-bit codes that prove what they left out."""

from photomill.plugin import VectorIndex, hookimpl
from photomill_faiss.byte_index import ByteIndex
from photomill_faiss.ivf_rabitq import IvfRabitqIndex
from photomill_faiss.rabitq import RabitqIndex

__all__ = ["ByteIndex", "IvfRabitqIndex", "RabitqIndex", "register_indexes"]


@hookimpl
def register_indexes() -> list[type[VectorIndex]]:
    return [RabitqIndex, IvfRabitqIndex, ByteIndex]
