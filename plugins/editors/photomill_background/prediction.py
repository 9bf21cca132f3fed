"""Networks that tell how salient each pixel is, and what each of them wants to be given.

Sizes and normalisation are those of rembg's sessions, which the models of its folder were exported for.
"""

from pathlib import Path

import numpy as np
from attrs import frozen

from photomill.plugin import RasterPixels
from photomill_background.arrays import Values
from photomill_networks.runtime import open_session

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


@frozen
class Preparation:
    """How an image is given to a network.

    :ivar side: of the square it is squeezed to, in pixels.
    :ivar logits: the network's answer has yet to go through a sigmoid.
    """

    side: int = 320
    mean: tuple[float, float, float] = _MEAN
    deviation: tuple[float, float, float] = _DEVIATION
    logits: bool = False


PREPARATIONS: dict[str, Preparation] = {
    "u2netp": Preparation(),
    "u2net": Preparation(),
    "u2net_human_seg": Preparation(),
    "silueta": Preparation(),
    "isnet-general-use": Preparation(1024, deviation=(1.0, 1.0, 1.0)),
    "birefnet-general": Preparation(1024, logits=True),
    "birefnet-general-lite": Preparation(1024, logits=True),
    "birefnet-portrait": Preparation(1024, logits=True),
    "birefnet-dis": Preparation(1024, logits=True),
    "birefnet-hrsod": Preparation(1024, logits=True),
    "birefnet-massive": Preparation(1024, logits=True),
}
"""By the names that rembg gives its models."""


class SaliencyNetwork:
    """A network that is open; may be asked by many threads at once."""

    def __init__(self, file: Path, preparation: Preparation, *, threads: int = 1) -> None:
        """Open the network.

        :raises ValueError: the file is no model.
        """
        self._session = open_session(file, threads=threads)
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name
        self._preparation = preparation

    def predict(self, rgb: RasterPixels) -> Values:
        """How likely each pixel is foreground: float32 (side, side), 0 to 1."""
        (answer,) = self._session.run([self._output], {self._input: self._prepared(rgb)})
        saliency: Values = np.asarray(answer, np.float32).reshape(answer.shape[-2:])
        if self._preparation.logits:
            saliency = 1 / (1 + np.exp(-np.clip(saliency, -30, 30)))
        return np.clip(saliency, 0, 1)

    def _prepared(self, rgb: RasterPixels) -> Values:
        import cv2

        side = self._preparation.side
        shrinks = min(rgb.shape[:2]) > side
        interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        squeezed = cv2.resize(np.ascontiguousarray(rgb), (side, side), interpolation=interpolation)
        # As rembg has it, so that dark images look no different to the network from well exposed ones.
        light = squeezed.astype(np.float32) / max(int(squeezed.max()), 1)
        normal = (light - np.array(self._preparation.mean)) / np.array(self._preparation.deviation)
        return np.ascontiguousarray(normal.transpose(2, 0, 1)[np.newaxis], np.float32)
