"""One encoder in ONNX, of images or of texts."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill_networks.onnx_graph import external_files
from photomill_networks.runtime import open_session
from photomill_onnx.options import Pooling

DTYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
}


class Encoder:
    """A model of which one output becomes a vector.

    :ivar inputs: the inputs' names and numpy types.
    """

    def __init__(self, model: Path, output: str, pooling: Pooling, *, threads: int) -> None:
        """Open the model.

        :raises ValueError: it cannot be read, or has no such output.
        """
        self._session = open_session(model, threads=threads)
        self._pooling = pooling
        self._model = model
        self.inputs = {
            each.name: DTYPES.get(each.type, each.type) for each in self._session.get_inputs()
        }
        outputs = [each.name for each in self._session.get_outputs()]
        self._output = output or outputs[0]
        if self._output not in outputs:
            raise ValueError(f"{model} has no output {output!r}: it has {', '.join(outputs)}")

    def input(self, name: str, usual: str = "") -> str:
        """Name the input that takes what is encoded.

        :param name: as the options say it; empty where they do not.
        :param usual: what such an input is called.
        :raises ValueError: there is no such input, or there are several and none was named.
        """
        if not name:
            name = usual if usual in self.inputs else next(iter(self.inputs))
            if name != usual and len(self.inputs) > 1:
                raise ValueError(
                    f"{self._model} has several inputs; name one: {', '.join(self.inputs)}"
                )
        if name not in self.inputs:
            raise ValueError(
                f"{self._model} has no input {name!r}: it has {', '.join(self.inputs)}"
            )
        return name

    def encode(
        self, feeds: Mapping[str, NDArray[Any]], mask: NDArray[Any] | None = None
    ) -> NDArray[np.float64]:
        """Encode one image or text: float64 (dimension,).

        :param mask: for the positions of a text: 1 for a token, 0 for padding; shape (length,).
        :raises ValueError: the output has many positions, and the options do not say what to do with them.
        """
        (output,) = self._session.run([self._output], dict(feeds))
        positions = self._positions(output[0].astype(np.float64))
        if positions.ndim == 1:
            return positions
        # An empty text may be padding only.
        if mask is not None and mask.any():
            positions = positions[np.asarray(mask[: len(positions)], np.bool_)]
        if self._pooling is Pooling.MEAN:
            return np.asarray(positions.mean(axis=0), np.float64)
        position: NDArray[np.float64] = positions[0 if self._pooling is Pooling.FIRST else -1]
        return position

    def _positions(self, output: Any) -> NDArray[np.float64]:
        """Order an output as (dimension,) or (positions, dimension)."""
        output = np.atleast_1d(output.squeeze())
        if output.ndim == 3:
            # (channels, height, width), as convolutions give it.
            output = output.reshape(len(output), -1).T
        if output.ndim not in {1, 2} or (output.ndim == 2 and self._pooling is Pooling.NONE):
            raise ValueError(
                f"{self._model}: the output {self._output!r} has the shape {(1, *output.shape)}; "
                "choose another, or a pooling"
            )
        return np.asarray(output, np.float64)


def file_digest(model: Path) -> bytes:
    """SHA-256 over a model's file and over the files that hold its weights, if they lie outside it."""
    content = model.read_bytes()
    digest = hashlib.sha256(content)
    for location in external_files(content):
        with (model.parent / location).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.digest()
