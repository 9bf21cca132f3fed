"""What every edit operation must do."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

from photomill.components import EditContext, EditOperation, Stage
from photomill.config.structure import structure
from photomill.errors import ConfigError
from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels

Edit = tuple[EditOperation, Any]

SIZES = [(1, 1), (1, 17), (17, 1), (3, 64), (48, 64), (99, 101)]
_ROUNDING = 1
"""How far an opaque image may be off from the same one without alpha, on average."""


class EditOperationContract:
    """Derive from this and fill :meth:`edit`::

        class TestMine(EditOperationContract):
            @pytest.fixture
            def edit(self, open_component):
                return open_component(Mine), Mine.Parameters(strength=0.5)

    An operation that looks for something, a face for instance, says in :meth:`sample` in which image it is found.
    """

    keeps_alpha: ClassVar[bool] = True
    """Whether the result has an alpha channel just where the image has one; set it to False and say what happens."""

    alpha_is_mask: ClassVar[bool] = False
    """Whether colours under an alpha of 0 are a background, as ``background.blur`` has it, and not hidden."""

    @pytest.fixture
    def edit(self) -> Edit:
        """An open edit operation, and parameters that change the :meth:`sample`."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'edit'")

    @pytest.fixture
    def sample(self) -> Raster:
        """An image that the parameters change: a colourful one, unless you say otherwise."""
        return draw_image(48, 64)

    @pytest.fixture
    def identity(self, edit: Edit) -> Any:
        """Parameters that change nothing: the defaults. None where an operation without parameters makes no sense."""
        operation, _ = edit
        return operation.Parameters()

    # ------------------------------------------------------------ what it is

    def test_it_has_a_dotted_name_and_a_stage(self, edit: Edit) -> None:
        operation, _ = edit
        assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", operation.operation)
        assert isinstance(operation.stage, Stage)

    def test_parameters_come_from_an_empty_request(self, edit: Edit, identity: Any) -> None:
        operation, _ = edit
        if identity is not None:
            assert structure({}, operation.Parameters) == operation.Parameters()

    def test_parameters_are_frozen(self, edit: Edit) -> None:
        _, parameters = edit
        for attribute in attrs.fields(type(parameters)):
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(parameters, attribute.name, None)

    def test_an_unknown_parameter_is_refused(self, edit: Edit) -> None:
        operation, _ = edit
        with pytest.raises(ConfigError, match="no_such_parameter"):
            structure({"no_such_parameter": 1}, operation.Parameters)

    def test_it_declines_in_words(self, edit: Edit, sample: Raster) -> None:
        operation, parameters = edit
        for interactive in (True, False):
            context = attrs.evolve(context_of(sample), interactive=interactive)
            assert isinstance(operation.declines(sample, parameters, context), str)

    # ------------------------------------------------------------ what it does

    def test_the_defaults_change_nothing(self, edit: Edit, sample: Raster, identity: Any) -> None:
        operation, _ = edit
        if identity is not None:
            for before in (sample, translucent(sample)):
                after = edited(operation, before, identity)
                assert np.array_equal(after.visible().pixels, before.visible().pixels)

    def test_the_given_parameters_change_the_image(self, edit: Edit, sample: Raster) -> None:
        operation, parameters = edit
        assert not np.array_equal(edited(operation, sample, parameters).pixels, sample.pixels)

    @pytest.mark.parametrize(("height", "width"), SIZES)
    def test_every_size_gives_an_image(self, edit: Edit, height: int, width: int) -> None:
        operation, parameters = edit
        for before in (draw_image(height, width), translucent(draw_image(height, width))):
            after = edited(operation, before, parameters)
            assert after.pixels.size > 0
            assert after.pixels.shape == (after.height, after.width, after.bands)

    @pytest.mark.parametrize("level", [0, 1, 127, 254, 255])
    def test_plain_images_give_an_image(self, edit: Edit, level: int) -> None:
        operation, parameters = edit
        for bands in (3, 4):
            plain = Raster.from_pixels(np.full((20, 30, bands), level, np.uint8))
            assert edited(operation, plain, parameters).pixels.size > 0

    def test_alpha_is_kept(self, edit: Edit, sample: Raster) -> None:
        """Without alpha there is none afterwards; what is opaque stays so, and has the same colours."""
        operation, parameters = edit
        if not self.keeps_alpha:
            return
        without = edited(operation, Raster.from_pixels(sample.rgb), parameters)
        opaque = edited(operation, opaque_of(sample), parameters)
        assert (without.bands, opaque.bands) == (3, 4)
        assert (opaque.pixels[:, :, 3] == 255).all()
        difference = np.abs(opaque.rgb.astype(np.int64) - without.rgb).mean()
        assert difference <= _ROUNDING, f"with an opaque alpha, colours differ by {difference}"

    def test_what_is_hidden_has_no_part_in_what_is_seen(self, edit: Edit, sample: Raster) -> None:
        operation, parameters = edit
        if self.alpha_is_mask:
            return
        results = [
            _seen(edited(operation, _hiding(sample, level), parameters)) for level in (0, 255)
        ]
        difference = np.abs(results[0] - results[1]).max()
        assert difference <= _ROUNDING, f"colours under alpha 0 change visible ones by {difference}"

    # ------------------------------------------------------------ what it is given

    def test_it_takes_images_of_any_library(self, edit: Edit, sample: Raster) -> None:
        """What is native belongs to a library that the operation may not know."""
        operation, parameters = edit
        foreign = Raster(
            object(), sample.width, sample.height, sample.bands, lambda native: sample.pixels
        )
        expected = edited(operation, sample, parameters).pixels
        assert np.array_equal(edited(operation, foreign, parameters).pixels, expected)

    def test_it_takes_its_own_results(self, edit: Edit, sample: Raster) -> None:
        """A result that is read lazily is no other image than its pixels."""
        operation, parameters = edit
        lazily = edited(operation, edited(operation, sample, parameters), parameters)
        read = edited(operation, sample, parameters).pixels
        assert np.array_equal(
            lazily.pixels, edited(operation, Raster.from_pixels(read), parameters).pixels
        )

    def test_its_input_is_not_changed(self, edit: Edit, sample: Raster) -> None:
        operation, parameters = edit
        kept = sample.pixels.copy()
        edited(operation, sample, parameters)
        assert np.array_equal(sample.pixels, kept)

    def test_it_takes_pixels_that_cannot_be_written(self, edit: Edit, sample: Raster) -> None:
        operation, parameters = edit
        stored = np.frombuffer(sample.pixels.tobytes(), np.uint8).reshape(sample.pixels.shape)
        assert edited(operation, Raster.from_pixels(stored), parameters).pixels.size > 0

    # ------------------------------------------------------------ again and again

    def test_it_is_deterministic(self, edit: Edit, sample: Raster) -> None:
        operation, parameters = edit
        first, second = (edited(operation, sample, parameters) for _ in range(2))
        assert np.array_equal(first.pixels, second.pixels)

    def test_threads_do_not_disturb_each_other(self, edit: Edit) -> None:
        operation, parameters = edit
        sizes = [(20 + step, 30) for step in range(8)]
        alone = [edited(operation, draw_image(*size), parameters).pixels for size in sizes]
        with ThreadPoolExecutor(4) as pool:
            together = list(
                pool.map(
                    lambda size: edited(operation, draw_image(*size), parameters).pixels, sizes
                )
            )
        assert all(map(np.array_equal, together, alone))


