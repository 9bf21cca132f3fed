"""dlib's ResNet for faces as an ONNX graph, from weights as TensorFlow.js keeps them.

D. King, "High quality face recognition with deep metric learning", 2017: 29 layers of K. He et al., "Deep residual
learning for image recognition", with half the filters. Constants and layers as in vladmandic's face-api.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill_networks.onnx_graph import GraphBuilder

Array = NDArray[Any]

SIDE = 150
"""Of a face's pixels."""
DIMENSION = 128
MEAN_RGB = (122.782, 117.001, 104.298)

_BLOCKS = (
    # (name, whether it halves the sides)
    *((f"conv32_{number}", False) for number in (1, 2, 3)),
    ("conv64_down", True),
    *((f"conv64_{number}", False) for number in (1, 2, 3)),
    ("conv128_down", True),
    *((f"conv128_{number}", False) for number in (1, 2)),
    ("conv256_down", True),
    *((f"conv256_{number}", False) for number in (1, 2)),
    ("conv256_down_out", True),
)


def identity_model(weights: Mapping[str, Array]) -> bytes:
    """``pixels`` (n, 3, 150, 150), as :func:`normalised` makes them, → ``vectors`` (n, 128).

    :param weights: filters of (rows, columns, channels in, channels out).
    :raises KeyError: a tensor is missing.
    :raises ValueError: a tensor has another shape than the layer.
    """
    graph = _Graph(weights)
    tensor = graph.relu(graph.convolve("pixels", "conv32_down", stride=2))
    tensor = graph.add("MaxPool", [tensor], kernel_shape=[3, 3], strides=[2, 2])
    channels = graph.channels("conv32_1")
    for name, halves in _BLOCKS:
        tensor = graph.halved(tensor, name, channels) if halves else graph.kept(tensor, name)
        channels = graph.channels(name)
    pooled = graph.add("Flatten", [graph.add("GlobalAveragePool", [tensor])])
    graph.add("MatMul", [pooled, graph.whole("fc", (channels, DIMENSION))], output="vectors")
    return graph.model("faces", {"pixels": [None, 3, SIDE, SIDE]}, {"vectors": [None, DIMENSION]})


def normalised(chips: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The network's input from RGB chips, uint8 (n, 150, 150, 3)."""
    values = (chips.astype(np.float32) - np.array(MEAN_RGB, np.float32)) / np.float32(255)
    return np.ascontiguousarray(values.transpose(0, 3, 1, 2))


class _Graph(GraphBuilder):
    def __init__(self, weights: Mapping[str, Array]) -> None:
        super().__init__()
        self._weights = weights

    def kept(self, tensor: str, name: str) -> str:
        """A residual block of unchanged sides."""
        inner = self.relu(self.convolve(tensor, f"{name}/conv1", same=True))
        inner = self.convolve(inner, f"{name}/conv2", same=True)
        return self.relu(self.add("Add", [inner, tensor]))

    def halved(self, tensor: str, name: str, channels: int) -> str:
        """A residual block of half the sides; channels and sides that one branch lacks are zeros."""
        inner = self.relu(self.convolve(tensor, f"{name}/conv1", stride=2))
        inner = self.convolve(inner, f"{name}/conv2", same=True)
        pooled = self.add("AveragePool", [tensor], kernel_shape=[2, 2], strides=[2, 2])
        missing = self.channels(name) - channels
        if missing:
            pooled = self._padded(pooled, f"{name}/channels", [0, 0, 0, 0, 0, missing, 0, 0])
        # Of an even side the convolution gives one less than the pooling.
        if _sides()[name] % 2 == 0:
            inner = self._padded(inner, f"{name}/sides", [0, 0, 0, 0, 0, 0, 1, 1])
        return self.relu(self.add("Add", [pooled, inner]))

    def relu(self, tensor: str) -> str:
        return self.add("Relu", [tensor])

    def channels(self, name: str) -> int:
        """How many a block gives."""
        return int(self._weights[f"{name}/conv2/conv/filters"].shape[3])

    def convolve(self, tensor: str, name: str, *, stride: int = 1, same: bool = False) -> str:
        """A convolution with the scale behind it, folded into one."""
        filters = np.asarray(self._weights[f"{name}/conv/filters"], np.float32)
        scale = np.asarray(self._weights[f"{name}/scale/weights"], np.float32)
        bias = self._weights[f"{name}/conv/bias"] * scale + self._weights[f"{name}/scale/biases"]
        inputs = [
            tensor,
            self.constant(f"{name}/filters", (filters * scale).transpose(3, 2, 0, 1)),
            self.constant(f"{name}/bias", np.asarray(bias, np.float32)),
        ]
        pads = [filters.shape[0] // 2] * 4 if same else [0] * 4
        return self.add("Conv", inputs, strides=[stride, stride], pads=pads)

    def whole(self, name: str, shape: tuple[int, ...]) -> str:
        """A tensor as it is.

        :raises ValueError: it has another shape.
        """
        value = np.asarray(self._weights[name], np.float32)
        if value.shape != shape:
            raise ValueError(f"{name} has the shape {value.shape}, expected {shape}")
        return self.constant(name, value)

    def _padded(self, tensor: str, name: str, ends: list[int]) -> str:
        return self.add("Pad", [tensor, self.constant(name, np.array(ends, np.int64))])


def _sides() -> dict[str, int]:
    """Of what comes into each block that halves."""
    side = ((SIDE - 7) // 2 + 1 - 3) // 2 + 1
    found = {}
    for name, halves in _BLOCKS:
        if halves:
            found[name] = side
            side //= 2
    return found
