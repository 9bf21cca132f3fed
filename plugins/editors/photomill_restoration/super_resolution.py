"""A model for super-resolution, whoever trained it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import PluginError, RasterPixels
from photomill_networks.runtime import open_session

_TRIED_WITH = 32
"""Pixels a side of the image that tells the factor."""


class SuperResolution:
    """One model that is open; may be run by many threads at once.

    :ivar factor: how many times as high and wide an image becomes.
    """

    def __init__(self, file: Path, threads: int, overlap: int) -> None:
        """Open a model.

        :param overlap: pixels on each side of a piece that are only looked at.
        :raises ValueError: the file is no model, or no model that enlarges images by a whole factor.
        """
        self._session = open_session(file, threads=threads)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 4:
            raise ValueError(f"the model takes {_described(inputs)}; expected one (1, 3, h, w)")
        self._input, self._output = inputs[0].name, outputs[0].name
        self._overlap = overlap
        self.factor = self._measured_factor()

    def __call__(self, surrounded: RasterPixels) -> RasterPixels:
        """Enlarge a piece, without the overlap around it."""
        planes = surrounded.transpose(2, 0, 1)[np.newaxis].astype(np.float32) / np.float32(255)
        answer = self._run(np.ascontiguousarray(planes))
        height, width = (side * self.factor for side in surrounded.shape[:2])
        if answer.shape != (1, 3, height, width):
            raise PluginError(
                f"the model gave {answer.shape}; expected {(1, 3, height, width)}: "
                "does it need pieces of another size?"
            )
        rim = self._overlap * self.factor
        inner = answer[0, :, rim : height - rim, rim : width - rim].transpose(1, 2, 0)
        return np.clip(np.rint(inner * 255), 0, 255).astype(np.uint8)

    def _measured_factor(self) -> int:
        shape = self._run(np.zeros((1, 3, _TRIED_WITH, _TRIED_WITH), np.float32)).shape
        factor = int(shape[-1]) // _TRIED_WITH
        if factor < 2 or shape != (1, 3, factor * _TRIED_WITH, factor * _TRIED_WITH):
            raise ValueError(
                f"of {_TRIED_WITH} x {_TRIED_WITH} pixels the model makes {shape}; "
                "expected (1, 3, h, w), twice as large or more"
            )
        return factor

    def _run(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """:raises ValueError: the model does not take images like these."""
        try:
            (answer,) = self._session.run([self._output], {self._input: planes})
        except Exception as error:  # onnxruntime's own errors have no common class below Exception
            raise ValueError(f"the model does not take {planes.shape}: {error}") from error
        return np.asarray(answer, np.float32)


def _described(inputs: list[object]) -> str:
    return ", ".join(str(getattr(each, "shape", each)) for each in inputs)
