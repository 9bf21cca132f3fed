"""CLIP models as an embedder of images and texts."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from PIL import Image as Pillow

from photomill.plugin import Embedder, Image, OpenContext, PluginUnavailable, Vectors
from photomill_clip.model import ClipModel, load_model
from photomill_clip.options import ClipOptions, Precision

LONGEST = 32
"""The longer side of an image, in shorter sides, that is still given to open_clip whole."""


class Clip(Embedder):
    """Images and texts in one space, by any model that open_clip reads.

    A device always computes batches of the same shape, filled up with zeros: the kernels that are chosen by shape, and
    with them the last bits, are then the same for an image alone and in company. On the processor a batch is one
    image, as larger ones are no faster there.
    """

    name = "clip"
    modalities = frozenset({"image", "text"})
    Options = ClipOptions
    requires = ("torch", "open_clip")
    extra = "photomill[clip]"

    _model: ClipModel
    _device: str
    _half: bool

    def open(self, context: OpenContext) -> None:
        options: ClipOptions = self.options
        self._device = _chosen_device(options.device)
        self._half = _computes_in_half(options.precision, self._device)
        if self._device == "cpu":
            _limit_threads(options.threads)
        self._model = load_model(options.model, options.pretrained, self._device, context.cache_dir)

    def close(self) -> None:
        self.__dict__.pop("_model", None)

    @property
    def dimension(self) -> int:
        return self._model.dimension

    @property
    def fingerprint(self) -> str:
        return self._model.fingerprint

    @property
    def distance_scale(self) -> float:
        return float(self.options.distance_scale)

    @property
    def at_once(self) -> int:
        return 1 if self._device == "cpu" else int(self.options.batch_size)

    def _embed(self, images: Sequence[Image]) -> Vectors:
        preprocess = self._model.preprocess
        tensors = (preprocess(self._bounded(Pillow.fromarray(image.pixels))) for image in images)
        return self._encoded(self._model.network.encode_image, tensors)

    def _embed_text(self, texts: Sequence[str]) -> Vectors:
        return self._encoded(self._model.network.encode_text, self._model.tokenize(list(texts)))

    def _bounded(self, image: Pillow.Image) -> Pillow.Image:
        """Take the middle of a very long image, of which no more is used.

        Enlarged to the network's size first, as open_clip does it, a strip of a pixel's width takes gigabytes.
        """
        if not self._model.crops:
            return image
        width, height = image.size
        longest = LONGEST * min(width, height)
        left, top = max(width - longest, 0) // 2, max(height - longest, 0) // 2
        return image.crop((left, top, width - left, height - top))

    def _encoded(self, encode: Callable[[Any], Any], tensors: Iterable[Any]) -> Vectors:
        import torch

        size = self.at_once
        remaining, parts = iter(tensors), []
        while present := list(islice(remaining, size)):
            missing = [torch.zeros_like(present[0])] * (size - len(present))
            batch = torch.stack([*present, *missing]).to(self._device)
            half = torch.autocast("cuda", torch.float16, enabled=self._half)
            with torch.inference_mode(), half:
                features = encode(batch)[: len(present)].double()
            parts.append((features / features.norm(dim=1, keepdim=True)).float().cpu().numpy())
        return np.concatenate(parts)


def _chosen_device(device: str) -> str:
    import torch

    available = torch.cuda.is_available()
    if device == "auto":
        return "cuda" if available else "cpu"
    if device != "cpu" and not available:
        raise PluginUnavailable(f"there is no CUDA device here: device = {device!r}")
    return device


def _limit_threads(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)


def _computes_in_half(precision: Precision, device: str) -> bool:
    if precision is Precision.FLOAT16 and device == "cpu":
        raise PluginUnavailable(
            "float16 needs a graphics card: precision = 'float16', device = 'cpu'"
        )
    return precision is not Precision.FLOAT32 and device != "cpu"
