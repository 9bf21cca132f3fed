"""The operations and the encoder pass the suites that plugin authors use."""

from collections.abc import Callable
from typing import Any

import pytest

from photomill.components import Encoder
from photomill.editing.parameters import Canvas, Hdr, Resize, Sharpness, SmartCrop, Tone
from photomill.testing import EditOperationContract
from photomill.testing.editor import Edit
from photomill.testing.encoder import EncoderContract
from photomill_vips_editor import (
    AttentionCrop,
    LocalHdr,
    LumaSharpness,
    TableTone,
    VipsCanvas,
    VipsEncoder,
    VipsResizing,
)

Open = Callable[[type[Any]], Any]


class TestResizing(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(VipsResizing), Resize(40, 30, 5, 4, 20, 20)


class TestEnlarging(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(VipsResizing), Resize(140, 120)


class TestSmartCrop(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(AttentionCrop), SmartCrop(20, 20)


class TestCanvas(EditOperationContract):
    keeps_alpha = False
    """An opaque ground fills what was transparent."""

    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(VipsCanvas), Canvas(120, 110, 10, 5, (10, 20, 30, 255))


class TestTransparentCanvas(EditOperationContract):
    keeps_alpha = False
    """A transparent ground gives every image an alpha channel."""

    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(VipsCanvas), Canvas(120, 110, 10, 5)


class TestExposure(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(TableTone), Tone(exposure=40)


class TestContrast(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(TableTone), Tone(contrast=-30)


class TestTone(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(TableTone), Tone(20, 30, -40)


class TestHdr(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(LocalHdr), Hdr(70)


class TestStitchedHdr(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(LocalHdr), Hdr(70, stitching=True)


class TestSharpness(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(LumaSharpness), Sharpness(60)


class TestEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self, open_component: Open) -> Encoder:
        encoder: Encoder = open_component(VipsEncoder)
        return encoder
