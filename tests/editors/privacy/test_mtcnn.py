"""MTCNN without torch: landmarks where they were drawn, and the same networks as torch's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image

from photomill.errors import PluginUnavailable
from photomill.images.raster import RasterPixels
from photomill_faces.mtcnn import Mtcnn
from photomill_faces.mtcnn_networks import output_model, proposal_model, refinement_model
from photomill_networks.runtime import open_session
from photomill_networks.state_dict import read_state_dict

from .scenes import portrait, wall

Values = NDArray[np.floating[Any]]


@pytest.fixture
def mtcnn(models_dir: Path) -> Mtcnn:
    return Mtcnn(models_dir, longest_side=960, smallest=24.0, confidence=0.95)


def test_landmarks_are_where_they_were_drawn(mtcnn: Mtcnn) -> None:
    given = portrait(600, 800)
    (face,) = mtcnn.faces(given.rgb)
    assert face.landmarks is not None
    close = 0.06 * face.height
    assert face.landmarks.left_eye[1] == pytest.approx(given.eyes, abs=close)
    assert face.landmarks.right_eye[1] == pytest.approx(given.eyes, abs=close)
    assert face.landmarks.nose[1] == pytest.approx(given.nose, abs=close)
    assert face.landmarks.left_eye[0] < face.landmarks.nose[0] < face.landmarks.right_eye[0]


def test_faces_come_the_largest_first(mtcnn: Mtcnn) -> None:
    small, large = portrait(200, 260), portrait(400, 400)
    both = np.hstack([np.vstack([small.rgb, wall(200, 260)]), large.rgb])
    first, second = mtcnn.faces(both)
    assert first.left > 260 > second.right
    assert first.width > 1.5 * second.width


def test_the_same_picture_gives_the_same_faces(mtcnn: Mtcnn) -> None:
    assert mtcnn.faces(portrait().rgb) == mtcnn.faces(portrait().rgb)


def test_without_weights_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(PluginUnavailable, match="photomill models add mtcnn"):
        Mtcnn(tmp_path, longest_side=960, smallest=24.0, confidence=0.95)


def test_damaged_weights_are_said_so(tmp_path: Path) -> None:
    (tmp_path / "mtcnn").mkdir()
    (tmp_path / "mtcnn" / "pnet.pt").write_bytes(b"damaged")
    with pytest.raises(PluginUnavailable, match="damaged: pnet"):
        Mtcnn(tmp_path, longest_side=960, smallest=24.0, confidence=0.95)


def test_faces_of_photographs_are_found(mtcnn: Mtcnn, photographs: Mapping[str, Path]) -> None:
    def read(path: Path) -> RasterPixels:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))

    counts = {name: len(mtcnn.faces(read(path))) for name, path in photographs.items()}
    assert counts == {name: int(name in ("astronaut", "camera")) for name in photographs}
    (face,) = mtcnn.faces(read(photographs["astronaut"]))
    assert (160, 60) < (face.left, face.top) < (face.right, face.bottom) < (290, 230)


def test_proposals_equal_those_of_plain_sums(models_dir: Path) -> None:
    """P-Net, which is all kinds of layers but the fully connected ones, written out in NumPy."""
    weights = read_state_dict((models_dir / "mtcnn" / "pnet.pt").read_bytes())
    pixels = np.random.default_rng(1).uniform(-1, 1, (3, 25, 31)).astype(np.float32)

    def convolved(tensor: Values, layer: str) -> Values:
        kernel = weights[f"{layer}.weight"]
        windows = sliding_window_view(tensor, kernel.shape[2:], axis=(1, 2))
        sums = np.einsum("cyxij,ocij->oyx", windows, kernel, dtype=np.float64)
        return np.asarray(sums + weights[f"{layer}.bias"][:, None, None])

    def activated(tensor: Values, number: int) -> Values:
        slope = weights[f"prelu{number}.weight"][:, None, None]
        return np.where(tensor > 0, tensor, slope * tensor)

    first = activated(convolved(pixels, "conv1"), 1)
    odd = [(0, 0), *((0, side % 2) for side in first.shape[1:])]
    whole = np.pad(first, odd, constant_values=-np.inf)
    pooled = sliding_window_view(whole, (2, 2), axis=(1, 2))[:, ::2, ::2].max(axis=(-2, -1))
    last = activated(convolved(activated(convolved(pooled, "conv2"), 2), "conv3"), 3)
    likely = np.exp(convolved(last, "conv4_1"))

    session = open_session(proposal_model(weights))
    names = ["probability", "offsets"]
    probability, offsets = session.run(names, {"pixels": pixels[np.newaxis]})
    np.testing.assert_allclose(probability[0], likely / likely.sum(axis=0), atol=1e-4)
    np.testing.assert_allclose(offsets[0], convolved(last, "conv4_2"), atol=1e-4)


@pytest.mark.clip
@pytest.mark.parametrize("net", ["pnet", "rnet", "onet"])
def test_the_networks_equal_those_of_torch(models_dir: Path, net: str) -> None:
    import torch

    data = (models_dir / "mtcnn" / f"{net}.pt").read_bytes()
    weights = read_state_dict(data)
    build = {"pnet": proposal_model, "rnet": refinement_model, "onet": output_model}[net]
    side = {"pnet": 61, "rnet": 24, "onet": 48}[net]
    pixels = np.random.default_rng(1).uniform(-1, 1, (1, 3, side, side)).astype(np.float32)
    session = open_session(build(weights))
    names = [each.name for each in session.get_outputs()]
    ours = session.run(names, {"pixels": pixels})
    layers = {name: torch.from_numpy(value) for name, value in weights.items()}
    theirs = _by_torch(net, layers, torch.from_numpy(pixels))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other.numpy(), atol=1e-4)


def _by_torch(net: str, layers: dict[str, Any], tensor: Any) -> list[Any]:
    from torch.nn import functional as F  # noqa: N812  (as torch's users write it)

    def convolve(name: str, number: str) -> None:
        nonlocal tensor
        tensor = F.conv2d(tensor, layers[f"{name}.weight"], layers[f"{name}.bias"])
        tensor = F.prelu(tensor, layers[f"prelu{number}.weight"])

    def linear(name: str) -> Any:
        return F.linear(tensor, layers[f"{name}.weight"], layers[f"{name}.bias"])

    convolve("conv1", "1")
    if net == "pnet":
        tensor = F.max_pool2d(tensor, 2, 2, ceil_mode=True)
        convolve("conv2", "2")
        convolve("conv3", "3")
        heads = [
            F.conv2d(tensor, layers[f"{name}.weight"], layers[f"{name}.bias"])
            for name in ("conv4_1", "conv4_2")
        ]
        return [heads[0].softmax(dim=1), heads[1]]
    tensor = F.max_pool2d(tensor, 3, 2, ceil_mode=True)
    convolve("conv2", "2")
    tensor = F.max_pool2d(tensor, 3, 2, ceil_mode=True)
    convolve("conv3", "3")
    last = "4"
    if net == "onet":
        tensor = F.max_pool2d(tensor, 2, 2, ceil_mode=True)
        convolve("conv4", "4")
        last = "5"
    tensor = tensor.permute(0, 3, 2, 1).contiguous().flatten(1)
    tensor = F.prelu(linear(f"dense{last}"), layers[f"prelu{last}.weight"])
    after = int(last) + 1
    heads = [linear(f"dense{after}_1").softmax(dim=1), linear(f"dense{after}_2")]
    return [*heads, linear("dense6_3")] if net == "onet" else heads
