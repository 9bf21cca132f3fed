"""CLIP: images and texts in one space, by open_clip."""

from photomill.plugin import Embedder, hookimpl
from photomill_clip.embedder import Clip

__all__ = ["Clip"]


@hookimpl
def register_embedders() -> list[type[Embedder]]:
    return [Clip]
