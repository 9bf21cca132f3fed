"""Edits with libvips: lazily, in one pass over the pixels."""

from photomill.plugin import EditOperation, Encoder, hookimpl
from photomill_vips_editor.canvas import VipsCanvas
from photomill_vips_editor.encoder import VipsEncoder
from photomill_vips_editor.hdr import LocalHdr
from photomill_vips_editor.resizing import VipsResizing
from photomill_vips_editor.sharpness import LumaSharpness
from photomill_vips_editor.smart_crop import AttentionCrop
from photomill_vips_editor.tone import TableTone

__all__ = [
    "AttentionCrop",
    "LocalHdr",
    "LumaSharpness",
    "TableTone",
    "VipsCanvas",
    "VipsEncoder",
    "VipsResizing",
]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return [VipsResizing, AttentionCrop, VipsCanvas, TableTone, LocalHdr, LumaSharpness]


@hookimpl
def register_encoders() -> list[type[Encoder]]:
    return [VipsEncoder]
