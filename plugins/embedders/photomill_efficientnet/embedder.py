"""EfficientNet-Lite0 as an embedder, in this version and the one before."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Embedder, Image, OpenContext, Sentences, Vectors, Vocabulary
from photomill_efficientnet.concepts import Classifier, vocabulary
from photomill_efficientnet.projection import DIMENSION, Projection
from photomill_efficientnet.sentences import AddedSentences
from photomill_lite0.graph import FEATURES
from photomill_lite0.network import GRAPH_VERSION, open_classifier, prepared
from photomill_lite0.weights import PACKAGE, SHA256, lite0_weights
from photomill_networks.cache import cached
from photomill_networks.features import unit_vector

VERSION = 2
"""Changes with whatever changes the vectors: 1 were the features themselves, 2 are projected."""

DISTANCE_SCALE = 9.5
"""5.0 over the 99th percentile of the distance between 250 photographs and their mild re-encodings, as
``benchmarks/embedders.py`` measures it."""

FEATURES_DISTANCE_SCALE = 9.4
"""Likewise for version 1."""


class EfficientNet(Embedder):
    """Finds the same and similar scenes and objects; its weights come with the install."""

    name = "efficientnet"
    requires = ("onnxruntime", PACKAGE)

    _network: "Network"
    _projection: Projection

    def open(self, context: OpenContext) -> None:
        self._network = Network(context)
        name = f"efficientnet-lite0-{SHA256[:16]}-{VERSION}-projection.cache"
        kept = cached(context.cache_dir / name, _projection)
        self._projection = Projection.from_bytes(kept)

    def close(self) -> None:
        self.__dict__.pop("_network", None)
        self.__dict__.pop("_projection", None)

    @property
    def vocabulary(self) -> Vocabulary:
        return vocabulary()

    @property
    def dimension(self) -> int:
        return DIMENSION

    @property
    def fingerprint(self) -> str:
        return _fingerprint(VERSION)

    @property
    def distance_scale(self) -> float:
        return DISTANCE_SCALE

    @property
    def decode_side(self) -> int:
        return 320

    def sentences(self, text: str) -> Sentences | None:
        return self._network.sentences.best(text)

    def earlier(self, fingerprint: str) -> Embedder | None:
        return Features(self._network) if fingerprint == _fingerprint(1) else None

    def _convert(self, vectors: Vectors, fingerprint: str) -> Vectors:
        # Version 1 kept what this one projects.
        if fingerprint != _fingerprint(1):
            return super()._convert(vectors, fingerprint)
        return self._projection(vectors)

    def _embed(self, images: Sequence[Image]) -> Vectors:
        return self._projection(self._network.features(images))

    def _embed_with_concepts(self, images: Sequence[Image]) -> tuple[Vectors, NDArray[np.float32]]:
        features, posteriors = self._network.features_with_posteriors(images)
        return self._projection(features), posteriors


class Features(Embedder):
    """Version 1: the 1280 features themselves, for collections that hold such."""

    name = EfficientNet.name

    def __init__(self, network: "Network") -> None:
        super().__init__(None)
        self._network = network

    @property
    def vocabulary(self) -> Vocabulary:
        return vocabulary()

    @property
    def dimension(self) -> int:
        return FEATURES

    @property
    def fingerprint(self) -> str:
        return _fingerprint(1)

    @property
    def distance_scale(self) -> float:
        return FEATURES_DISTANCE_SCALE

    @property
    def decode_side(self) -> int:
        return 320

    def sentences(self, text: str) -> Sentences | None:
        return self._network.sentences.best(text)

    def _embed(self, images: Sequence[Image]) -> Vectors:
        return self._network.features(images)

    def _embed_with_concepts(self, images: Sequence[Image]) -> tuple[Vectors, NDArray[np.float32]]:
        return self._network.features_with_posteriors(images)

    def _concepts_of(self, vectors: Vectors) -> NDArray[np.float32]:
        return self._network.classifier.posteriors(vectors)


class Network:
    """The network and its last layer, opened, and what serves beside them.

    :ivar sentences: the models of sentences that were added.
    """

    def __init__(self, context: OpenContext) -> None:
        self._session: Any = open_classifier(context.cache_dir)
        name = f"efficientnet-lite0-{SHA256[:16]}-{GRAPH_VERSION}-classes.cache"
        layer = cached(context.cache_dir / name, _last_layer)
        self.sentences = AddedSentences(context.models_dir)
        values = np.frombuffer(layer, "<f4").reshape(-1, FEATURES + 1)
        self.classifier = Classifier(values[:, :FEATURES], values[:, FEATURES])

    def features(self, images: Sequence[Image]) -> Vectors:
        """The pooled features before the classifier, brought to length 1: float32 (n, 1280)."""
        return np.stack([unit_vector(each) for each, _ in self._run(images)])

    def features_with_posteriors(
        self, images: Sequence[Image]
    ) -> tuple[Vectors, NDArray[np.float32]]:
        """The features, and the probabilities of the classes: float32 (n, 1000)."""
        features, logits = map(np.concatenate, zip(*self._run(images), strict=True))
        posteriors = self.classifier.posteriors_of(logits, np.linalg.norm(features, axis=1))
        return np.stack([unit_vector(each) for each in features]), posteriors

    def _run(self, images: Sequence[Image]) -> list[list[NDArray[np.float32]]]:
        """Features (1, 1280) and logits (1, 1000) of each image."""
        # One image a run: in a larger batch the sums would be rounded otherwise.
        return [
            self._session.run(["features", "logits"], {"pixels": prepared(image.pixels)})
            for image in images
        ]


def _fingerprint(version: int) -> str:
    return f"efficientnet-lite0-{SHA256[:16]}-{version}"


def _last_layer() -> bytes:
    """The weights and biases of the classes: float32 (1000, 1281)."""
    weights = lite0_weights()
    layer = np.column_stack([weights["_fc.weight"], weights["_fc.bias"]])
    return layer.astype("<f4").tobytes()


def _projection() -> bytes:
    return Projection.of_classifier(lite0_weights()["_fc.weight"]).to_bytes()
