"""Repairs and enlarges pictures: with a model of one's own, and without any model."""

from photomill import hookimpl
from photomill.components import EditOperation
from photomill_restoration.classical_decompress import ShiftedDecompress
from photomill_restoration.classical_upscale import BackProjectedUpscale
from photomill_restoration.onnx_upscale import OnnxUpscale
from photomill_restoration.polish import RestrainedPolish

__all__ = [
    "BackProjectedUpscale",
    "OnnxUpscale",
    "RestrainedPolish",
    "ShiftedDecompress",
]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return [
        ShiftedDecompress,
        BackProjectedUpscale,
        RestrainedPolish,
        OnnxUpscale,
    ]
