"""Edits and encodes with Pillow and numpy alone: what serves where libvips is not there, and what it is compared with."""

from photomill import hookimpl
from photomill.components import EditOperation, Encoder
from photomill_pillow_editor.canvas import PillowCanvas
from photomill_pillow_editor.encoder import PillowEncoder
from photomill_pillow_editor.hdr import PillowHdr
from photomill_pillow_editor.resizing import PillowResizing
from photomill_pillow_editor.sharpness import PillowSharpness
from photomill_pillow_editor.smart_crop import SaliencyCrop
from photomill_pillow_editor.tone import PillowTone

__all__ = [
    "PillowCanvas",
    "PillowEncoder",
    "PillowHdr",
    "PillowResizing",
    "PillowSharpness",
    "PillowTone",
    "SaliencyCrop",
]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return [PillowResizing, SaliencyCrop, PillowCanvas, PillowTone, PillowHdr, PillowSharpness]


@hookimpl
def register_encoders() -> list[type[Encoder]]:
    return [PillowEncoder]
