"""Blurring the number plates that a network of one's own finds."""

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from attrs import field, frozen, validators

from photomill.components import OpenContext
from photomill.errors import PluginUnavailable
from photomill.images.raster import RasterPixels
from photomill_networks.runtime import open_session
from photomill_privacy.blur_plates import BlurPlates
from photomill_privacy.cascades import Rectangles

_GREY = 114


@frozen
class OnnxPlatesOptions:
    """
    :ivar file: a detector in ONNX: RGB, 0 to 1, of shape (1, 3, side, side) in; rows of boxes out. Empty for none.
    :ivar layout: of a row: ``yolo`` is left, top, right, bottom, score, class; ``end2end`` is batch, left, top, right,
        bottom, class, score. Both in pixels of the square.
    :ivar side: of the square, where the model leaves it open.
    :ivar confidence: from which a box counts, 0 to 1.
    """

    file: str = ""
    layout: Literal["yolo", "end2end"] = "end2end"
    side: int = field(default=640, validator=validators.ge(32))
    confidence: float = field(
        default=0.3, validator=validators.and_(validators.ge(0), validators.le(1))
    )


class OnnxPlates(BlurPlates):
    """Blurs what a detector in ONNX finds: of open-image-models, YOLO and others."""

    name = "onnx_plates"
    rank = 20
    engine = "onnx"
    requires: ClassVar[tuple[str, ...]] = ("cv2", "onnxruntime")
    Options = OnnxPlatesOptions

    def open(self, context: OpenContext) -> None:
        if not self.options.file:
            raise PluginUnavailable("options.file names no model")
        super().open(context)
        self._detector = _Detector(self.options)


class _Detector:
    def __init__(self, options: OnnxPlatesOptions) -> None:
        path = Path(options.file)
        if not path.is_file():
            raise PluginUnavailable(f"options.file: {path} is not there")
        try:
            self._session = open_session(path)
        except ValueError as error:
            raise PluginUnavailable(str(error)) from error
        given = self._session.get_inputs()[0]
        self._input = given.name
        self._side = given.shape[-1] if isinstance(given.shape[-1], int) else options.side
        self._options = options

    def plates(self, rgb: RasterPixels) -> Rectangles:
        square, scale, left, top = self._squared(rgb)
        rows = np.asarray(self._session.run(None, {self._input: square})[0])
        rows = rows.reshape(-1, rows.shape[-1])
        boxes, scores = self._read(rows)
        found = boxes[scores >= self._options.confidence]
        corners = (found - [left, top, left, top]) / scale
        limits = [rgb.shape[1], rgb.shape[0]] * 2
        return [
            (int(a), int(b), int(np.ceil(c - a)), int(np.ceil(d - b)))
            for a, b, c, d in np.clip(corners, 0, limits)
            if c > a and d > b
        ]

    def _read(self, rows: Any) -> tuple[Any, Any]:
        if self._options.layout == "yolo":
            return rows[:, :4], rows[:, 4]
        return rows[:, 1:5], rows[:, 6]

    def _squared(self, rgb: RasterPixels) -> tuple[Any, float, int, int]:
        """The picture in the middle of a grey square, its scale, and where it begins."""
        import cv2

        scale = self._side / max(rgb.shape[:2])
        size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
        small = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA)
        left, top = (self._side - size[0]) // 2, (self._side - size[1]) // 2
        square = np.full((self._side, self._side, 3), _GREY, np.uint8)
        square[top : top + size[1], left : left + size[0]] = small
        light = square.astype(np.float32).transpose(2, 0, 1)[np.newaxis] / 255
        return np.ascontiguousarray(light), scale, left, top
