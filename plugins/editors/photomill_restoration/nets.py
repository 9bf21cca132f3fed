"""The networks of waifu2x: convolutions that double an image and clean it on the way.

C. Dong et al., "Image Super-Resolution Using Deep Convolutional Networks" (2014), as nagadomi's waifu2x trained it on
photographs (``upconv_7_photo``); run on the processor by ncnn.
"""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from photomill.plugin import PluginError, PluginUnavailable, RasterPixels

LEVELS = (-1, 0, 1, 2, 3)
"""How strongly noise and traces of compression are removed; −1 is not at all."""
MARGIN = 7
"""Pixels around a piece that its result depends on."""
_OUTPUT = "Eltwise4"
_SAME_SIZE = "same_size"
_MEAN_OF_FOUR = f"Pooling {_SAME_SIZE} 1 1 {_OUTPUT} {_SAME_SIZE} 0=1 1=2 2=2\n"
"""A layer of ncnn: the mean of each 2 × 2 pixels, which undoes the doubling within the network."""


class Net:
    """One network that is open; may be run by many threads at once."""

    def __init__(self, parameters: Path, weights: Path, *, same_size: bool) -> None:
        """Open a network.

        :param parameters: ncnn's description of it, ``….param``.
        :param same_size: give an image of the same size, cleaned, instead of one twice as large.
        :raises PluginUnavailable: ncnn does not understand the files.
        """
        self.factor = 1 if same_size else 2
        self._output = _SAME_SIZE if same_size else _OUTPUT
        self._net = _opened(_description(parameters, same_size=same_size), weights)

    def __call__(self, surrounded: RasterPixels) -> RasterPixels:
        """Run the network on a piece, of which :data:`MARGIN` pixels on each side are only looked at."""
        import ncnn

        planes = np.ascontiguousarray(surrounded.transpose(2, 0, 1), np.float32) / np.float32(255)
        extractor = self._net.create_extractor()
        # ncnn borrows the memory: ``planes`` must live as long as its wrapper.
        extractor.input("Input1", ncnn.Mat(planes))
        status, answer = extractor.extract(self._output)
        if status != 0:
            raise PluginError(f"ncnn gave up with status {status}")
        levels = np.array(answer).transpose(1, 2, 0) * np.float32(255)
        return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


class Nets:
    """The networks of all levels, each opened when it is first needed."""

    def __init__(self, files: Mapping[int, tuple[Path, Path]], *, same_size: bool) -> None:
        """
        :param files: description and weights, by level.
        """
        self._files = files
        self._same_size = same_size
        self._opened: dict[int, Net] = {}
        self._lock = threading.Lock()

    def of_level(self, level: int) -> Net:
        """The network of a level of noise.

        :raises PluginUnavailable: ncnn does not understand the files.
        """
        with self._lock:
            if level not in self._opened:
                parameters, weights = self._files[level]
                self._opened[level] = Net(parameters, weights, same_size=self._same_size)
            return self._opened[level]


def names(level: int) -> tuple[str, str]:
    """How waifu2x calls the files of a level: description and weights."""
    stem = "scale2.0x_model" if level < 0 else f"noise{level}_scale2.0x_model"
    return f"{stem}.param", f"{stem}.bin"


def _description(parameters: Path, *, same_size: bool) -> str:
    text = parameters.read_text("utf-8")
    if not same_size:
        return text
    magic, counts, *layers = text.splitlines()
    try:
        layer_count, blob_count = map(int, counts.split())
    except ValueError:
        raise PluginUnavailable(f"{parameters} is no network of ncnn") from None
    counted = f"{layer_count + 1} {blob_count + 1}"
    return "\n".join([magic, counted, *layers, _MEAN_OF_FOUR])


def _opened(description: str, weights: Path) -> Any:
    import ncnn

    net = ncnn.Net()
    # One thread in single precision gives the same bits every time.
    net.opt.num_threads = 1
    net.opt.use_vulkan_compute = False
    for option in (
        "use_fp16_packed",
        "use_fp16_storage",
        "use_fp16_arithmetic",
        "use_bf16_packed",
        "use_bf16_storage",
    ):
        setattr(net.opt, option, False)
    if net.load_param_mem(description) != 0 or net.load_model(str(weights)) != 0:
        raise PluginUnavailable(f"ncnn does not understand the network of {weights}")
    return net
