"""The three networks of MTCNN as ONNX graphs, from torch's weights and without torch.

K. Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", 2016, with the
weights and layers of facenet-pytorch.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill_networks.onnx_graph import GraphBuilder, Shape

Array = NDArray[Any]


def proposal_model(weights: Mapping[str, Array]) -> bytes:
    """P-Net: ``pixels`` (1, 3, h, w) → ``probability`` (1, 2, h', w') and ``offsets`` (1, 4, h', w').

    :param weights: the state dict of ``pnet.pt``.
    """
    graph = _Graph(weights)
    tensor = graph.convolve("pixels", "conv1", "prelu1")
    tensor = graph.pool(tensor, 2)
    tensor = graph.convolve(tensor, "conv2", "prelu2")
    tensor = graph.convolve(tensor, "conv3", "prelu3")
    graph.softmax(graph.convolve(tensor, "conv4_1"), "probability")
    graph.name(graph.convolve(tensor, "conv4_2"), "offsets")
    return graph.finish({"probability": 2, "offsets": 4}, [1, 3, None, None])


def refinement_model(weights: Mapping[str, Array]) -> bytes:
    """R-Net: ``pixels`` (n, 3, 24, 24) → ``probability`` (n, 2) and ``offsets`` (n, 4).

    :param weights: the state dict of ``rnet.pt``.
    """
    graph = _Graph(weights)
    tensor = graph.pool(graph.convolve("pixels", "conv1", "prelu1"), 3)
    tensor = graph.pool(graph.convolve(tensor, "conv2", "prelu2"), 3)
    tensor = graph.flatten(graph.convolve(tensor, "conv3", "prelu3"))
    tensor = graph.connect(tensor, "dense4", "prelu4")
    graph.softmax(graph.connect(tensor, "dense5_1"), "probability")
    graph.name(graph.connect(tensor, "dense5_2"), "offsets")
    return graph.finish({"probability": 2, "offsets": 4}, [None, 3, 24, 24])


def output_model(weights: Mapping[str, Array]) -> bytes:
    """O-Net: ``pixels`` (n, 3, 48, 48) → ``probability`` (n, 2), ``offsets`` (n, 4) and ``points`` (n, 10).

    :param weights: the state dict of ``onet.pt``.
    """
    graph = _Graph(weights)
    tensor = graph.pool(graph.convolve("pixels", "conv1", "prelu1"), 3)
    tensor = graph.pool(graph.convolve(tensor, "conv2", "prelu2"), 3)
    tensor = graph.pool(graph.convolve(tensor, "conv3", "prelu3"), 2)
    tensor = graph.flatten(graph.convolve(tensor, "conv4", "prelu4"))
    tensor = graph.connect(tensor, "dense5", "prelu5")
    graph.softmax(graph.connect(tensor, "dense6_1"), "probability")
    graph.name(graph.connect(tensor, "dense6_2"), "offsets")
    graph.name(graph.connect(tensor, "dense6_3"), "points")
    return graph.finish({"probability": 2, "offsets": 4, "points": 10}, [None, 3, 48, 48])


class _Graph(GraphBuilder):
    def __init__(self, weights: Mapping[str, Array]) -> None:
        super().__init__()
        self._weights = weights

    def convolve(self, tensor: str, layer: str, activation: str = "") -> str:
        inputs = [tensor, self._weight(f"{layer}.weight"), self._weight(f"{layer}.bias")]
        return self._activate(self.add("Conv", inputs), activation, (-1, 1, 1))

    def connect(self, tensor: str, layer: str, activation: str = "") -> str:
        inputs = [tensor, self._weight(f"{layer}.weight"), self._weight(f"{layer}.bias")]
        return self._activate(self.add("Gemm", inputs, transB=1), activation, (-1,))

    def pool(self, tensor: str, side: int) -> str:
        return self.add("MaxPool", [tensor], ceil_mode=1, kernel_shape=[side, side], strides=[2, 2])

    def flatten(self, tensor: str) -> str:
        """In the order that the fully connected layers were trained with: columns, rows, channels."""
        return self.add("Flatten", [self.add("Transpose", [tensor], perm=[0, 3, 2, 1])])

    def softmax(self, tensor: str, output: str) -> None:
        self.name(self.add("Softmax", [tensor], axis=1), output)

    def name(self, tensor: str, output: str) -> None:
        self.add("Identity", [tensor], output=output)

    def finish(self, outputs: Mapping[str, int], shape: Shape) -> bytes:
        """
        :param outputs: their widths, by their names.
        :param shape: of the input; the outputs of a network that takes any size have one too.
        """
        sides = [None, None] if shape[-1] is None else []
        shapes = {name: [shape[0], width, *sides] for name, width in outputs.items()}
        return self.model("mtcnn", {"pixels": shape}, shapes)

    def _activate(self, tensor: str, activation: str, shape: tuple[int, ...]) -> str:
        if not activation:
            return tensor
        return self.add("PRelu", [tensor, self._weight(f"{activation}.weight", shape)])

    def _weight(self, name: str, shape: tuple[int, ...] | None = None) -> str:
        value = np.asarray(self._weights[name], np.float32)
        return self.constant(name, value if shape is None else value.reshape(shape))