def context_of(raster: Raster) -> EditContext:
    """Make a context for an image that came from a PNG file of its size."""
    return EditContext(Origin("png", raster.width, raster.height))


def edited(operation: EditOperation, raster: Raster, parameters: Any) -> Raster:
    """Apply an operation to an image that came from a PNG file of its size."""
    context = context_of(raster)
    result = operation.apply(raster, parameters, context)
    assert all(isinstance(note, str) and note for note in context.notes)
    return result


def draw_image(height: int, width: int) -> Raster:
    """Make a colourful image: a gradient in each direction, and noise."""
    rows, columns = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width))
    channels = (rows * 255 // max(height - 1, 1), columns * 255 // max(width - 1, 1), noise)
    return Raster.from_pixels(np.stack(channels, axis=-1).astype(np.uint8))


def opaque_of(raster: Raster) -> Raster:
    """Give an image an alpha channel that hides nothing."""
    return _with_alpha(raster, np.full(raster.rgb.shape[:2], 255, np.uint8))


def translucent(raster: Raster) -> Raster:
    """Give an image an alpha channel from clear on the left to opaque on the right."""
    height, width = raster.rgb.shape[:2]
    ramp = (np.arange(width) * 255 // max(width - 1, 1)).astype(np.uint8)
    return _with_alpha(raster, np.broadcast_to(ramp, (height, width)))


def _hiding(raster: Raster, level: int) -> Raster:
    """Hide the left half of an image, and put a grey level there."""
    pixels = translucent(raster).pixels.copy()
    hidden = np.arange(raster.width) < raster.width // 2
    pixels[:, hidden] = (level, level, level, 0)
    return Raster.from_pixels(pixels)


def _seen(raster: Raster) -> NDArray[np.float64]:
    """Colours as they are seen on black, and alpha."""
    if raster.alpha is None:
        return raster.pixels.astype(np.float64)
    alpha = raster.pixels[:, :, 3:].astype(np.float64)
    return np.dstack([raster.rgb * alpha / 255, alpha])


def _with_alpha(raster: Raster, alpha: RasterPixels) -> Raster:
    return Raster.from_pixels(np.dstack([raster.rgb, alpha]))
