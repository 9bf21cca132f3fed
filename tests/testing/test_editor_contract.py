"""The edit operation suite fails for operations that are broken, each in its own way."""

import threading
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
from attrs import define, field, frozen, validators

from photomill.components import EditContext, EditOperation, NoOptions, Stage
from photomill.errors import ConfigError, PluginError
from photomill.images.raster import Raster
from photomill.testing import EditOperationContract
from photomill.testing.editor import Edit, draw_image


@frozen
class Parameters:
    strength: float = 0.0


class Negative(EditOperation):
    """Correct."""

    name = "negative"
    operation = "effects.negative"
    stage = Stage.STYLE
    Parameters: ClassVar[type] = Parameters

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        return Raster.from_pixels(self._blend(raster.pixels, parameters.strength))

    def _blend(self, pixels: Any, strength: float) -> Any:
        colours, alpha = pixels[:, :, :3], pixels[:, :, 3:]
        blended = colours * (1 - strength) + (255.0 - colours) * strength
        return np.dstack([np.rint(blended).astype(np.uint8), alpha])


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


class DeclinesWithoutAWord(Negative):
    def declines(self, raster: Raster, parameters: Any, context: EditContext) -> Any:
        return not context.interactive


class ChangesByDefault(Negative):
    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        return Raster.from_pixels(self._blend(raster.pixels, 1.0))


class DoesNothing(Negative):
    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        return raster


class LosesColour(Negative):
    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        return Raster.from_pixels(raster.pixels[:, :, :1])


class LosesAlpha(Negative):
    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        return Raster.from_pixels(self._blend(raster.rgb, parameters.strength))


class TreatsAlphaAsAColour(Negative):
    def _blend(self, pixels: Any, strength: float) -> Any:
        return np.rint(pixels * (1 - strength) + (255.0 - pixels) * strength).astype(np.uint8)


class KnowsOneLibrary(Negative):
    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        pixels = raster.pixels if raster.native is None else np.asarray(raster.native, np.uint8)
        return Raster.from_pixels(self._blend(pixels, parameters.strength))


class ReadsItsOwnWrongly(Negative):
    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        own = isinstance(raster.native, np.ndarray)
        result = self._blend(raster.native if own else raster.pixels, parameters.strength)
        backwards = result[:, :, ::-1]
        return Raster(
            backwards, raster.width, raster.height, raster.bands, lambda native: native[:, :, ::-1]
        )


class WritesIntoItsInput(Negative):
    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        raster.pixels[:] = self._blend(raster.pixels, parameters.strength)
        return raster


class Noisy(Negative):
    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        noise = np.random.default_rng().integers(0, 9, raster.pixels.shape, np.uint8)
        return Raster.from_pixels(raster.pixels // 2 + noise)


class KeepsThePictureOnItself(Negative):
    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        self._raster = raster
        threading.Event().wait(0.01)
        return super()._apply(self._raster, parameters, context)


class ShowsWhatIsHidden(Negative):
    takes_hidden_colours = True

    def _blend(self, pixels: Any, strength: float) -> Any:
        lighter = pixels.astype(np.float64)
        lighter[:, :, :3] += strength * pixels[:, :, :3].mean()
        return lighter.clip(0, 255).astype(np.uint8)


BROKEN: list[tuple[str, type[Negative], dict[str, Any]]] = [
    ("test_it_has_a_dotted_name_and_a_stage", BadlyNamed, {}),
    ("test_parameters_come_from_an_empty_request", NeedsStrength, {}),
    ("test_parameters_are_frozen", ChangeableParameters, {}),
    ("test_an_unknown_parameter_is_refused", AcceptsAnything, {}),
    ("test_it_declines_in_words", DeclinesWithoutAWord, {}),
    ("test_the_defaults_change_nothing", ChangesByDefault, {}),
    ("test_the_given_parameters_change_the_image", DoesNothing, {}),
    ("test_every_size_gives_an_image", LosesColour, {"height": 3, "width": 64}),
    ("test_plain_images_give_an_image", LosesColour, {"level": 127}),
    ("test_alpha_is_kept", LosesAlpha, {}),
    ("test_alpha_is_kept", TreatsAlphaAsAColour, {}),
    ("test_what_is_hidden_has_no_part_in_what_is_seen", ShowsWhatIsHidden, {}),
    ("test_it_takes_images_of_any_library", KnowsOneLibrary, {}),
    ("test_it_takes_its_own_results", ReadsItsOwnWrongly, {}),
    ("test_its_input_is_not_changed", WritesIntoItsInput, {}),
    ("test_it_takes_pixels_that_cannot_be_written", WritesIntoItsInput, {}),
    ("test_it_is_deterministic", Noisy, {}),
    ("test_threads_do_not_disturb_each_other", KeepsThePictureOnItself, {}),
]


class TestNegative(EditOperationContract):
    @pytest.fixture
    def edit(self) -> Edit:
        return Negative(NoOptions()), Parameters(0.5)


class Turned(EditOperation):
    """Correct, but there is no way to turn an image by nothing."""

    @frozen
    class Parameters:
        quarters: int = field(validator=validators.ge(1))

    name = "turned"
    operation = "effects.turned"
    stage = Stage.RESIZE

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        return Raster.from_pixels(np.rot90(raster.pixels, parameters.quarters))


class TestTurned(EditOperationContract):
    @pytest.fixture
    def edit(self) -> Edit:
        return Turned(NoOptions()), Turned.Parameters(quarters=1)

    @pytest.fixture
    def identity(self) -> None:
        return None


@pytest.mark.parametrize(("test", "operation", "arguments"), BROKEN)
def test_what_is_broken_fails(
    test: str, operation: type[Negative], arguments: dict[str, Any]
) -> None:
    having: dict[str, Any] = arguments | {
        "edit": (operation(NoOptions()), operation.Parameters(strength=0.4)),
        "sample": draw_image(48, 64),
        "identity": Parameters(),
    }
    method: Callable[..., None] = getattr(EditOperationContract(), test)
    wanted = method.__code__.co_varnames[1 : method.__code__.co_argcount]
    with pytest.raises(
        (AssertionError, PluginError, ConfigError, ValueError, TypeError, pytest.fail.Exception)
    ):
        method(**{each: having[each] for each in wanted})


def test_every_test_of_the_suite_can_fail() -> None:
    tests = {name for name in dir(EditOperationContract) if name.startswith("test_")}
    assert tests == {test for test, _, _ in BROKEN}
