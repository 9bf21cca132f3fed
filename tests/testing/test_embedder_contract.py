"""The embedder suite fails for embedders that are broken, each in its own way."""

import itertools
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from photomill.components import (
    Concept,
    Embedder,
    NoOptions,
    Sentences,
    Vectors,
    Vocabulary,
)
from photomill.errors import PluginError
from photomill.images.image import Image
from photomill.testing import EmbedderContract

_count = itertools.count()


class Means(Embedder):
    """Correct: the mean colour of each cell of a grid, and of each text's bytes."""

    name = "means"
    modalities = frozenset({"image", "text"})

    @property
    def dimension(self) -> int:
        return 48

    @property
    def fingerprint(self) -> str:
        return "means-1"

    @property
    def distance_scale(self) -> float:
        return 50.0

    def _embed(self, images: Sequence[Image]) -> Vectors:
        return np.stack([self._unit(self._cells(image)) for image in images])

    def _embed_text(self, texts: Sequence[str]) -> Vectors:
        counts = [
            np.bincount(np.frombuffer(text.encode(), np.uint8) % 48, minlength=48) for text in texts
        ]
        return np.stack([self._unit(count + 1.0) for count in counts])

    def _cells(self, image: Image) -> Any:
        rows = np.linspace(0, image.pixels.shape[0] - 1, 4).astype(int)
        columns = np.linspace(0, image.pixels.shape[1] - 1, 4).astype(int)
        return image.pixels[np.ix_(rows, columns)] + 1.0

    def _unit(self, values: Any) -> Vectors:
        flat = values.ravel()
        return np.asarray(flat / np.linalg.norm(flat), np.float32)


class HasNoScale(Means):
    distance_scale = 0.0


class NamesItselfAnew(Means):
    @property
    def fingerprint(self) -> str:
        return f"means-{next(_count)}"


class ForgetsItsDimension(Means):
    dimension = property(lambda self: next(_count))

    def embed(self, images: Sequence[Image]) -> Vectors:  # type: ignore[misc]
        return np.empty((0, 48), np.float32)


class NeedsRoom(Means):
    def _cells(self, image: Image) -> Any:
        return image.pixels[:4, :4] + 1.0


class DividesByContrast(Means):
    def _unit(self, values: Any) -> Vectors:
        return super()._unit((values - values.mean()) / max(values.std(), 1e-9))


class EmbedsOne(Means):
    def _embed(self, images: Sequence[Image]) -> Vectors:
        return super()._embed(images[:1])


class CentresTheBatch(Means):
    def _embed(self, images: Sequence[Image]) -> Vectors:
        vectors = super()._embed(images)
        return np.stack([self._unit(each) for each in vectors - 0.01 * vectors.mean(axis=0)])


class Noisy(Means):
    def _cells(self, image: Image) -> Any:
        return super()._cells(image) + np.random.default_rng().random((4, 4, 3))


class SeedsItself(Means):
    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._offset = float(next(_count))

    def _cells(self, image: Image) -> Any:
        return super()._cells(image) + self._offset


class KeepsPicturesOnItself(Means):
    def _embed(self, images: Sequence[Image]) -> Vectors:
        self._images = images
        threading.Event().wait(0.01)
        return super()._embed(self._images)


class ReusesItsOutput(Means):
    _output = np.zeros((1, 48), np.float32)

    def _embed(self, images: Sequence[Image]) -> Vectors:
        self._output[:] = super()._embed(images)
        return self._output


class WritesIntoItsInput(Means):
    def _cells(self, image: Image) -> Any:
        image.pixels[:] = 255 - image.pixels
        return super()._cells(image)


class Blind(Means):
    def _cells(self, image: Image) -> Any:
        return np.random.default_rng(int(image.pixels.sum())).random((4, 4, 3))


class SaysItReads(Means):
    def _embed_text(self, texts: Sequence[str]) -> Vectors:
        return np.zeros((len(texts), 48), np.float32)


class ClosesOnce(Means):
    _open = True

    def close(self) -> None:
        assert self._open
        self._open = False


