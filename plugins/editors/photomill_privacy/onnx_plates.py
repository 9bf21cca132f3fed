"""Blurring the number plates that a network of one's own finds."""

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from attrs import field, frozen, validators
from numpy.typing import NDArray

from photomill.plugin import (
    NotConfigured,
    OpenContext,
    PluginError,
    PluginUnavailable,
    RasterPixels,
)
from photomill_faces.cascades import Rectangles
from photomill_networks.runtime import open_session
from photomill_privacy.blur_plates import BlurPlates, PlateDetector

Layout = Literal["yolo", "end2end", "separate"]
Numbers = NDArray[np.floating[Any]]

_GREY = 114
"""Around the image, where YOLO was trained with it."""
_COLUMNS: dict[Layout, int] = {"yolo": 6, "end2end": 7, "separate": 4}


@frozen
class OnnxPlatesOptions:
    """
    :ivar file: a detector in ONNX: RGB, 0 to 1, of shape (1, 3, side, side) in; rows of boxes out. Empty for none.
    :ivar layout: of a row: ``yolo`` is left, top, right, bottom, score, class; ``end2end`` is batch, left, top, right,
        bottom, class, score; ``separate`` is left, top, right, bottom, with the scores as a second output. All in
        pixels of the square.
    :ivar side: of the square, where the model leaves it open.
    :ivar confidence: from which a box counts, 0 to 1.
    """

    file: str = ""
    layout: Layout = "end2end"
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

    def check_models(self, context: OpenContext) -> None:
        path = f"editors.{context.instance}.options.file"
        if not self.options.file:
            raise NotConfigured(f"{path} names no model that finds plates")
        if not Path(self.options.file).is_file():
            raise PluginUnavailable(f"{path}: {self.options.file} is not there")

    def _open_detector(self, context: OpenContext) -> PlateDetector:
        self.check_models(context)
        return _Detector(self.options)


class _Detector:
    def __init__(self, options: OnnxPlatesOptions) -> None:
        try:
            self._session = open_session(Path(options.file))
        except ValueError as error:
            raise PluginUnavailable(str(error)) from error
        given = self._session.get_inputs()[0]
        self._input = given.name
        self._side = given.shape[-1] if isinstance(given.shape[-1], int) else options.side
        self._layout: Layout = options.layout
        self._confidence = options.confidence

    def plates(self, rgb: RasterPixels) -> Rectangles:
        square, scale, left, top = self._squared(rgb)
        boxes, scores = self._read(self._session.run(None, {self._input: square}))
        found = boxes[(scores >= self._confidence) & np.isfinite(boxes).all(axis=1)]
        corners = (found - [left, top, left, top]) / scale
        limits = [rgb.shape[1], rgb.shape[0]] * 2
        return [
            (int(a), int(b), int(np.ceil(c)) - int(a), int(np.ceil(d)) - int(b))
            for a, b, c, d in np.clip(corners, 0, limits)
            if c > a and d > b
        ]

    def _read(self, outputs: list[Any]) -> tuple[Numbers, Numbers]:
        """Boxes (n, 4) and their scores (n).

        :raises PluginError: the model's answer has another layout.
        """
        columns = _COLUMNS[self._layout]
        shapes = [np.shape(output) for output in outputs]
        if self._layout == "separate" and len(outputs) > 1:
            if shapes[0][-1:] == (columns,) and np.size(outputs[0]) == columns * np.size(
                outputs[1]
            ):
                return np.reshape(outputs[0], (-1, columns)), np.reshape(outputs[1], -1)
        elif self._layout != "separate" and shapes[0][-1:] == (columns,):
            rows = np.reshape(outputs[0], (-1, columns))
            if self._layout == "yolo":
                return rows[:, :4], rows[:, 4]
            return rows[:, 1:5], rows[:, 6]
        raise PluginError(
            f"the plate detector answers with shapes {shapes}, which is not options.layout"
            f" = {self._layout!r}: {columns} numbers a row"
        )

    def _squared(self, rgb: RasterPixels) -> tuple[Any, float, int, int]:
        """The image in the middle of a grey square, its scale, and where it begins."""
        import cv2

        scale = self._side / max(rgb.shape[:2])
        size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
        small = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA)
        left, top = (self._side - size[0]) // 2, (self._side - size[1]) // 2
        square = np.full((self._side, self._side, 3), _GREY, np.uint8)
        square[top : top + size[1], left : left + size[0]] = small
        light = square.astype(np.float32).transpose(2, 0, 1)[np.newaxis] / 255
        return np.ascontiguousarray(light), scale, left, top
