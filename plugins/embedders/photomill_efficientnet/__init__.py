"""The default embedder: EfficientNet-Lite0, run by onnxruntime."""

from photomill.plugin import Embedder, hookimpl
from photomill_efficientnet.embedder import EfficientNet

__all__ = ["EfficientNet"]


@hookimpl
def register_embedders() -> list[type[Embedder]]:
    return [EfficientNet]
