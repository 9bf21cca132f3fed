"""EfficientNet-Lite0's pooled features as an embedder."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Embedder, Image, OpenContext, Pixels, Vectors, Vocabulary
from photomill_efficientnet.concepts import Classifier, vocabulary
from photomill_lite0.graph import FEATURES
from photomill_lite0.network import GRAPH_VERSION, open_classifier, prepared
from photomill_lite0.weights import PACKAGE, SHA256, lite0_weights
from photomill_networks.cache import cached
from photomill_networks.features import unit_vector

PREPROCESSING_VERSION = 1
"""Changes with whatever else changes the vectors."""

DISTANCE_SCALE = 9.4
"""5.0 over the 99th percentile of the distance between 250 photographs and their mild re-encodings, as
``benchmarks/embedders.py`` measures it."""


class EfficientNet(Embedder):
    """Finds the same and similar scenes and objects; its weights come with the install."""

    name = "efficientnet"
    requires = ("onnxruntime", PACKAGE)

    _session: Any = None
    _classifier: Classifier

    def open(self, context: OpenContext) -> None:
        self._session = open_classifier(context.cache_dir)
        name = f"efficientnet-lite0-{SHA256[:16]}-{GRAPH_VERSION}-classes.cache"
        layer = cached(context.cache_dir / name, _last_layer)
        values = np.frombuffer(layer, "<f4").reshape(-1, FEATURES + 1)
        self._classifier = Classifier(values[:, :FEATURES], values[:, FEATURES])

    def close(self) -> None:
        self._session = None
        self.__dict__.pop("_classifier", None)

    @property
    def vocabulary(self) -> Vocabulary:
        return vocabulary()

    @property
    def dimension(self) -> int:
        return FEATURES

    @property
    def fingerprint(self) -> str:
        return f"efficientnet-lite0-{SHA256[:16]}-{PREPROCESSING_VERSION}"

    @property
    def distance_scale(self) -> float:
        return DISTANCE_SCALE

    @property
    def decode_side(self) -> int:
        return 320

    def _embed(self, images: Sequence[Image]) -> Vectors:
        # One image a run: in a larger batch the sums would be rounded otherwise.
        return np.stack([self._embed_one(image.pixels) for image in images])

    def _concepts_of(self, vectors: Vectors) -> NDArray[np.float32]:
        return self._classifier.posteriors(vectors)

    def _embed_one(self, pixels: Pixels) -> NDArray[np.float32]:
        (features,) = self._session.run(["features"], {"pixels": prepared(pixels)})
        return unit_vector(features)


def _last_layer() -> bytes:
    """The weights and biases of the classes: float32 (1000, 1281)."""
    weights = lite0_weights()
    layer = np.column_stack([weights["_fc.weight"], weights["_fc.bias"]])
    return layer.astype("<f4").tobytes()
