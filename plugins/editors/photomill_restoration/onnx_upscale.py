"""Upscaling with a model of one's own."""

from pathlib import Path
from typing import Any

from attrs import field, frozen, validators

from photomill.plugin import (
    EditContext,
    EditOperation,
    NotConfigured,
    OpenContext,
    PluginUnavailable,
    Raster,
    Stage,
    Upscale,
)
from photomill_restoration.enlarging import Pass, enlarged
from photomill_restoration.super_resolution import SuperResolution
from photomill_restoration.target import target_size

_MEGAPIXEL = 1_000_000


@frozen
class OnnxUpscaleOptions:
    """
    :ivar file: an ONNX model for super-resolution: red, green and blue of 0 to 1, of shape (1, 3, h, w) with free h
        and w, to the same of a whole factor as high and wide.
    :ivar name: what answers call it; empty takes the file's name.
    :ivar piece: pixels a side of what the model is given at once, less its overlap.
    :ivar overlap: pixels around a piece that the model looks at.
    :ivar threads: cores that one image may use.
    :ivar interactive_pixels: the most of an image that somebody waits for, in megapixels; 0: no limit.
    """

    file: str = ""
    name: str = ""
    piece: int = field(default=192, validator=validators.ge(16))
    overlap: int = field(default=16, validator=validators.ge(0))
    threads: int = field(default=1, validator=validators.ge(1))
    interactive_pixels: float = field(default=0.1, validator=validators.ge(0))


class OnnxUpscale(EditOperation):
    """Runs the model once, or twice where that is not enough."""

    name = "onnx_upscale"
    operation = "restorations.upscale"
    stage = Stage.ENLARGE
    rank = 20
    requires = ("cv2", "onnxruntime")
    extra = "onnxruntime"
    Parameters = Upscale
    Options = OnnxUpscaleOptions

    _model: SuperResolution

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.engine = options.name or Path(options.file).stem

    def check_models(self, context: OpenContext) -> None:
        path = f"editors.{context.instance}.options.file"
        if not self.options.file:
            raise NotConfigured(f"{path} names no model for super-resolution")
        if not Path(self.options.file).is_file():
            raise PluginUnavailable(f"{path}: {self.options.file} is no file that can be read")

    def open(self, context: OpenContext) -> None:
        import cv2

        cv2.setNumThreads(1)
        self.check_models(context)
        file = Path(self.options.file)
        try:
            self._model = SuperResolution(file, self.options.threads, self.options.overlap)
        except ValueError as error:
            raise PluginUnavailable(f"{file}: {error}") from error

    def close(self) -> None:
        self.__dict__.pop("_model", None)

    def declines(self, raster: Raster, parameters: Any, context: EditContext) -> str:
        most = self.options.interactive_pixels
        if context.speed == "fast":
            return "too slow for speed fast"
        if context.interactive and most and raster.width * raster.height > most * _MEGAPIXEL:
            return f"too slow for more than {most:g} megapixels while somebody waits"
        return ""

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        size = target_size(raster, parameters)
        if size is None:
            return raster
        model = self._model
        needed = max(size[0] / raster.width, size[1] / raster.height)
        step = Pass(model, model.factor, self.options.overlap, self.options.piece)
        return enlarged(raster, size, [step] * (1 if needed <= model.factor else 2))
