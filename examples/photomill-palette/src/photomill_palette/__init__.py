"""A plugin for Photomill: an embedder that knows only colours, and a sepia edit operation."""

from photomill.plugin import EditOperation, Embedder, hookimpl
from photomill_palette.embedder import Palette
from photomill_palette.sepia import Sepia


@hookimpl
def register_embedders() -> list[type[Embedder]]:
    return [Palette]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return [Sepia]
