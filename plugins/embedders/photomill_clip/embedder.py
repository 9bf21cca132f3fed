"""CLIP models as an embedder of images and texts."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from photomill.plugin import Embedder, Image, OpenContext, PluginUnavailable, Vectors
from photomill_clip.model import ClipModel, find_missing, load_model
from photomill_clip.options import ClipOptions, Precision
from photomill_networks.devices import (
    device_number,
    is_out_of_memory,
    no_memory_left,
    no_such_device,
)

if TYPE_CHECKING:
    import PIL.Image

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

    def check_models(self, context: OpenContext) -> None:
        super().check_models(context)
        fault = find_missing(self.options.model, self.options.pretrained)
        if fault:
            raise PluginUnavailable(fault)

    def open(self, context: OpenContext) -> None:
        options: ClipOptions = self.options
        self._device = _chosen_device(options.device)
        self._half = _computes_in_half(options.precision, self._device)
        # Before a card's runs, too, each image is prepared by a thread of its own.
        _limit_threads(options.threads)
        if self._device != "cpu" and options.precision is Precision.FLOAT32:
            _compute_in_full()
        try:
            self._model = load_model(
                options.model, options.pretrained, self._device, context.cache_dir
            )
            if self._device != "cpu":
                # A run of this size works now, or is told of now.
                self._run(self._model.network.encode_text, self._model.tokenize([""]))
                self.embed([Image.from_pixels(np.zeros((8, 8, 3), np.uint8))])
        except RuntimeError as error:
            self.close()
            if not is_out_of_memory(error):
                raise
            raise PluginUnavailable(
                f"the model and {self.at_once} images at once do not fit into the memory of {self._device}"
            ) from error

    def close(self) -> None:
        self.__dict__.pop("_model", None)
        if self.__dict__.get("_device", "cpu") != "cpu":
            _give_back()

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

    def prepare(self, image: Image) -> Any:
        import PIL.Image

        return self._model.preprocess(self._bounded(PIL.Image.fromarray(image.pixels)))

    def _embed(self, images: Sequence[Any]) -> Vectors:
        return self._encoded(self._model.network.encode_image, images)

    def _embed_text(self, texts: Sequence[str]) -> Vectors:
        return self._encoded(self._model.network.encode_text, self._model.tokenize(list(texts)))

    def _bounded(self, image: "PIL.Image.Image") -> "PIL.Image.Image":
        """Take the middle of a very long image, of which no more is used.

        Enlarged to the network's size first, as open_clip does it, a strip of a pixel's width takes gigabytes.
        """
        if not self._model.crops:
            return image
        width, height = image.size
        longest = LONGEST * min(width, height)
        left, top = max(width - longest, 0) // 2, max(height - longest, 0) // 2
        return image.crop((left, top, width - left, height - top))

    def _encoded(self, encode: Callable[[Any], Any], tensors: Sequence[Any]) -> Vectors:
        size = self.at_once
        starts = range(0, len(tensors), size)
        try:
            return np.concatenate(
                [self._run(encode, tensors[start : start + size]) for start in starts]
            )
        except RuntimeError as error:
            if is_out_of_memory(error):
                _give_back()
                raise no_memory_left(self._device, size) from error
            raise

    def _run(self, encode: Callable[[Any], Any], present: Sequence[Any]) -> Vectors:
        import torch

        missing = [torch.zeros_like(present[0])] * (self.at_once - len(present))
        batch = torch.stack([*present, *missing]).to(self._device)
        half = torch.autocast("cuda", torch.float16, enabled=self._half)
        with torch.inference_mode(), half:
            features = encode(batch)[: len(present)].double()
        vectors: Vectors = (features / features.norm(dim=1, keepdim=True)).float().cpu().numpy()
        return vectors


def _chosen_device(device: str) -> str:
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        return "cuda" if count else "cpu"
    if device != "cpu" and device_number(device) >= count:
        raise PluginUnavailable(no_such_device(device, count))
    return device


def _compute_in_full() -> None:
    """Have convolutions computed in float32 itself, not in TF32, by all that torch does in this process."""
    import torch

    torch.backends.cudnn.allow_tf32 = False


def _give_back() -> None:
    """Give memory of the card that is not in use back to other processes."""
    import torch

    torch.cuda.empty_cache()


def _limit_threads(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)


def _computes_in_half(precision: Precision, device: str) -> bool:
    if precision is Precision.FLOAT16 and device == "cpu":
        raise PluginUnavailable(
            "float16 needs a graphics card: precision = 'float16', device = 'cpu'"
        )
    return precision is not Precision.FLOAT32 and device != "cpu"
