"""The default embedder: EfficientNet-Lite0, run by onnxruntime."""

from photomill import hookimpl
from photomill.components import Embedder
from photomill_efficientnet.embedder import EfficientNet


@hookimpl
def register_embedders() -> list[type[Embedder]]:
    return [EfficientNet]
