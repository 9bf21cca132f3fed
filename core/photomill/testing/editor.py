"""What every edit operation must do."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import numpy as np
import pytest

from photomill.components import EditContext, EditOperation, Stage
from photomill.config.structure import structure
from photomill.errors import ConfigError
from photomill.images.origin import Origin
from photomill.images.raster import Raster

Edit = tuple[EditOperation, Any]

SIZES = [(1, 1), (1, 17), (17, 1), (3, 64), (48, 64), (99, 101)]


class EditOperationContract:
    """Derive from this and fill :meth:`edit`::

    class TestMine(EditOperationContract):
        @pytest.fixture
        def edit(self, open_component):
            return open_component(Mine), Mine.Parameters(strength=0.5)
    """

    @pytest.fixture
    def edit(self) -> Edit:
        """An open edit operation, and parameters that change a colourful picture."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'edit'")

    def test_it_has_a_dotted_name_and_a_stage(self, edit: Edit) -> None:
        operation, _ = edit
        assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", operation.operation)
        assert isinstance(operation.stage, Stage)

    def test_parameters_come_from_an_empty_request(self, edit: Edit) -> None:
        operation, _ = edit
        assert structure({}, operation.Parameters) == operation.Parameters()

    def test_parameters_are_frozen(self, edit: Edit) -> None:
        _, parameters = edit
        for attribute in attrs.fields(type(parameters)):
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(parameters, attribute.name, None)

    def test_an_unknown_parameter_is_refused(self, edit: Edit) -> None:
        operation, _ = edit
        with pytest.raises(ConfigError):
            structure({"no_such_parameter": 1}, operation.Parameters)

    def test_the_defaults_change_nothing(self, edit: Edit) -> None:
        operation, _ = edit
        before = picture(48, 64)
        after = edited(operation, before, operation.Parameters())
        assert np.array_equal(after.pixels, before.pixels)

    def test_the_given_parameters_change_the_picture(self, edit: Edit) -> None:
        operation, parameters = edit
        before = picture(48, 64)
        assert not np.array_equal(edited(operation, before, parameters).pixels, before.pixels)

    @pytest.mark.parametrize(("height", "width"), SIZES)
    def test_every_size_gives_a_picture(self, edit: Edit, height: int, width: int) -> None:
        operation, parameters = edit
        after = edited(operation, picture(height, width), parameters)
        assert after.pixels.size > 0
        assert after.pixels.shape[:2] == (after.height, after.width)

    @pytest.mark.parametrize("level", [0, 1, 127, 254, 255])
    def test_plain_pictures_give_a_picture(self, edit: Edit, level: int) -> None:
        operation, parameters = edit
        plain = Raster.from_pixels(np.full((20, 30, 3), level, np.uint8))
        assert edited(operation, plain, parameters).pixels.size > 0

    def test_its_input_is_not_changed(self, edit: Edit) -> None:
        operation, parameters = edit
        before = picture(48, 64)
        kept = before.pixels.copy()
        edited(operation, before, parameters)
        assert np.array_equal(before.pixels, kept)

    def test_it_takes_pixels_that_cannot_be_written(self, edit: Edit) -> None:
        operation, parameters = edit
        pixels = picture(48, 64).pixels
        pixels.flags.writeable = False
        edited(operation, Raster.from_pixels(pixels), parameters)

    def test_it_is_deterministic(self, edit: Edit) -> None:
        operation, parameters = edit
        first, second = (edited(operation, picture(48, 64), parameters) for _ in range(2))
        assert np.array_equal(first.pixels, second.pixels)

    def test_threads_do_not_disturb_each_other(self, edit: Edit) -> None:
        operation, parameters = edit
        sizes = [(20 + step, 30) for step in range(8)]
        alone = [edited(operation, picture(*size), parameters).pixels for size in sizes]
        with ThreadPoolExecutor(4) as pool:
            together = list(
                pool.map(lambda size: edited(operation, picture(*size), parameters).pixels, sizes)
            )
        assert all(map(np.array_equal, together, alone))


def edited(operation: EditOperation, raster: Raster, parameters: Any) -> Raster:
    """Apply an operation to a picture that came from a PNG file of its size."""
    origin = Origin("png", raster.width, raster.height)
    return operation.apply(raster, parameters, EditContext(origin))


def picture(height: int, width: int) -> Raster:
    """Make a colourful picture: a gradient in each direction, and noise."""
    rows, columns = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width))
    channels = (rows * 255 // max(height - 1, 1), columns * 255 // max(width - 1, 1), noise)
    return Raster.from_pixels(np.stack(channels, axis=-1).astype(np.uint8))
