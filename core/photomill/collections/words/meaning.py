"""How near what images show is to what a whole text means.

ConSE: M. Norouzi et al., "Zero-Shot Learning by Convex Combination of Semantic Embeddings", ICLR 2014. An image means the
mean of what its likeliest classes mean, each as much as it is likely; the cosine of that and of the text counts. The means
are not kept: a text's cosine with each class, and the length of each mean, give the same.
"""

from functools import cached_property, lru_cache

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.components.sentences import Sentences

_AT_ONCE = 20_000

Classes = NDArray[np.int64]
Likely = NDArray[np.float32]


@frozen(eq=False, slots=False)
class Measure:
    """Measures images by a model of sentences."""

    sentences: Sentences

    @cached_property
    def _between(self) -> NDArray[np.float32]:
        """The cosines of all pairs of classes."""
        classes = self.sentences.classes
        return np.asarray(classes @ classes.T, np.float32)

    def lengths(self, classes: Classes, likely: Likely) -> NDArray[np.float32]:
        """The lengths of the means: float32 (n,); infinite where nothing is known of an image.

        :param classes: int64 (n, k).
        :param likely: their probabilities, float32 (n, k).
        """
        lengths = np.full(len(classes), np.inf, np.float32)
        for start in range(0, len(classes), _AT_ONCE):
            some = classes[start : start + _AT_ONCE]
            shares = _shares(likely[start : start + _AT_ONCE])
            pairs = self._between[some[:, :, None], some[:, None, :]]
            squares = np.einsum("ij,ijk,ik->i", shares, pairs, shares)
            found = np.sqrt(np.maximum(squares, 0))
            lengths[start : start + _AT_ONCE] = np.where(found > 0, found, np.inf)
        return lengths

    def nearness(
        self, text: str, classes: Classes, likely: Likely, lengths: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The cosine of a text with each image: float32 (n,); 0 where nothing is known of one."""
        of_classes = self.sentences.nearness(text)
        sums = np.einsum("ij,ij->i", of_classes[classes], _shares(likely))
        return np.asarray(sums / lengths, np.float32)


@lru_cache(maxsize=8)
def measure_of(sentences: Sentences) -> Measure:
    """The measure of a model, made once."""
    return Measure(sentences)


def _shares(likely: Likely) -> NDArray[np.float32]:
    """How much each class counts: the roots, as if the network were half as sure."""
    return np.sqrt(likely)
