"""The recogniser suite fails for recognisers that are broken, each in its own way."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from photomill.components import FaceRecogniser, NoOptions, RecognisedFace
from photomill.errors import PluginError
from photomill.images.image import Image
from photomill.testing import FaceRecogniserContract

WALL = 160
COLOURS = {"Anna": (220, 40, 40), "Ben": (40, 60, 210)}


def drawn(colour: tuple[int, int, int], side: int) -> Image:
    """A wall with a disc, which stands for a face."""
    pixels = np.full((200, 240, 3), WALL, np.uint8)
    rows, columns = np.ogrid[:200, :240]
    pixels[(rows - 100) ** 2 + (columns - 120) ** 2 < side**2] = colour
    return Image.from_pixels(pixels)


PORTRAITS = {name: [drawn(colour, 40), drawn(colour, 60)] for name, colour in COLOURS.items()}


class Discs(FaceRecogniser):
    """Correct: finds runs of columns that are not the wall, and knows them by their colour."""

    name = "discs"

    @property
    def dimension(self) -> int:
        return 3

    @property
    def fingerprint(self) -> str:
        return "discs-1"

    @property
    def radius(self) -> float:
        return 0.2

    def _recognise(self, image: Image) -> Sequence[RecognisedFace]:
        pixels = image.pixels
        height, width = pixels.shape[:2]
        marked = np.zeros(width + 2, np.bool_)
        marked[1:-1] = (np.abs(pixels.astype(int) - WALL).max(axis=2) > 20).sum(axis=0) > 4
        edges = np.flatnonzero(np.diff(marked.astype(int)))
        return [
            self._face(pixels, start, end, width, height)
            for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        ]

    def _face(self, pixels: Any, start: int, end: int, width: int, height: int) -> RecognisedFace:
        colour = pixels[height // 2, (start + end) // 2] / np.float32(255)
        return RecognisedFace(
            start / width,
            0.25,
            (end - start) / width,
            0.5,
            1.0,
            colour.astype(np.float32),
            b"\xff\xd8\xff",
        )


class Blind(Discs):
    def _recognise(self, image: Image) -> Sequence[RecognisedFace]:
        return []


class TakesAllForOne(Discs):
    def _recognise(self, image: Image) -> Sequence[RecognisedFace]:
        zeros = np.zeros(3, np.float32)
        return [evolve(face, vector=zeros) for face in super()._recognise(image)]


class SeesTheLargestOnly(Discs):
    def _recognise(self, image: Image) -> Sequence[RecognisedFace]:
        return super()._recognise(image)[:1]


class SeesFacesInWalls(Discs):
    def _recognise(self, image: Image) -> Sequence[RecognisedFace]:
        face = RecognisedFace(0, 0, 1, 1, 1.0, np.zeros(3, np.float32), b"\xff\xd8\xff")
        return super()._recognise(image) or [face]


class KeepsImagesOnItself(Discs):
    def _recognise(self, image: Image) -> Sequence[RecognisedFace]:
        self._image = image
        threading.Event().wait(0.01)
        return super()._recognise(self._image)


class WritesIntoItsInput(Discs):
    def _recognise(self, image: Image) -> Sequence[RecognisedFace]:
        image.pixels[0] = 0
        return super()._recognise(image)


BROKEN: dict[str, type[Discs]] = {
    "test_a_portrait_has_one_face": Blind,
    "test_faces_of_one_person_are_within_the_radius_and_others_beyond": TakesAllForOne,
    "test_faces_side_by_side_are_found_where_they_are": SeesTheLargestOnly,
    "test_a_plain_wall_has_no_face": SeesFacesInWalls,
    "test_an_image_of_one_pixel_has_no_face": SeesFacesInWalls,
    "test_it_is_deterministic_in_many_threads": KeepsImagesOnItself,
    "test_its_input_is_not_changed": WritesIntoItsInput,
}
ALONE = {"test_a_plain_wall_has_no_face", "test_an_image_of_one_pixel_has_no_face"}


class TestDiscs(FaceRecogniserContract):
    @pytest.fixture
    def recogniser(self) -> FaceRecogniser:
        return Discs(NoOptions())

    @pytest.fixture
    def portraits(self) -> Mapping[str, Sequence[Image]]:
        return PORTRAITS


@pytest.mark.parametrize("test", BROKEN)
def test_what_is_broken_fails(test: str) -> None:
    arguments: tuple[Any, ...] = () if test in ALONE else (PORTRAITS,)
    if test == "test_its_input_is_not_changed":
        arguments = ({"Anna": [drawn(COLOURS["Anna"], 40)]},)
    with pytest.raises((AssertionError, ValueError)):
        getattr(FaceRecogniserContract(), test)(BROKEN[test](NoOptions()), *arguments)


def test_every_test_of_the_suite_can_fail() -> None:
    suite = {name for name in dir(FaceRecogniserContract) if name.startswith("test_")}
    assert suite == set(BROKEN)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"vector": np.zeros(4, np.float32)}, r"expected float32 \(3,\)"),
        ({"vector": np.zeros(3)}, "returned float64"),
        ({"vector": np.full(3, np.nan, np.float32)}, "not finite"),
        ({"left": 0.9}, "beyond the image"),
        ({"top": -0.1}, "beyond the image"),
        ({"width": 0.0}, "without pixels"),
        ({"crop": b""}, "without pixels"),
    ],
)
def test_what_breaks_the_contract_is_an_error(changes: dict[str, Any], reason: str) -> None:
    class Broken(Discs):
        def _recognise(self, image: Image) -> Sequence[RecognisedFace]:
            return [evolve(face, **changes) for face in super()._recognise(image)]

    with pytest.raises(PluginError, match=reason):
        Broken(NoOptions()).recognise(PORTRAITS["Anna"][0])
