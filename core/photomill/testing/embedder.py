"""What every embedder must do."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from photomill.components import Embedder, OpenContext, Posteriors, Vectors, Vocabulary
from photomill.config.settings import FetchSettings
from photomill.errors import Unsupported
from photomill.images.image import Image

SIZES = [
    (1, 1),
    (1, 17),
    (17, 1),
    (2, 2),
    (1, 30_000),
    (30_000, 1),
    (48, 64),
    (224, 224),
    (99, 301),
]
TEXTS = ["a red dress", "", "ein Bär im Schnee", "two words " * 200]


class EmbedderContract:
    """Derive from this and fill :meth:`embedder`::

    class TestMine(EmbedderContract):
        @pytest.fixture
        def embedder(self, open_component):
            return open_component(Mine)
    """

    @pytest.fixture
    def embedder(self) -> Embedder:
        """An open embedder."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'embedder'")

    @pytest.fixture
    def second(self, embedder: Embedder, tmp_path: Path) -> Iterator[Embedder]:
        """Another instance with the same options and an empty cache."""
        second = type(embedder)(embedder.options)
        try:
            second.open(OpenContext("second", tmp_path / "second", FetchSettings()))
            yield second
        finally:
            second.close()

    def test_it_describes_itself(self, embedder: Embedder) -> None:
        assert embedder.dimension >= 1
        assert embedder.fingerprint
        assert math.isfinite(embedder.distance_scale)
        assert embedder.distance_scale > 0
        assert embedder.decode_side >= 0
        assert "image" in embedder.modalities
        assert embedder.modalities <= {"image", "text"}

    def test_its_description_is_stable(self, embedder: Embedder, second: Embedder) -> None:
        embedder.embed([draw_image(1)])
        assert embedder.fingerprint == second.fingerprint
        assert embedder.dimension == second.dimension
        assert embedder.distance_scale == second.distance_scale

    def test_no_images_have_no_vectors(self, embedder: Embedder) -> None:
        assert embedder.embed([]).shape == (0, embedder.dimension)

    @pytest.mark.parametrize(("height", "width"), SIZES)
    def test_every_size_has_a_vector(self, embedder: Embedder, height: int, width: int) -> None:
        _expect_units(embedder.embed([draw_image(1, height, width)]), 1, embedder)

    @pytest.mark.parametrize("level", [0, 1, 127, 128, 255])
    def test_plain_images_have_a_vector(self, embedder: Embedder, level: int) -> None:
        plain = Image.from_pixels(np.full((40, 60, 3), level, np.uint8))
        _expect_units(embedder.embed([plain]), 1, embedder)

    def test_a_batch_has_a_vector_for_each_image(self, embedder: Embedder) -> None:
        _expect_units(embedder.embed([draw_image(seed) for seed in range(9)]), 9, embedder)

    def test_the_batch_does_not_change_a_bit(self, embedder: Embedder) -> None:
        images = [draw_image(seed, 40 + seed, 60) for seed in range(9)]
        alone = np.concatenate([embedder.embed([each]) for each in images])
        for size in (2, 3, 8, 9):
            assert _same_bits(embedder.embed(images[:size]), alone[:size])
        assert _same_bits(embedder.embed(images[::-1]), alone[::-1])

    def test_it_is_deterministic(self, embedder: Embedder) -> None:
        assert _same_bits(embedder.embed([draw_image(1)]), embedder.embed([draw_image(1)]))

    def test_another_instance_gives_the_same_bits(
        self, embedder: Embedder, second: Embedder
    ) -> None:
        assert _same_bits(embedder.embed([draw_image(1)]), second.embed([draw_image(1)]))

    def test_threads_do_not_disturb_each_other(self, embedder: Embedder) -> None:
        if not embedder.thread_safe:
            return
        images = [draw_image(seed, 40 + seed, 60) for seed in range(8)]
        alone = [embedder.embed([each]) for each in images]
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(lambda each: embedder.embed([each]), images * 3))
        assert all(map(_same_bits, together, alone * 3))

    def test_vectors_stay_as_they_were_given(self, embedder: Embedder) -> None:
        given = embedder.embed([draw_image(1)])
        before = given.copy()
        embedder.embed([draw_image(2)])
        assert _same_bits(given, before)

    def test_its_input_is_not_changed(self, embedder: Embedder) -> None:
        given = draw_image(1)
        before = given.pixels.copy()
        embedder.embed([given])
        assert np.array_equal(given.pixels, before)

    def test_it_takes_pixels_that_cannot_be_written(self, embedder: Embedder) -> None:
        pixels = draw_image(1).pixels
        pixels.flags.writeable = False
        embedder.embed([Image.from_pixels(pixels)])

    def test_a_slightly_changed_image_is_nearer_than_another(self, embedder: Embedder) -> None:
        images = [draw_image(seed) for seed in range(6)]
        vectors = embedder.embed(images)
        changed = embedder.embed([_dimmed(each) for each in images])
        distances = np.linalg.norm(changed[:, None] - vectors[None], axis=2)
        assert distances.argmin(axis=1).tolist() == list(range(6))

    def test_texts_have_vectors_or_are_refused(self, embedder: Embedder) -> None:
        if "text" not in embedder.modalities:
            with pytest.raises(Unsupported):
                embedder.embed_text(TEXTS)
            return
        together = embedder.embed_text(TEXTS)
        _expect_units(together, len(TEXTS), embedder)
        alone = np.concatenate([embedder.embed_text([each]) for each in TEXTS])
        assert _same_bits(together, alone)

    def test_concepts_are_told_or_refused(self, embedder: Embedder) -> None:
        vocabulary = embedder.vocabulary
        images = [draw_image(seed) for seed in range(3)]
        if vocabulary is None:
            with pytest.raises(Unsupported):
                embedder.embed_with_concepts(images)
            with pytest.raises(Unsupported):
                embedder.concepts_of(embedder.embed(images))
            return
        vectors, posteriors = embedder.embed_with_concepts(images)
        assert _same_bits(vectors, embedder.embed(images))
        _expect_probabilities(posteriors, 3, vocabulary)
        assert len(embedder.embed_with_concepts([])[1]) == 0

    def test_the_batch_does_not_change_concepts(self, embedder: Embedder) -> None:
        if embedder.vocabulary is None:
            return
        images = [draw_image(seed) for seed in range(3)]
        _, together = embedder.embed_with_concepts(images)
        alone = np.concatenate([embedder.embed_with_concepts([each])[1] for each in images])
        assert np.allclose(together, alone, atol=1e-4)

    def test_vectors_tell_the_same_concepts_as_images(self, embedder: Embedder) -> None:
        if embedder.vocabulary is None:
            return
        vectors, posteriors = embedder.embed_with_concepts([draw_image(1), draw_image(2)])
        try:
            told = embedder.concepts_of(vectors)
        except Unsupported:
            return  # It needs the images.
        assert np.allclose(told, posteriors, atol=1e-4)

    def test_it_does_not_take_vectors_for_those_of_an_unknown_version(
        self, embedder: Embedder
    ) -> None:
        assert embedder.earlier("nobody's") is None
        with pytest.raises(Unsupported):
            embedder.convert(embedder.embed([draw_image(1)]), "nobody's")

    def test_its_vocabulary_is_stable(self, embedder: Embedder, second: Embedder) -> None:
        one, other = embedder.vocabulary, second.vocabulary
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert one.classes == other.classes
            assert list(one.concepts) == list(other.concepts)

    def test_a_model_of_sentences_fits_the_vocabulary(self, embedder: Embedder) -> None:
        sentences = embedder.sentences(TEXTS[0])
        if sentences is None:
            return
        assert embedder.vocabulary is not None
        assert sentences.nearness(TEXTS[0]).shape == (embedder.vocabulary.classes,)
        assert np.allclose(np.linalg.norm(sentences.classes, axis=1), 1.0, atol=1e-3)
        assert embedder.sentences(TEXTS[0]) is sentences

    def test_it_may_be_closed_twice(self, embedder: Embedder) -> None:
        embedder.close()
        embedder.close()


