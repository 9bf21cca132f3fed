"""EfficientNet-Lite0 as an ONNX graph, from torch's weights and without torch.

Lite0 (Liu, "Higher accuracy on vision models with EfficientNet-Lite", 2020) is EfficientNet-B0 (Tan and Le, 2019)
without squeeze-and-excitation, and with ReLU6. Each batch normalisation is folded into the convolution before it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill_networks.onnx_graph import GraphBuilder

Array = NDArray[Any]

SIDE = 224
FEATURES = 1280
CELLS = 7
"""A side of the map before pooling: each cell looks at 32 x 32 pixels and what is around them."""
CLASSES = 1000
"""Of ImageNet, in the order of their WordNet ids."""
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
"""Of the sixteen blocks; kernel sizes and widths follow from the weights."""

EPSILON = 1e-3

_INPUTS = {"pixels": [1, 3, SIDE, SIDE]}


def classifier_model(weights: Mapping[str, Array]) -> bytes:
    """Build the network.

    :param weights: the state dict, named as in EfficientNet-PyTorch.
    :returns: a serialised ONNX model: ``pixels`` float32 (1, 3, 224, 224) to the pooled ``features`` float32 (1, 1280), and
        to the ``logits`` (1, 1000) of the classes.
    """
    graph = _Graph(weights)
    pooled = graph.add("GlobalAveragePool", [_layers(graph)])
    graph.add("Flatten", [pooled], output="features")
    classes = graph.constant("classes", weights["_fc.weight"])
    bias = graph.constant("classes.bias", weights["_fc.bias"])
    graph.add("Gemm", ["features", classes, bias], output="logits", transB=1)
    outputs = {"features": [1, FEATURES], "logits": [1, CLASSES]}
    return graph.model("efficientnet-lite0", _INPUTS, outputs)


def map_model(weights: Mapping[str, Array]) -> bytes:
    """Build the network up to the features of each cell of the image, before they are pooled.

    It is a model of its own, since onnxruntime would round the pooled features otherwise beside them.

    :returns: a serialised ONNX model: ``pixels`` float32 (1, 3, 224, 224) to ``map`` (1, 1280, 7, 7).
    """
    graph = _Graph(weights)
    graph.add("Identity", [_layers(graph)], output="map")
    return graph.model("efficientnet-lite0-map", _INPUTS, {"map": [1, FEATURES, CELLS, CELLS]})


def _layers(graph: "_Graph") -> str:
    tensor = graph.convolve("pixels", "_conv_stem", "_bn0", stride=2)
    for number, stride in enumerate(STRIDES):
        tensor = _block(graph, tensor, f"_blocks.{number}.", stride)
    return graph.convolve(tensor, "_conv_head", "_bn1")


def _block(graph: "_Graph", tensor: str, prefix: str, stride: int) -> str:
    """Add an inverted bottleneck: widen, filter each channel, narrow without activation."""
    entered = tensor
    if f"{prefix}_expand_conv.weight" in graph.weights:
        tensor = graph.convolve(tensor, f"{prefix}_expand_conv", f"{prefix}_bn0")
    channels_in = graph.channels.get(entered)
    tensor = graph.convolve(tensor, f"{prefix}_depthwise_conv", f"{prefix}_bn1", stride=stride)
    tensor = graph.convolve(tensor, f"{prefix}_project_conv", f"{prefix}_bn2", activate=False)
    if stride == 1 and graph.channels[tensor] == channels_in:
        channels = graph.channels[tensor]
        tensor = graph.add("Add", [tensor, entered])
        graph.channels[tensor] = channels
    return tensor


class _Graph(GraphBuilder):
    """
    :ivar channels: of each tensor that a convolution or a block gave.
    """

    def __init__(self, weights: Mapping[str, Array]) -> None:
        super().__init__()
        self.weights = weights
        self.channels: dict[str, int] = {}
        self._limits = [
            self.constant("zero", np.float32(0.0)),
            self.constant("six", np.float32(6.0)),
        ]

    def convolve(
        self,
        tensor: str,
        convolution: str,
        normalisation: str,
        *,
        stride: int = 1,
        activate: bool = True,
    ) -> str:
        kernel, bias = self._folded(f"{convolution}.weight", normalisation)
        channels, per_group, *size = kernel.shape
        output = self.add(
            "Conv",
            [
                tensor,
                self.constant(f"{convolution}.kernel", kernel),
                self.constant(f"{convolution}.bias", bias),
            ],
            kernel_shape=size,
            strides=[stride, stride],
            group=channels if per_group == 1 else 1,
            # TensorFlow's padding: where it is uneven, the larger part stands right and below.
            auto_pad="SAME_UPPER",
        )
        if activate:
            output = self.add("Clip", [output, *self._limits])
        self.channels[output] = channels
        return output

    def _folded(self, kernel: str, normalisation: str) -> tuple[Array, Array]:
        mean, variance, gain, shift = (
            self.weights[f"{normalisation}.{part}"].astype(np.float64)
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        factor = gain / np.sqrt(variance + EPSILON)
        folded = self.weights[kernel] * factor[:, None, None, None]
        return folded.astype(np.float32), (shift - mean * factor).astype(np.float32)
