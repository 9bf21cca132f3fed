"""Repairs and enlarges images: with waifu2x, with a model of one's own, and without any model."""

from photomill.plugin import EditOperation, Model, hookimpl
from photomill_restoration.classical_decompress import ShiftedDecompress
from photomill_restoration.classical_upscale import BackProjectedUpscale
from photomill_restoration.model import WAIFU2X
from photomill_restoration.onnx_upscale import OnnxUpscale
from photomill_restoration.polish import RestrainedPolish
from photomill_restoration.waifu2x_decompress import Waifu2xDecompress
from photomill_restoration.waifu2x_upscale import Waifu2xUpscale

__all__ = [
    "BackProjectedUpscale",
    "OnnxUpscale",
    "RestrainedPolish",
    "ShiftedDecompress",
    "Waifu2xDecompress",
    "Waifu2xUpscale",
]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return [
        Waifu2xDecompress,
        Waifu2xUpscale,
        ShiftedDecompress,
        BackProjectedUpscale,
        RestrainedPolish,
        OnnxUpscale,
    ]


@hookimpl
def register_models() -> list[Model]:
    return [WAIFU2X]
