"""What every recogniser must do."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import numpy as np
import pytest

from photomill.components import FaceRecogniser, RecognisedFace
from photomill.images.image import Image

JPEG = b"\xff\xd8\xff"


class FaceRecogniserContract:
    """Derive from this and fill :meth:`recogniser` and :meth:`portraits`::

    class TestMine(FaceRecogniserContract):
        @pytest.fixture
        def recogniser(self, open_component):
            return open_component(Mine)

        @pytest.fixture
        def portraits(self):
            return {"Anna": [first, second], "Ben": [third, fourth]}
    """

    @pytest.fixture
    def recogniser(self) -> FaceRecogniser:
        """An open recogniser."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'recogniser'")

    @pytest.fixture
    def portraits(self) -> Mapping[str, Sequence[Image]]:
        """Images with one face each: two or more of each of two people or more."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'portraits'")

    def test_a_portrait_has_one_face(
        self, recogniser: FaceRecogniser, portraits: Mapping[str, Sequence[Image]]
    ) -> None:
        for images in portraits.values():
            for image in images:
                (face,) = recogniser.recognise(image)
                assert 0 < face.width <= 1
                assert 0 < face.height <= 1
                assert 0 < face.confidence <= 1
                assert face.vector.shape == (recogniser.dimension,)
                assert face.crop.startswith(JPEG)

    def test_faces_of_one_person_are_within_the_radius_and_others_beyond(
        self, recogniser: FaceRecogniser, portraits: Mapping[str, Sequence[Image]]
    ) -> None:
        found = [
            (name, recogniser.recognise(image)[0].vector)
            for name, images in portraits.items()
            for image in images
        ]
        for (name, vector), (other_name, other) in combinations(found, 2):
            near = float(np.linalg.norm(vector - other)) <= recogniser.radius
            assert near == (name == other_name)

    def test_faces_side_by_side_are_found_where_they_are(
        self, recogniser: FaceRecogniser, portraits: Mapping[str, Sequence[Image]]
    ) -> None:
        (left, *_), (right, *_), *_ = portraits.values()
        height = min(left.pixels.shape[0], right.pixels.shape[0])
        pixels = np.hstack([left.pixels[:height], right.pixels[:height]])
        middle = left.pixels.shape[1] / pixels.shape[1]
        found = recogniser.recognise(Image.from_pixels(pixels))
        assert len(found) == 2
        first, second = sorted(found, key=lambda face: face.left)
        assert first.left + first.width <= middle + 0.02
        assert second.left >= middle - 0.02

    def test_a_plain_wall_has_no_face(self, recogniser: FaceRecogniser) -> None:
        assert recogniser.recognise(Image.from_pixels(np.full((240, 320, 3), 160, np.uint8))) == []

    def test_an_image_of_one_pixel_has_no_face(self, recogniser: FaceRecogniser) -> None:
        assert recogniser.recognise(Image.from_pixels(np.zeros((1, 1, 3), np.uint8))) == []

    def test_it_is_deterministic_in_many_threads(
        self, recogniser: FaceRecogniser, portraits: Mapping[str, Sequence[Image]]
    ) -> None:
        images = [image for some in portraits.values() for image in some] * 2
        alone = [_told(recogniser.recognise(image)) for image in images]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(lambda image: _told(recogniser.recognise(image)), images))
        assert together == alone

    def test_its_input_is_not_changed(
        self, recogniser: FaceRecogniser, portraits: Mapping[str, Sequence[Image]]
    ) -> None:
        (image, *_), *_ = portraits.values()
        before = image.pixels.copy()
        recogniser.recognise(image)
        assert np.array_equal(image.pixels, before)


def _told(faces: Sequence[RecognisedFace]) -> list[tuple[float, float, bytes]]:
    return [(face.left, face.top, face.vector.tobytes()) for face in faces]
