"""Operations of the plugin, ready to be applied."""

from collections.abc import Callable
from typing import Any

import pytest

from photomill.components import EditContext, EditOperation
from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels

Apply = Callable[..., Raster]


@pytest.fixture
def apply(open_component: Callable[..., Any]) -> Apply:
    """Apply an operation: ``apply(BackProjectedUpscale, pixels, Upscale(...))``.

    ``file`` is the JPEG file that the pixels came from.
    """

    def applied(
        operation: type[EditOperation] | EditOperation,
        pixels: RasterPixels,
        asked: Any,
        file: bytes = b"",
    ) -> Raster:
        opened = operation if isinstance(operation, EditOperation) else open_component(operation)
        raster = Raster.from_pixels(pixels)
        origin = Origin("jpeg" if file else "png", raster.width, raster.height, data=file)
        result: Raster = opened.apply(raster, asked, EditContext(origin, interactive=False))
        return result

    return applied
