"""Operations of the plugin, ready to be applied."""

from collections.abc import Callable
from typing import Any

import pytest

from photomill.components import EditContext, EditOperation
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill_background import NetworkForeground, SaliencyForeground

Apply = Callable[..., Raster]


@pytest.fixture
def apply(open_component: Callable[..., Any]) -> Apply:
    """Apply an operation: ``apply(CleanRemoval, raster, RemoveBackground(True), notes=[])``."""

    def applied(
        operation: type[EditOperation] | EditOperation,
        raster: Raster,
        asked: Any,
        **context: Any,
    ) -> Raster:
        opened = operation if isinstance(operation, EditOperation) else open_component(operation)
        result: Raster = opened.apply(
            raster, asked, EditContext(Origin("png", raster.width, raster.height), **context)
        )
        return result

    return applied


@pytest.fixture(params=[NetworkForeground, SaliencyForeground])
def finder(request: pytest.FixtureRequest, open_component: Callable[..., Any]) -> EditOperation:
    """Each engine that finds foregrounds."""
    opened: EditOperation = open_component(request.param)
    return opened
