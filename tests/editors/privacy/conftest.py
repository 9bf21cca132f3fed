"""Operations of the plugin, ready to be applied."""

from collections.abc import Callable
from typing import Any

import pytest

from photomill.components import EditContext, EditOperation
from photomill.images.origin import Origin
from photomill.images.raster import Raster

Apply = Callable[..., tuple[Raster, list[str]]]


@pytest.fixture
def apply(open_component: Callable[..., Any]) -> Apply:
    """Apply an operation; gives the result and the notes."""

    def applied(
        operation: type[EditOperation] | EditOperation, raster: Raster, asked: Any
    ) -> tuple[Raster, list[str]]:
        opened = operation if isinstance(operation, EditOperation) else open_component(operation)
        context = EditContext(Origin("png", raster.width, raster.height))
        return opened.apply(raster, asked, context), context.notes

    return applied
