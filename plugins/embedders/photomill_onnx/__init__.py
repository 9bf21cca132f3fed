"""Any image encoder in ONNX, and a text encoder beside it."""

from photomill.plugin import Embedder, hookimpl
from photomill_onnx.embedder import Onnx

__all__ = ["Onnx"]


@hookimpl
def register_embedders() -> list[type[Embedder]]:
    return [Onnx]
