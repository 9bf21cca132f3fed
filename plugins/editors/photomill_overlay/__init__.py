"""Puts marks on images."""

from photomill.plugin import EditOperation, hookimpl
from photomill_overlay.watermark import Watermark, WatermarkParameters

__all__ = ["Watermark", "WatermarkParameters"]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return [Watermark]
