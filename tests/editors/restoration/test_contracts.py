"""The operations without a model pass the suite that plugin authors use."""

from collections.abc import Callable
from typing import Any

import pytest

from photomill.editing.parameters import Decompress, Polish, Upscale
from photomill.testing import EditOperationContract
from photomill.testing.editor import Edit
from photomill_restoration import BackProjectedUpscale, RestrainedPolish, ShiftedDecompress

Open = Callable[..., Any]


class TestShiftedDecompress(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(ShiftedDecompress), Decompress("strong")


class TestBackProjectedUpscale(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(BackProjectedUpscale), Upscale("smart_enhance", 2, 100, 90)


class TestPolish(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(RestrainedPolish), Polish(True)
