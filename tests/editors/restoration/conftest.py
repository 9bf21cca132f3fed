"""Operations of the plugin, ready to be applied."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from photomill.components import EditContext, EditOperation, OpenContext
from photomill.config.settings import FetchSettings
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


@pytest.fixture
def open_with_models(models_dir: Path, tmp_path: Path) -> Iterator[Callable[..., EditOperation]]:
    """Open an operation that has its weights: ``open_with_models(Waifu2xUpscale, interactive_pixels=1)``."""
    with ExitStack() as stack:

        def opened(kind: type[EditOperation], **options: Any) -> EditOperation:
            operation = stack.enter_context(closing(kind(kind.Options(**options))))
            operation.open(
                OpenContext(kind.name, tmp_path / "cache", FetchSettings(), models_dir=models_dir)
            )
            return operation

        yield opened
