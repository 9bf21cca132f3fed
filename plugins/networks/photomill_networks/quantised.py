"""Weights as TensorFlow.js keeps them: a manifest of named tensors, and a file of their bytes one after the other.

Tensors may be quantised to 8 or 16 bits, with a scale and a least value each.
"""

import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

_QUANTISED = {"uint8": "<u1", "uint16": "<u2"}


def read_quantised(manifest: bytes, weights: bytes) -> dict[str, NDArray[np.float32]]:
    """Read named tensors.

    :param manifest: the JSON of ``weights_manifest.json``, with one group of one file.
    :returns: float32 arrays, in the order of the file.
    :raises ValueError: no such manifest, or it does not fit the weights.
    """
    try:
        (group,) = json.loads(manifest)
        described = [_Tensor(each) for each in group["weights"]]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"not a manifest of weights: {error!r}") from error
    expected = sum(each.size for each in described)
    if expected != len(weights):
        raise ValueError(f"the weights have {len(weights)} bytes, the manifest tells of {expected}")
    found: dict[str, NDArray[np.float32]] = {}
    start = 0
    for each in described:
        found[each.name] = each.read(weights, start)
        start += each.size
    return found


class _Tensor:
    """A tensor that a manifest describes."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.name = str(described["name"])
        self.shape = [int(side) for side in described["shape"]]
        if described["dtype"] != "float32" or min(self.shape, default=1) < 1:
            raise ValueError(f"{self.name} is not of float32")
        quantisation = described.get("quantization") or {}
        self._stored = np.dtype(_QUANTISED[quantisation["dtype"]] if quantisation else "<f4")
        self._scale = float(quantisation.get("scale", 1.0))
        self._least = float(quantisation.get("min", 0.0))

    @property
    def size(self) -> int:
        return math.prod(self.shape) * self._stored.itemsize

    def read(self, weights: bytes, start: int) -> NDArray[np.float32]:
        stored = np.frombuffer(weights, self._stored, math.prod(self.shape), start)
        return (stored * self._scale + self._least).astype(np.float32).reshape(self.shape)
