"""Vectors like CLIP's: unit length, in clusters of very unlike size, few effective dimensions, all in one cone."""

import numpy as np
from numpy.typing import NDArray

CLUSTERS = 1000
LATENT = 64


def clustered(count: int, dimension: int, seed: int) -> NDArray[np.float32]:
    """Make float32 (count, dimension) unit vectors; equal arguments make equal vectors.

    Cluster sizes follow Zipf's law; centres and the spread around them live in 64 latent dimensions that a random map
    brings into the space, with a little noise in all of it; a common mean of about their length puts them into a cone
    (mean cosine of two vectors 0.42), as image encoders do.
    """
    random = np.random.default_rng(seed)
    weights = 1.0 / np.arange(1, CLUSTERS + 1)
    cluster = random.choice(CLUSTERS, count, p=weights / weights.sum())
    centres = random.normal(size=(CLUSTERS, LATENT))
    mixing = random.normal(size=(LATENT, dimension)) / np.sqrt(LATENT)
    mean = random.normal(size=dimension)
    vectors = np.empty((count, dimension), np.float32)
    for start in range(0, count, 10_000):
        some = cluster[start : start + 10_000]
        latent = centres[some] + 0.6 * random.normal(size=(len(some), LATENT))
        block = latent @ mixing + 0.2 * random.normal(size=(len(some), dimension)) + mean
        vectors[start : start + len(some)] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return vectors