class Knows(Means):
    """Correct: tells how red, green and blue an image is."""

    @property
    def vocabulary(self) -> Vocabulary:
        names = [["red"], ["green"], ["blue"], ["colour"]]
        return Vocabulary(
            [Concept(each, [3] if place < 3 else []) for place, each in enumerate(names)], 3
        )

    def _concepts_of(self, vectors: Vectors) -> Any:
        sums = vectors.reshape(len(vectors), -1, 3).sum(axis=1)
        return np.asarray(sums / sums.sum(axis=1, keepdims=True), np.float32)


class TakesAnyVectors(Means):
    def _convert(self, vectors: Vectors, fingerprint: str) -> Vectors:
        return vectors


class GivesNoProbabilities(Knows):
    def _concepts_of(self, vectors: Vectors) -> Any:
        return 2 * super()._concepts_of(vectors)


class ComparesTheBatch(Knows):
    def _concepts_of(self, vectors: Vectors) -> Any:
        return super()._concepts_of(vectors * (1.5 - vectors.mean(axis=0)))


class TellsPicturesOtherwise(Knows):
    def _embed_with_concepts(self, images: Sequence[Image]) -> tuple[Vectors, Any]:
        vectors, posteriors = super()._embed_with_concepts(images)
        return vectors, np.roll(posteriors, 1, axis=1)


class RenamesItsClasses(Knows):
    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary([Concept([f"class {next(_count)}"]) for _ in range(3)], 3)


class ReadsSentencesOfOtherClasses(Knows):
    def sentences(self, text: str) -> Sentences | None:
        classes = np.eye(7, 5, dtype=np.float32)
        return Sentences("other", classes, lambda _: classes[0], 0.0, 0.0)


BROKEN: dict[str, tuple[type[Means], tuple[Any, ...]]] = {
    "test_it_describes_itself": (HasNoScale, ()),
    "test_its_description_is_stable": (NamesItselfAnew, (NamesItselfAnew(NoOptions()),)),
    "test_no_images_have_no_vectors": (ForgetsItsDimension, ()),
    "test_every_size_has_a_vector": (NeedsRoom, (1, 17)),
    "test_plain_images_have_a_vector": (DividesByContrast, (127,)),
    "test_a_batch_has_a_vector_for_each_image": (EmbedsOne, ()),
    "test_the_batch_does_not_change_a_bit": (CentresTheBatch, ()),
    "test_it_is_deterministic": (Noisy, ()),
    "test_another_instance_gives_the_same_bits": (SeedsItself, (SeedsItself(NoOptions()),)),
    "test_threads_do_not_disturb_each_other": (KeepsPicturesOnItself, ()),
    "test_vectors_stay_as_they_were_given": (ReusesItsOutput, ()),
    "test_its_input_is_not_changed": (WritesIntoItsInput, ()),
    "test_it_takes_pixels_that_cannot_be_written": (WritesIntoItsInput, ()),
    "test_a_slightly_changed_image_is_nearer_than_another": (Blind, ()),
    "test_texts_have_vectors_or_are_refused": (SaysItReads, ()),
    "test_concepts_are_told_or_refused": (GivesNoProbabilities, ()),
    "test_the_batch_does_not_change_concepts": (ComparesTheBatch, ()),
    "test_vectors_tell_the_same_concepts_as_images": (TellsPicturesOtherwise, ()),
    "test_it_does_not_take_vectors_for_those_of_an_unknown_version": (TakesAnyVectors, ()),
    "test_its_vocabulary_is_stable": (RenamesItsClasses, (RenamesItsClasses(NoOptions()),)),
    "test_a_model_of_sentences_fits_the_vocabulary": (ReadsSentencesOfOtherClasses, ()),
    "test_it_may_be_closed_twice": (ClosesOnce, ()),
}


class TestMeans(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return Means(NoOptions())


class TestKnows(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return Knows(NoOptions())


@pytest.mark.parametrize("test", BROKEN)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_what_is_broken_fails(test: str) -> None:
    embedder, arguments = BROKEN[test]
    with pytest.raises((AssertionError, PluginError, ValueError, pytest.fail.Exception)):
        getattr(EmbedderContract(), test)(embedder(NoOptions()), *arguments)


def test_every_test_of_the_suite_can_fail() -> None:
    assert {name for name in dir(EmbedderContract) if name.startswith("test_")} == set(BROKEN)
