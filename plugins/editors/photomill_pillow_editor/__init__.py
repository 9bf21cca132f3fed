"""Edits and encodes with Pillow and numpy alone: what serves where libvips is not there, and what it is compared with."""

from photomill import hookimpl
from photomill.components import EditOperation, Encoder
from photomill_pillow_editor.encoder import PillowEncoder

__all__ = ["PillowEncoder"]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return []


@hookimpl
def register_encoders() -> list[type[Encoder]]:
    return [PillowEncoder]
