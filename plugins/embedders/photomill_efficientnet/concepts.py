"""What EfficientNet-Lite0 knows by name: ImageNet's 1,000 classes, told from its embedding."""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Concept, Vectors, Vocabulary

TYPICAL_LENGTH = 14.6
"""Of the pooled features, which the embedding scales to 1: the mean over 250 photographs.

With it in the place of each image's own length the likeliest class is the same. So whatever has an embedding has concepts, and needs no image for them.
"""

_LEAST_LENGTH = np.float32(1e-30)


class Classifier:
    """The network's last layer."""

    def __init__(self, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        """
        :param weights: (1000, 1280).
        :param bias: (1000,).
        """
        self._weights = weights
        self._bias = bias

    def posteriors(self, vectors: Vectors) -> NDArray[np.float32]:
        """The probabilities of the classes: float32 (n, 1000).

        :param vectors: features of length 1, float32 (n, 1280).
        """
        return self._probabilities(vectors @ self._weights.T)

    def posteriors_of(
        self, logits: NDArray[np.float32], lengths: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The same probabilities, from what the network itself made of features of other lengths above 0.

        :param logits: float32 (n, 1000).
        :param lengths: of the features that they were made of, float32 (n,).
        """
        # Of features that are all 0 nothing but the bias is left.
        divisors = np.maximum(lengths, _LEAST_LENGTH)[:, None]
        return self._probabilities(np.asarray((logits - self._bias) / divisors, np.float32))

    def _probabilities(self, products: NDArray[np.float32]) -> NDArray[np.float32]:
        scores = products * np.float32(TYPICAL_LENGTH) + self._bias
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores


@cache
def vocabulary() -> Vocabulary:
    """The classes and their kinds, with WordNet's names and definitions; see ``make_vocabulary.py``."""
    first, *lines = (
        files(__package__).joinpath("vocabulary.tsv").read_text(encoding="utf-8").splitlines()
    )
    rows = [line.split("\t") for line in lines]
    places = {row[0]: place for place, row in enumerate(rows)}
    return Vocabulary(
        [
            Concept(
                names=names.split("|"),
                kinds=[places[kind] for kind in kinds.split("|") if kind],
                definition=definition,
                is_tag=shown == "+",
            )
            for _, shown, names, kinds, definition in rows
        ],
        classes=int(first),
    )
