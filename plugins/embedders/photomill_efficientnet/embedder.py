"""EfficientNet-Lite0's pooled features as an embedder."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Embedder, Image, OpenContext, Pixels, Vectors
from photomill_lite0.graph import FEATURES
from photomill_lite0.network import open_classifier, prepared
from photomill_lite0.weights import PACKAGE, SHA256
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

    def open(self, context: OpenContext) -> None:
        self._session = open_classifier(context.cache_dir)

    def close(self) -> None:
        self._session = None

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
        # One picture a run: in a larger batch the sums would be rounded otherwise.
        return np.stack([self._embed_one(image.pixels) for image in images])

    def _embed_one(self, pixels: Pixels) -> NDArray[np.float32]:
        (features,) = self._session.run(["features"], {"pixels": prepared(pixels)})
        return unit_vector(features)
