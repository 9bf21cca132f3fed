"""Images that resemble photographs, and the editor's parts."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
import pytest

from photomill.components import Component, EditContext, EditOperation
from photomill.config.settings import ImageSettings
from photomill.images.image import Pixels
from photomill.images.origin import Origin
from photomill.images.raster import Raster, RasterPixels
from photomill_vips_decoder import VipsDecoder

Load = Callable[..., tuple[Raster, Origin]]
Apply = Callable[[type[EditOperation], Any, Any], Raster]


@pytest.fixture
def load(open_component: Callable[[type[Component]], Any]) -> Load:
    decoder: VipsDecoder = open_component(VipsDecoder)
    return lambda data, format, size=None: decoder.load(data, format, size, ImageSettings())


@pytest.fixture
def apply(open_component: Callable[[type[Component]], Any]) -> Apply:
    """Apply an operation to pixels or a raster: ``apply(TableTone, pixels, Tone(20))``."""

    def applied(kind: type[EditOperation], picture: Raster | RasterPixels, asked: Any) -> Raster:
        raster = picture if isinstance(picture, Raster) else Raster.from_pixels(picture)
        context = EditContext(Origin("png", raster.width, raster.height))
        operation: EditOperation = open_component(kind)
        return operation.apply(raster, asked, context)

    return applied


@pytest.fixture(scope="session")
def photograph() -> Pixels:
    """12 megapixels with detail at every scale, as photographs have it: 1/f noise."""
    generator = np.random.default_rng(11)
    size = (4000, 3000)
    scene = np.zeros((size[1], size[0], 3), np.float32)
    for cells in (4, 16, 64, 256, 1024):
        coarse = generator.integers(0, 256, (cells * 3 // 4, cells, 3), dtype=np.uint8)
        grown = PIL.Image.fromarray(coarse).resize(size, PIL.Image.Resampling.BICUBIC)
        scene += (np.asarray(grown, np.float32) - 128) * np.float32(1.6 / cells**0.35)
    return np.clip(scene + 128, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def photograph_as_jpeg(photograph: Pixels) -> bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(photograph).save(file, "JPEG", quality=92)
    return file.getvalue()
