"""The recogniser that comes with Photomill: with drawn people, and with the real weights where they can be had."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photomill.components import FaceRecogniser
from photomill.errors import ConfigError, PluginUnavailable
from photomill.images.image import Image
from photomill.testing import FaceRecogniserContract, open_component
from photomill_people import People

from .drawing import LOOKS, portrait


class TestPeople(FaceRecogniserContract):
    @pytest.fixture
    def recogniser(self, opened: Callable[..., Any]) -> Iterator[FaceRecogniser]:
        with opened() as people:
            yield people

    @pytest.fixture
    def portraits(self) -> Mapping[str, Sequence[Image]]:
        walls = [(150, 160, 170), (90, 120, 90)]
        return {
            name: [Image.from_pixels(portrait(name, wall=wall)) for wall in walls] for name in LOOKS
        }


@pytest.fixture
def opened(people_models: Path, tmp_path: Path) -> Callable[..., Any]:
    return lambda **options: open_component(
        People, options, cache_dir=tmp_path, models_dir=people_models
    )


def test_what_is_too_small_is_no_face(opened: Callable[..., Any]) -> None:
    with opened(smallest=140) as strict, opened(smallest=30) as lenient:
        image = Image.from_pixels(portrait("Anna"))
        assert strict.recognise(image) == []
        assert len(lenient.recognise(image)) == 1


def test_a_face_is_found_in_a_large_image_and_read_from_all_of_its_pixels(
    opened: Callable[..., Any],
) -> None:
    with opened(longest_side=320) as people:
        (near,) = people.recognise(Image.from_pixels(portrait("Ben", side=300)))
        (large,) = people.recognise(Image.from_pixels(portrait("Ben", side=1200)))
        assert np.linalg.norm(near.vector - large.vector) < people.radius
        assert large.left == pytest.approx(near.left, abs=0.03)
        assert large.width == pytest.approx(near.width, abs=0.05)


@pytest.mark.parametrize(
    "option", [{"confidence": 1.5}, {"smallest": 3}, {"radius": 0.0}, {"longest_side": 10}]
)
def test_an_option_out_of_range_is_refused(
    opened: Callable[..., Any], option: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match=next(iter(option))), opened(**option):
        pass


@pytest.mark.parametrize(("missing", "added"), [("faces", "mtcnn"), ("mtcnn", "faces")])
def test_without_weights_the_command_is_named(
    people_models: Path, tmp_path: Path, missing: str, added: str
) -> None:
    (tmp_path / added).symlink_to(people_models / added)
    with (
        pytest.raises(PluginUnavailable, match=f"photomill models add {missing}"),
        open_component(People, cache_dir=tmp_path, models_dir=tmp_path),
    ):
        pass


def test_damaged_weights_are_said_so(people_models: Path, tmp_path: Path) -> None:
    (tmp_path / "mtcnn").symlink_to(people_models / "mtcnn")
    (tmp_path / "faces").mkdir()
    for file in (people_models / "faces").iterdir():
        (tmp_path / "faces" / file.name).write_bytes(file.read_bytes()[:-1])
    with (
        pytest.raises(PluginUnavailable, match="faces is damaged"),
        open_component(People, cache_dir=tmp_path, models_dir=tmp_path),
    ):
        pass


# ------------------------------------------------------------ the real weights


@pytest.fixture
def real_models(models_dir: Path) -> Path:
    """The folder in which ``photomill models add faces`` put the real weights."""
    folder = Path(os.environ.get("TESTS_FACES") or Path(sys.prefix, "models"))
    if not (folder / "faces").is_dir() or not (folder / "mtcnn").is_dir():
        pytest.skip("needs the real weights: photomill --data-dir .venv models add faces mtcnn")
    return folder


def test_real_weights_know_a_face_again_however_it_was_saved(
    real_models: Path, tmp_path: Path, photographs: Mapping[str, Path]
) -> None:
    import PIL.Image

    photo = PIL.Image.open(photographs["astronaut"]).convert("RGB")
    small = photo.resize((256, 256), PIL.Image.Resampling.LANCZOS)
    grey = photo.convert("L").convert("RGB")
    turned = photo.rotate(12, PIL.Image.Resampling.BICUBIC)
    options = {"smallest": 30, "confidence": 0.95}
    with open_component(People, options, cache_dir=tmp_path, models_dir=real_models) as people:
        (known,) = people.recognise(Image.from_pixels(np.asarray(photo)))
        for changed in (small, grey, turned):
            (face,) = people.recognise(Image.from_pixels(np.asarray(changed)))
            assert np.linalg.norm(face.vector - known.vector) < people.radius
        # Of length about 1.3, as dlib's own are.
        assert 1.0 < np.linalg.norm(known.vector) < 1.7
        assert people.recognise(Image.from_pixels(np.asarray(photo)[250:])) == []
