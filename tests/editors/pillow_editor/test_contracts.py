"""Every operation keeps the contract."""

from collections.abc import Callable

import pytest

from photomill.components import EditOperation
from photomill.editing.parameters import Canvas, Hdr, Resize, Sharpness, SmartCrop, Tone
from photomill.testing import EditOperationContract
from photomill.testing.editor import Edit
from photomill_pillow_editor import (
    PillowCanvas,
    PillowHdr,
    PillowResizing,
    PillowSharpness,
    PillowTone,
    SaliencyCrop,
)

Open = Callable[..., EditOperation]


class TestShrinking(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(PillowResizing), Resize(23, 17)


class TestEnlarging(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(PillowResizing), Resize(190, 150, 10, 10, 100, 90)


class TestSmartCrop(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(SaliencyCrop), SmartCrop(30, 20)


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


@pytest.mark.parametrize(
    "tone",
    [Tone(50), Tone(-50), Tone(0, 60), Tone(0, -60), Tone(0, 0, 70), Tone(20, -30, -100)],
    ids=str,
)
class TestTone(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open, tone: Tone) -> Edit:
        return open_component(PillowTone), tone


@pytest.mark.parametrize("stitching", [False, True])
class TestHdr(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open, stitching: bool) -> Edit:
        return open_component(PillowHdr), Hdr(70, stitching)


class TestSharpness(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(PillowSharpness), Sharpness(80)