def draw_image(seed: int, height: int = 120, width: int = 160) -> Image:
    """Make an image of smooth patches of colour with some grain; each seed gives another scene in a light of its own."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    down, across = rows / max(height - 1, 1), columns / max(width - 1, 1)
    canvas = np.empty((height, width, 3))
    for channel in range(3):
        turns, phase = random.uniform(-9, 9, 2), random.uniform(0, 6.28)
        canvas[..., channel] = np.sin(turns[0] * down + turns[1] * across + phase)
    grain = random.normal(0, 4, (height, width, 1))
    light = np.array([(seed * 67 + 30) % 180, (seed * 109 + 90) % 180, (seed * 151 + 150) % 180])
    return Image.from_pixels(np.clip(38 + light + 70 * canvas + grain, 0, 255).astype(np.uint8))


def _dimmed(image: Image) -> Image:
    return Image.from_pixels((image.pixels * 0.97).astype(np.uint8))


def _same_bits(one: Vectors, other: Vectors) -> bool:
    return np.array_equal(one, other)


def _expect_units(vectors: Vectors, count: int, embedder: Embedder) -> None:
    assert vectors.shape == (count, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)


def _expect_probabilities(posteriors: Posteriors, count: int, vocabulary: Vocabulary) -> None:
    assert posteriors.shape == (count, vocabulary.classes)
    assert posteriors.dtype == np.float32
    assert (posteriors >= 0).all()
    assert np.allclose(posteriors.sum(axis=1), 1.0, atol=1e-3)
