"""Resizes, fills and encodes with Pillow and numpy alone: the reference that proves editors to be exchangeable."""

from photomill.plugin import EditOperation, Encoder, hookimpl
from photomill_pillow_editor.canvas import PillowCanvas
from photomill_pillow_editor.encoder import PillowEncoder
from photomill_pillow_editor.resizing import PillowResizing

__all__ = ["PillowCanvas", "PillowEncoder", "PillowResizing"]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return [PillowResizing, PillowCanvas]


@hookimpl
def register_encoders() -> list[type[Encoder]]:
    return [PillowEncoder]
