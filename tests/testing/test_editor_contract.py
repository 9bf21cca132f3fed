"""The edit operation suite fails for operations that are broken, each in its own way."""

import threading
from typing import Any, ClassVar

import numpy as np
import pytest
from attrs import define, frozen

from photomill.components import EditOperation, NoOptions, Stage
from photomill.errors import ConfigError, PluginError
from photomill.images.image import Image
from photomill.testing import EditOperationContract
from photomill.testing.editor import Edit


@frozen
class Parameters:
    strength: float = 0.0


class Negative(EditOperation):
    """Correct."""

    name = "negative"
    operation = "effects.negative"
    stage = Stage.STYLE
    Parameters: ClassVar[type] = Parameters

    def _apply(self, image: Image, parameters: Any) -> Image:
        return Image.from_pixels(self._blend(image.pixels, parameters.strength))

    def _blend(self, pixels: Any, strength: float) -> Any:
        blended = pixels * (1 - strength) + (255.0 - pixels) * strength
        return np.rint(blended).astype(np.uint8)


class BadlyNamed(Negative):
    operation = "Effects/Negative"


class NeedsStrength(Negative):
    @frozen
    class Parameters:
        strength: float


class ChangeableParameters(Negative):
    @define
    class Parameters:
        strength: float = 0.0


class AcceptsAnything(Negative):
    Parameters = dict


class ChangesByDefault(Negative):
    def _apply(self, image: Image, parameters: Any) -> Image:
        return Image.from_pixels(self._blend(image.pixels, 1.0))


class DoesNothing(Negative):
    def _apply(self, image: Image, parameters: Any) -> Image:
        return image


class LosesColour(Negative):
    def _apply(self, image: Image, parameters: Any) -> Image:
        return Image.from_pixels(image.pixels[:, :, :1])


class WritesIntoItsInput(Negative):
    def _apply(self, image: Image, parameters: Any) -> Image:
        image.pixels[:] = self._blend(image.pixels, parameters.strength)
        return image


class Noisy(Negative):
    def _apply(self, image: Image, parameters: Any) -> Image:
        noise = np.random.default_rng().integers(0, 9, image.pixels.shape, np.uint8)
        return Image.from_pixels(image.pixels // 2 + noise)


class KeepsThePictureOnItself(Negative):
    def _apply(self, image: Image, parameters: Any) -> Image:
        self._image = image
        threading.Event().wait(0.01)
        return super()._apply(self._image, parameters)


BROKEN: dict[str, tuple[type[Negative], tuple[Any, ...]]] = {
    "test_it_has_a_dotted_name_and_a_stage": (BadlyNamed, ()),
    "test_parameters_come_from_an_empty_request": (NeedsStrength, ()),
    "test_parameters_are_frozen": (ChangeableParameters, ()),
    "test_an_unknown_parameter_is_refused": (AcceptsAnything, ()),
    "test_the_defaults_change_nothing": (ChangesByDefault, ()),
    "test_the_given_parameters_change_the_picture": (DoesNothing, ()),
    "test_every_size_gives_a_picture": (LosesColour, (3, 64)),
    "test_plain_pictures_give_a_picture": (LosesColour, (127,)),
    "test_its_input_is_not_changed": (WritesIntoItsInput, ()),
    "test_it_takes_pixels_that_cannot_be_written": (WritesIntoItsInput, ()),
    "test_it_is_deterministic": (Noisy, ()),
    "test_threads_do_not_disturb_each_other": (KeepsThePictureOnItself, ()),
}


class TestNegative(EditOperationContract):
    @pytest.fixture
    def edit(self) -> Edit:
        return Negative(NoOptions()), Parameters(0.5)


@pytest.mark.parametrize("test", BROKEN)
def test_what_is_broken_fails(test: str) -> None:
    operation, arguments = BROKEN[test]
    edit = (operation(NoOptions()), operation.Parameters(strength=0.5))
    with pytest.raises(
        (AssertionError, PluginError, ConfigError, ValueError, pytest.fail.Exception)
    ):
        getattr(EditOperationContract(), test)(edit, *arguments)


def test_every_test_of_the_suite_can_fail() -> None:
    assert {name for name in dir(EditOperationContract) if name.startswith("test_")} == set(BROKEN)
