"""The network, open, and what it is given."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill_lite0.graph import SIDE, classifier_model
from photomill_lite0.weights import SHA256, lite0_weights
from photomill_networks.cache import cached
from photomill_networks.runtime import open_session

GRAPH_VERSION = 2
"""Changes with the graph that is cached."""


def open_classifier(cache_dir: Path) -> Any:
    """Open the network: an ``onnxruntime.InferenceSession`` that many threads may run at once; see :func:`classifier_model`.

    :param cache_dir: where the model is kept, so that it is made once.
    :raises PluginUnavailable: the weights are missing or damaged.
    """
    path = cache_dir / f"efficientnet-lite0-{SHA256[:16]}-{GRAPH_VERSION}.cache"
    return open_session(cached(path, lambda: classifier_model(lite0_weights())))


def prepared(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Squash an image to the network's square and normalise it: float32 (1, 3, 224, 224).

    Squashed and not cropped: what stands at the edges counts too. Pillow's bicubic filter widens with the reduction,
    so nothing is aliased.

    :param pixels: of shape (h, w, 3).
    """
    import PIL.Image

    squashed = PIL.Image.fromarray(pixels).resize((SIDE, SIDE), PIL.Image.Resampling.BICUBIC)
    values = np.array(squashed, np.float32)
    values -= 127.0
    values /= 128.0
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])
