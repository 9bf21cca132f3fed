"""Finds faces and number plates, and keeps people from being known by them."""

from photomill.plugin import EditOperation, Model, hookimpl
from photomill_faces.model import MTCNN
from photomill_ocr.model import OCR
from photomill_privacy.blur_plates import BlurPlates
from photomill_privacy.face_crop import FaceCrop
from photomill_privacy.identity_crop import HaarIdentityCrop, MtcnnIdentityCrop
from photomill_privacy.onnx_plates import OnnxPlates
from photomill_privacy.text_plates import TextPlates

__all__ = [
    "BlurPlates",
    "FaceCrop",
    "HaarIdentityCrop",
    "MtcnnIdentityCrop",
    "OnnxPlates",
    "TextPlates",
]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return [MtcnnIdentityCrop, HaarIdentityCrop, FaceCrop, OnnxPlates, TextPlates, BlurPlates]


@hookimpl
def register_models() -> list[Model]:
    return [MTCNN, OCR]
