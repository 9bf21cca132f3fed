"""Embedders: images, and text where they can, to unit vectors."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from photomill.components.base import Component
from photomill.components.concepts import Posteriors, Vocabulary
from photomill.components.sentences import Sentences
from photomill.errors import PluginError, Unsupported
from photomill.images.image import Image

Vectors = NDArray[np.float32]
"""Unit vectors: float32 of shape (n, dimension)."""


class Embedder(Component):
    """Turns images into unit vectors whose distance is unlikeness.

    Write :meth:`_embed` (and :meth:`_embed_text`, with ``"text"`` in ``modalities``) and the four properties.
    The same image must give bit-identical vectors whatever stands beside it in the batch.

    An embedder that knows things by name has a :attr:`vocabulary`, and :meth:`_concepts_of` or
    :meth:`_embed_with_concepts`.
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
        """Names model, weights and preprocessing. Vectors of unlike fingerprints are never mixed.

        Where it changes, :meth:`earlier` keeps collections that hold the former vectors in use.
        """

    @property
    @abstractmethod
    def distance_scale(self) -> float:
        """The factor from Euclidean distance to the distance users see.

        Calibrated so that 5.0 covers 99 % of mild re-encodings (resize to 50 %, JPEG quality 50, 3 % crop).
        """

    @property
    def decode_side(self) -> int:
        """The shorter side in pixels that decoding may shrink an image to; 0 asks for every pixel."""
        return 0

    @property
    def at_once(self) -> int:
        """How many images a run should have, where there are as many, ≥ 1; 1 where each is as well embedded alone.

        A device that computes many as fast as one wants more.
        """
        return 1

    @property
    def vocabulary(self) -> Vocabulary | None:
        """What the embedder knows by name; None for nothing. Constant once opened.

        The order of the classes is part of what :attr:`fingerprint` names: records keep their places.
        """
        return None

    def sentences(self, text: str) -> Sentences | None:
        """A model of sentences beside the vocabulary, by which a text is compared with what images show.

        Asked before every search by words, as models come and go; the same one each time while nothing changed. None
        where there is no such model.

        :param text: what will be compared; its language may matter.

        :raises PluginUnavailable: it is there, and cannot be opened.
        """
        return None

    def earlier(self, fingerprint: str) -> "Embedder | None":
        """This embedder as it was when it had another fingerprint; None where that is not known any more.

        It is used while this one is open, and neither opened nor closed itself.
        """
        return None

    @final
    def convert(self, vectors: Vectors, fingerprint: str) -> Vectors:
        """Turn vectors of an earlier version into just those that this one makes of the same images.

        :param fingerprint: whose vectors they are.
        :returns: float32 (len(vectors), dimension), rows of length 1.
        :raises Unsupported: that takes the images.
        :raises PluginError: the embedder gave another shape, dtype or length.
        """
        if not len(vectors):
            return np.empty((0, self.dimension), np.float32)
        return self._checked(self._convert(vectors, fingerprint), len(vectors))

    def prepare(self, image: Image) -> Any:
        """Make of an image what :meth:`_embed` takes; by itself the image.

        Whoever brings images prepares them side by side, while a device computes others. What it returns is kept until
        the image's run, so it should be no larger than the model's input.
        """
        return image

    @final
    def embed(self, images: Sequence[Image]) -> Vectors:
        """Embed images.

        :returns: float32 of shape (len(images), dimension), rows of length 1.
        :raises PluginError: the embedder gave another shape, dtype or length.
        :raises ResourcesMissing: its device has no memory left; it may have some later.
        """
        return self.embed_prepared([self.prepare(image) for image in images])[0]

    @final
    def embed_prepared(
        self, prepared: Sequence[Any], *, concepts: bool = False
    ) -> tuple[Vectors, Posteriors | None]:
        """Embed what :meth:`prepare` made of images.

        :param concepts: whether to tell what they show too; None is told otherwise.
        :raises PluginError: as of :meth:`embed` and :meth:`embed_with_concepts`.
        :raises ResourcesMissing: likewise.
        """
        if concepts:
            return self._embedded_with_concepts(prepared)
        if not prepared:
            return np.empty((0, self.dimension), np.float32), None
        return self._checked(self._embed(prepared), len(prepared)), None

    @final
    def embed_with_concepts(self, images: Sequence[Image]) -> tuple[Vectors, Posteriors]:
        """Embed images, and tell in the same run what they show.

        :returns: the vectors of :meth:`embed`, and float32 (len(images), classes) of rows that add up to 1.
        :raises Unsupported: the embedder has no vocabulary.
        :raises PluginError: the embedder gave another shape, dtype or sum.
        """
        return self._embedded_with_concepts([self.prepare(image) for image in images])

    @final
    def concepts_of(self, vectors: Vectors) -> Posteriors:
        """Tell what images show from their vectors alone.

        :returns: float32 (len(vectors), classes), rows that add up to 1.
        :raises Unsupported: the embedder has no vocabulary, or needs the images.
        :raises PluginError: the embedder gave another shape, dtype or sum.
        """
        shape = (len(vectors), self._known_vocabulary().classes)
        if not len(vectors):
            return np.empty(shape, np.float32)
        return self._checked_sums(self._concepts_of(vectors), shape)

    @final
    def embed_text(self, texts: Sequence[str]) -> Vectors:
        """Embed texts into the space of the images.

        :raises Unsupported: the embedder knows images only.
        """
        if "text" not in self.modalities:
            raise Unsupported(f"the embedder {self.name!r} understands images only, not text")
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return self._checked(self._embed_text(texts), len(texts))

    @abstractmethod
    def _embed(self, images: Sequence[Any]) -> NDArray[np.float32]:
        """Return float32 (len(images), dimension) of unit rows, for one image or more, as :meth:`prepare` made them."""

    def _embedded_with_concepts(self, prepared: Sequence[Any]) -> tuple[Vectors, Posteriors]:
        vocabulary = self._known_vocabulary()
        if not prepared:
            empty = np.empty((0, vocabulary.classes), np.float32)
            return np.empty((0, self.dimension), np.float32), empty
        vectors, posteriors = self._embed_with_concepts(prepared)
        return self._checked(vectors, len(prepared)), self._checked_sums(
            posteriors, (len(prepared), vocabulary.classes)
        )

    def _embed_with_concepts(
        self, images: Sequence[Any]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        vectors = self._embed(images)
        return vectors, self._concepts_of(vectors)

    def _concepts_of(self, vectors: Vectors) -> NDArray[np.float32]:
        raise Unsupported(f"the embedder {self.name!r} tells what is shown from images only")

    def _convert(self, vectors: Vectors, fingerprint: str) -> NDArray[np.float32]:
        raise Unsupported(f"the embedder {self.name!r} cannot convert vectors of {fingerprint!r}")

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
        lengths = np.sqrt(np.vecdot(vectors, vectors))
        # NaN fails this comparison too.
        if not np.all(np.abs(lengths - 1.0) < 1e-3):
            raise PluginError(
                f"the embedder {self.name!r} returned vectors that are not of length 1"
            )
        return np.ascontiguousarray(vectors)

    def _known_vocabulary(self) -> Vocabulary:
        vocabulary = self.vocabulary
        if vocabulary is None:
            raise Unsupported(f"the embedder {self.name!r} knows nothing by name")
        return vocabulary

    def _checked_sums(
        self, posteriors: NDArray[np.float32], expected: tuple[int, int]
    ) -> Posteriors:
        if posteriors.shape != expected or posteriors.dtype != np.float32:
            raise PluginError(
                f"the embedder {self.name!r} returned concepts {posteriors.dtype} {posteriors.shape}, expected "
                f"float32 {expected}"
            )
        sums = posteriors.sum(axis=1, dtype=np.float64)
        # NaN fails this comparison too.
        if not (np.all(np.abs(sums - 1.0) < 1e-3) and posteriors.min() >= 0.0):
            raise PluginError(
                f"the embedder {self.name!r} returned concepts that are no probabilities"
            )
        return posteriors
