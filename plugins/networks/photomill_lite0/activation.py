"""Where in an image the network sees what it names.

B. Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016: a class's weights, laid over the map
before pooling, tell what each cell says for that class.
"""

import numpy as np
from numpy.typing import NDArray

from photomill_lite0.graph import map_model
from photomill_lite0.network import prepared
from photomill_lite0.weights import lite0_weights
from photomill_networks.runtime import open_session

_LIKELIEST = 5
"""Classes that are asked where they are, each as much as it is likely."""


class ActivationMap:
    """The network up to its map, and the weights of its classes; may be asked by many threads at once."""

    def __init__(self) -> None:
        """
        :raises PluginUnavailable: the weights are missing or damaged.
        """
        weights = lite0_weights()
        self._session = open_session(map_model(weights))
        self._classes = np.asarray(weights["_fc.weight"], np.float32)
        self._bias = np.asarray(weights["_fc.bias"], np.float32)

    def of(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How much speaks in each cell of an image for the likeliest classes: float32 (7, 7), ≥ 0.

        :param rgb: of shape (h, w, 3), any size.
        """
        (features,) = self._session.run(["map"], {"pixels": prepared(rgb)})
        cells = features[0]
        logits = self._classes @ cells.mean(axis=(1, 2)) + self._bias
        likely = np.exp(logits - logits.max())
        first = np.argsort(-likely, kind="stable")[:_LIKELIEST]
        wanted = (likely[first] / likely.sum()) @ self._classes[first]
        return np.maximum(np.tensordot(wanted, cells, axes=1), 0).astype(np.float32)
