"""The operations pass the suite that plugin authors use."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from photomill.editing.parameters import BlurCarPlate, IdentityCrop, SmartCrop
from photomill.images.raster import Raster
from photomill.testing import EditOperationContract
from photomill.testing.editor import Edit
from photomill_privacy import (
    BlurPlates,
    FaceCrop,
    HaarIdentityCrop,
    MtcnnIdentityCrop,
    OnnxPlates,
    TextPlates,
)

from .detectors import answers_of, detector
from .scenes import parked, portrait

Open = Callable[..., Any]


class TestMtcnnIdentityCrop(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(MtcnnIdentityCrop), IdentityCrop(True)

    @pytest.fixture
    def sample(self) -> Raster:
        return Raster.from_pixels(portrait().rgb)


class TestHaarIdentityCrop(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(HaarIdentityCrop), IdentityCrop(True)

    @pytest.fixture
    def sample(self) -> Raster:
        return Raster.from_pixels(portrait().rgb)


class TestFaceCrop(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(FaceCrop), SmartCrop(30, 20, "face")


class TestBlurPlates(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(BlurPlates), BlurCarPlate(True)

    @pytest.fixture
    def sample(self) -> Raster:
        return Raster.from_pixels(parked().rgb)


class TestOnnxPlates(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open, tmp_path: Path) -> Edit:
        answers = answers_of("yolo", [[100.0, 120.0, 200.0, 180.0]], [0.9])
        path = str(detector(tmp_path, *answers))
        return open_component(OnnxPlates, file=path, layout="yolo"), BlurCarPlate(True)


@pytest.mark.usefixtures("ocr_models")
class TestTextPlates(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(TextPlates), BlurCarPlate(True)

    @pytest.fixture
    def sample(self) -> Raster:
        return Raster.from_pixels(parked().rgb)
