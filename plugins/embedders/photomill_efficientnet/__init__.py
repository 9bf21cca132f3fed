"""The default embedder: EfficientNet-Lite0, run by onnxruntime."""

from photomill.plugin import Embedder, Model, hookimpl
from photomill_efficientnet.embedder import EfficientNet
from photomill_sentences.e5 import E5
from photomill_sentences.minilm import MINILM

__all__ = ["EfficientNet"]


@hookimpl
def register_embedders() -> list[type[Embedder]]:
    return [EfficientNet]


@hookimpl
def register_models() -> list[Model]:
    return [MINILM, E5]
