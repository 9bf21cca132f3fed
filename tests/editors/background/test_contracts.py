"""The operations pass the suite that plugin authors use."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from photomill.editing.parameters import BlurBackground, FindForeground, RemoveBackground, SmartCrop
from photomill.images.raster import Raster
from photomill.testing import EditOperationContract
from photomill.testing.editor import Edit
from photomill_background import (
    CleanRemoval,
    MaskImage,
    NetworkForeground,
    ProductShot,
    SaliencyForeground,
    SubjectCrop,
    SubjectSafeBlur,
)
from photomill_background.product import MaskParameters, ProductParameters

from .scenes import plain, scene, textured, with_alpha

Open = Callable[..., Any]


class TestFindingBySaliency(EditOperationContract):
    keeps_alpha = False
    """It gives an alpha to what has none."""

    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(SaliencyForeground), FindForeground(True)

    @pytest.fixture
    def sample(self) -> Raster:
        return Raster.from_pixels(scene(plain(100, 120)).rgb)


class TestFindingByANetwork(TestFindingBySaliency):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(NetworkForeground), FindForeground(True)


class TestRegularBlur(EditOperationContract):
    keeps_alpha = False
    """It uses the alpha up."""
    alpha_is_mask = True

    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(SubjectSafeBlur), BlurBackground("regular", "high")

    @pytest.fixture
    def sample(self) -> Raster:
        given = scene(textured(100, 120))
        return with_alpha(given.rgb, given.alpha)


class TestLensBlur(EditOperationContract):
    keeps_alpha = False
    """It uses the alpha up."""
    alpha_is_mask = True

    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(SubjectSafeBlur), BlurBackground("lens", "high")

    @pytest.fixture
    def sample(self) -> Raster:
        given = scene(textured(100, 120))
        return with_alpha(given.rgb, given.alpha)


class TestRemoval(EditOperationContract):
    alpha_is_mask = True

    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(CleanRemoval), RemoveBackground(True)

    @pytest.fixture
    def sample(self) -> Raster:
        given = scene(textured(100, 120))
        return with_alpha(given.rgb, np.minimum(given.alpha, 254))


class TestClipping(EditOperationContract):
    alpha_is_mask = True

    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(CleanRemoval), RemoveBackground(True, clipping=True)

    @pytest.fixture
    def sample(self) -> Raster:
        given = scene(textured(100, 120))
        return with_alpha(given.rgb, given.alpha)


class TestSubjectCrop(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(SubjectCrop), SmartCrop(30, 20)


class TestProduct(EditOperationContract):
    keeps_alpha = False
    """It uses the alpha up."""
    alpha_is_mask = True

    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(ProductShot), ProductParameters(0.8)

    @pytest.fixture
    def sample(self) -> Raster:
        given = scene(textured(100, 120))
        return with_alpha(given.rgb, given.alpha)


class TestTransparentProduct(TestProduct):
    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(ProductShot), ProductParameters(0.8, ground="transparent")


class TestMask(EditOperationContract):
    keeps_alpha = False
    """The mask is opaque."""
    alpha_is_mask = True

    @pytest.fixture
    def edit(self, open_component: Open) -> Edit:
        return open_component(MaskImage), MaskParameters(True)

    @pytest.fixture
    def sample(self) -> Raster:
        given = scene(textured(100, 120))
        return with_alpha(given.rgb, given.alpha)
