"""Finding the foreground with a network."""

from pathlib import Path
from typing import Any

import numpy as np
from attrs import field, frozen, validators

from photomill.plugin import (
    Category,
    OpenContext,
    PluginUnavailable,
    RasterPixels,
    model_file,
    rembg_folder,
)
from photomill_background.arrays import Values
from photomill_background.categories import of_category
from photomill_background.components import parts
from photomill_background.finding import ForegroundFinder
from photomill_background.models import BEST_FIRST, MODELS
from photomill_background.prediction import PREPARATIONS, SaliencyNetwork

_DESCRIBED = {model.name: model for model in MODELS}
_SMALLEST = "u2netp"
_LOOK = 0.6
"""Of the image's height and width: the windows that are looked at more closely."""
_SEEN = 0.2


def _folder_of_rembg(given: str) -> str:
    return given or str(rembg_folder())


@frozen
class NetworkOptions:
    """
    :ivar model: as rembg names it; empty takes the best of those that are here.
    :ivar threads: cores that one image may use.
    :ivar rembg_folder: where a model is looked for that was not added; empty for where rembg itself keeps them.
    """

    model: str = field(default="", validator=validators.in_(("", *PREPARATIONS)))
    threads: int = field(default=1, validator=validators.ge(1))
    # Found out here: where images are edited the environment is not known.
    rembg_folder: str = field(default="", converter=_folder_of_rembg)


class NetworkForeground(ForegroundFinder):
    """Asks a network: U²-Net (Qin et al., 2020), small by default, or one of rembg's larger ones."""

    name = "network"
    rank = 10
    engine = "u2netp"
    requires = ("cv2", "onnxruntime")
    Options = NetworkOptions

    _network: SaliencyNetwork

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.engine = options.model or _SMALLEST

    def check_models(self, context: OpenContext) -> None:
        self._found_model(context.models_dir)

    def open(self, context: OpenContext) -> None:
        super().open(context)
        model, file = self._found_model(context.models_dir)
        self.engine = model
        try:
            self._network = SaliencyNetwork(file, PREPARATIONS[model], threads=self.options.threads)
        except ValueError as error:
            raise PluginUnavailable(str(error)) from error

    def close(self) -> None:
        self.__dict__.pop("_network", None)

    def _found_model(self, models_dir: Path | None) -> tuple[str, Path]:
        """The model that serves, and its file: what was added goes before what rembg has.

        :raises PluginUnavailable: it is not here, or none is.
        """
        rembg = Path(self.options.rembg_folder)
        if self.options.model:
            model = _DESCRIBED[self.options.model]
            return model.name, model_file(models_dir, model, model.only_file, rembg=rembg)
        for folder in (models_dir or rembg, rembg):
            for name in BEST_FIRST:
                try:
                    return name, model_file(models_dir, name, f"{name}.onnx", rembg=folder)
                except PluginUnavailable:
                    continue
        raise PluginUnavailable(f"no model {_SMALLEST!r} here; {_DESCRIBED[_SMALLEST].advice}")

    def _guess(self, rgb: RasterPixels, category: Category) -> Values:
        return of_category(rgb, self._network.predict(rgb), category)

    def _closer_looks(self, rgb: RasterPixels, guess: Values) -> list[Values]:
        """What stands out in each corner, and in the middle."""
        return [
            self._looked_at(rgb, guess.shape, top, left)
            for top, left in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.5))
        ]

    def _looked_at(
        self, rgb: RasterPixels, shape: tuple[int, ...], top: float, left: float
    ) -> Values:
        import cv2

        seen = np.zeros(shape, np.float32)
        rows, columns = _window(shape[0], top), _window(shape[1], left)
        part = rgb[_window(rgb.shape[0], top), _window(rgb.shape[1], left)]
        predicted = self._network.predict(part)
        size = (columns.stop - columns.start, rows.stop - rows.start)
        seen[rows, columns] = cv2.resize(predicted, size, interpolation=cv2.INTER_AREA)
        return _without_cut_parts(seen, rows, columns)


def _without_cut_parts(seen: Values, rows: slice, columns: slice) -> Values:
    """Drop what a window's edge cuts through: it is part of something that is seen better elsewhere."""
    edge = np.zeros(seen.shape, np.bool_)
    edge[rows, columns] = True
    edge[max(1, rows.start + 1) : rows.stop - 1, max(1, columns.start + 1) : columns.stop - 1] = (
        False
    )
    # At the image's own border nothing is cut by the window.
    edge[0], edge[-1], edge[:, 0], edge[:, -1] = False, False, False, False
    whole = seen.copy()
    for part in parts(seen > _SEEN):
        if (part.mask & edge).any():
            whole[part.mask] = 0
    return whole


def _window(length: int, position: float) -> slice:
    extent = max(1, round(_LOOK * length))
    start = round(position * (length - extent))
    return slice(start, start + extent)
