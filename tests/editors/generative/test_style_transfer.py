"""Style transfer keeps the contract, and its strengths do what they say."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from photomill.components import EditOperation, NoOptions
from photomill.editing.parameters import StyleTransfer
from photomill.images.raster import Raster, RasterPixels
from photomill.testing import EditOperationContract
from photomill.testing.editor import Edit, context_of, draw_image, edited, translucent
from photomill_generative import StatisticalStyle
from photomill_generative.colour_transfer import ColourTransfer

Open = Callable[..., EditOperation]
STRENGTHS = st.floats(0, 1)


def scene(base: tuple[int, int, int], roughness: float, seed: int = 0) -> Raster:
    """Make soft hills of one colour under grain."""
    rows, columns = np.mgrid[0:90, 0:120] / 20
    hills = 40 * np.sin(columns) * np.cos(rows)
    grain = np.random.default_rng(seed).normal(0, roughness, (90, 120))
    pixels = np.array(base) + (hills + grain)[:, :, None]
    return Raster.from_pixels(pixels.clip(0, 255).astype(np.uint8))


BASE, REFERENCE = scene((90, 120, 160), 3), scene((190, 110, 70), 14, seed=1)
FULL = StyleTransfer(REFERENCE, denoising_strength=1, style_strength=1)


@pytest.mark.parametrize("depth", [1.0, 0.4])
class TestStatisticalStyle(EditOperationContract):
    @pytest.fixture
    def edit(self, open_component: Open, depth: float) -> Edit:
        return open_component(StatisticalStyle), StyleTransfer(REFERENCE, depth_strength=depth)


def styled(parameters: StyleTransfer, base: Raster = BASE) -> RasterPixels:
    return edited(StatisticalStyle(NoOptions()), base, parameters).pixels


def lab(pixels: RasterPixels) -> Any:
    return cv2.cvtColor(pixels[:, :, :3].astype(np.float32) / 255, cv2.COLOR_RGB2Lab).reshape(-1, 3)


def roughness(pixels: RasterPixels) -> float:
    lightness = lab(pixels)[:, 0].reshape(pixels.shape[:2])
    return float((lightness - cv2.GaussianBlur(lightness, (0, 0), 1.5)).std())


def likeness(first: RasterPixels, second: RasterPixels) -> float:
    """How alike the shapes are: the correlation of soft lightness."""
    soft = [
        cv2.GaussianBlur(lab(each)[:, 0].reshape(each.shape[:2]), (0, 0), 2).ravel()
        for each in (first, second)
    ]
    return float(np.corrcoef(soft)[0, 1])


@given(STRENGTHS, STRENGTHS)
@settings(max_examples=20)
def test_without_one_strength_the_other_changes_nothing(depth: float, strength: float) -> None:
    for style, denoising in ((0.0, strength), (strength, 0.0)):
        parameters = StyleTransfer(REFERENCE, "", depth, denoising, style)
        assert np.array_equal(styled(parameters), BASE.pixels)


@pytest.mark.parametrize("strength", ["style_strength", "denoising_strength"])
def test_the_stronger_the_nearer_to_the_references_colours(strength: str) -> None:
    wanted = lab(REFERENCE.pixels).mean(0)
    distances = []
    for each in (0.0, 0.25, 0.5, 0.75, 1.0):
        changed: Any = {strength: each}
        found = lab(styled(evolve(FULL, **changed))).mean(0)
        distances.append(float(np.linalg.norm(found - wanted)))
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 3


def test_texture_becomes_as_rough_as_the_references() -> None:
    before, wanted = roughness(BASE.pixels), roughness(REFERENCE.pixels)
    found = [roughness(styled(evolve(FULL, style_strength=each))) for each in (0.0, 0.5, 1.0)]
    assert found == sorted(found)
    assert before < found[-1] <= wanted * 1.1
    smooth = roughness(styled(StyleTransfer(BASE), REFERENCE))
    assert smooth < roughness(REFERENCE.pixels)


def test_the_less_depth_the_less_shape_is_preserved() -> None:
    sky = np.full((90, 120, 3), 160, np.uint8)
    cv2.circle(sky, (60, 45), 12, (30, 30, 30), -1)
    disc, stripes = Raster.from_pixels(sky), np.full((90, 120, 3), 160, np.uint8)
    stripes[::10] = 60
    style = evolve(FULL, reference=Raster.from_pixels(stripes))
    found = [
        likeness(styled(evolve(style, depth_strength=depth), disc), disc.pixels)
        for depth in (1.0, 0.5, 0.0)
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.97


def test_its_own_style_hardly_changes_a_picture() -> None:
    after = styled(evolve(FULL, reference=BASE)).astype(int)
    assert np.abs(after - BASE.pixels).max() <= 1


def test_a_picture_that_is_transparent_keeps_its_alpha() -> None:
    before = translucent(BASE)
    assert np.array_equal(styled(FULL, before)[:, :, 3], before.pixels[:, :, 3])


def test_plain_pictures_take_the_references_mean() -> None:
    plain = Raster.from_pixels(np.full((30, 40, 3), 128, np.uint8))
    after = styled(FULL, plain)
    assert np.linalg.norm(lab(after).mean(0) - lab(REFERENCE.pixels).mean(0)) < 3
    assert np.ptp(after, axis=(0, 1)).max() <= 1


def test_a_prompt_is_left_out_with_a_note() -> None:
    context = context_of(BASE)
    after = StatisticalStyle(NoOptions()).apply(BASE, evolve(FULL, prompt="in oil"), context)
    assert np.array_equal(after.pixels, styled(FULL))
    assert [note for note in context.notes if "the prompt was not used" in note]


@given(st.integers(0, 2**31))
@settings(max_examples=20)
def test_the_map_brings_one_distribution_to_the_other(seed: int) -> None:
    generator = np.random.default_rng(seed)
    source, target = (
        (generator.normal(size=(4000, 3)) @ generator.uniform(-8, 8, (3, 3)) + offset).astype(
            np.float32
        )
        for offset in (40, 60)
    )
    transfer = ColourTransfer.between(source, target)
    assert np.allclose(transfer.matrix, transfer.matrix.T)
    moved = transfer.applied(source, 1.0)
    assert np.allclose(moved.mean(0), target.mean(0), atol=0.05)
    assert np.allclose(transfer.applied(source, 0.0), source, atol=1e-3)
    values = np.linalg.eigvalsh(transfer.matrix)
    if values.min() > 0.41 and values.max() < 2.49:
        noise = 2 * (1 + np.abs(transfer.matrix).sum()) ** 2
        assert np.allclose(np.cov(moved.T), np.cov(target.T), atol=noise)


def test_any_sizes_go_together() -> None:
    for height, width in ((1, 1), (5, 300), (200, 6)):
        for parameters in (FULL, evolve(FULL, depth_strength=0.3)):
            small = evolve(parameters, reference=draw_image(height, width))
            assert styled(small).shape == BASE.pixels.shape
