"""Embedders: pictures, and text where they can, to unit vectors."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from photomill.components.base import Component
from photomill.errors import PluginError, Unsupported
from photomill.images.image import Image

Vectors = NDArray[np.float32]
"""Unit vectors: float32 of shape (n, dimension)."""


class Embedder(Component):
    """Turns pictures into unit vectors whose distance is unlikeness.

    Write :meth:`_embed` (and :meth:`_embed_text`, with ``"text"`` in ``modalities``) and the four properties.
    The same picture must give bit-identical vectors whatever stands beside it in the batch.
    """

    family = "embedders"
    modalities: frozenset[str] = frozenset({"image"})
    """``"image"``, and ``"text"`` where :meth:`embed_text` works; an instance may have its own."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """The length of a vector; constant once opened."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Names model, weights and preprocessing. Vectors of unlike fingerprints are never mixed."""

    @property
    @abstractmethod
    def distance_scale(self) -> float:
        """The factor from Euclidean distance to the distance users see.

        Calibrated so that 5.0 covers 99 % of mild re-encodings (resize to 50 %, JPEG quality 50, 3 % crop).
        """

    @property
    def decode_side(self) -> int:
        """The shorter side in pixels that decoding may shrink a picture to; 0 asks for every pixel."""
        return 0

    @final
    def embed(self, images: Sequence[Image]) -> Vectors:
        """Embed pictures.

        :returns: float32 of shape (len(images), dimension), rows of length 1.
        :raises PluginError: the embedder gave another shape, dtype or length.
        """
        if not images:
            return np.empty((0, self.dimension), np.float32)
        return self._checked(self._embed(images), len(images))

    @final
    def embed_text(self, texts: Sequence[str]) -> Vectors:
        """Embed texts into the space of the pictures.

        :raises Unsupported: the embedder knows pictures only.
        """
        if "text" not in self.modalities:
            raise Unsupported(f"the embedder {self.name!r} understands pictures only, not text")
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return self._checked(self._embed_text(texts), len(texts))

    @abstractmethod
    def _embed(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """Return float32 (len(images), dimension) of unit rows, for one picture or more."""

    def _embed_text(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise Unsupported(
            f"the embedder {self.name!r} says it understands text, but has no _embed_text"
        )

    def _checked(self, vectors: NDArray[np.float32], count: int) -> Vectors:
        expected = (count, self.dimension)
        if vectors.shape != expected or vectors.dtype != np.float32:
            raise PluginError(
                f"the embedder {self.name!r} returned {vectors.dtype} {vectors.shape}, expected float32 {expected}"
            )
        lengths = np.linalg.norm(vectors, axis=1)
        # NaN fails this comparison too.
        if not np.all(np.abs(lengths - 1.0) < 1e-3):
            raise PluginError(
                f"the embedder {self.name!r} returned vectors that are not of length 1"
            )
        return np.ascontiguousarray(vectors)
