"""Colours and structure in one vector, without weights: the fastest embedder."""

from photomill.plugin import Embedder, hookimpl
from photomill_descriptor.embedder import Descriptor

__all__ = ["Descriptor"]


@hookimpl
def register_embedders() -> list[type[Embedder]]:
    return [Descriptor]
