"""Colours and structure in one vector, without weights: the fastest embedder."""

from photomill import hookimpl
from photomill.components import Embedder
from photomill_descriptor.embedder import Descriptor

__all__ = ["Descriptor"]


@hookimpl
def register_embedders() -> list[type[Embedder]]:
    return [Descriptor]
