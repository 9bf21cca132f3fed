"""Every operation keeps the contract."""

from collections.abc import Callable

import pytest

from photomill.components import EditOperation
from photomill.editing.parameters import Canvas, Resize
from photomill.testing import EditOperationContract
from photomill.testing.editor import Edit
from photomill_pillow_editor import PillowCanvas, PillowResizing

Open = Callable[..., EditOperation]


class TestShrinking(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(PillowResizing), Resize(23, 17)


class TestEnlarging(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(PillowResizing), Resize(190, 150, 10, 10, 100, 90)


class TestColouredCanvas(EditOperationContract):
    keeps_alpha = False  # an opaque ground leaves nothing transparent

    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(PillowCanvas), Canvas(120, 120, 5, 9, (10, 200, 30, 255))


class TestTransparentCanvas(EditOperationContract):
    keeps_alpha = False  # a transparent ground needs alpha

    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(PillowCanvas), Canvas(120, 120, 5, 9)
