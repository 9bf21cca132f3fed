"""The default embedder: EfficientNet-Lite0, run by onnxruntime."""

from photomill import hookimpl
from photomill.components import Embedder
from photomill_efficientnet.embedder import EfficientNet

__all__ = ["EfficientNet"]


@hookimpl
def register_embedders() -> list[type[Embedder]]:
    return [EfficientNet]
