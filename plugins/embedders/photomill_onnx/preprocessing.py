"""Images as a model's input."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import Pixels
from photomill_onnx.options import Channels, Layout, OnnxOptions, Resize

if TYPE_CHECKING:
    import PIL.Image


def prepared(pixels: Pixels, options: OnnxOptions, dtype: str) -> NDArray[Any]:
    """Make a model's input of one image.

    :param dtype: of the input: ``float32``, ``float16``, ``double`` or ``uint8``; the last gets the pixels as they are.
    :returns: shape (1, 3, height, width) or (1, height, width, 3), by the options' layout.
    """
    import PIL.Image

    values: NDArray[Any] = np.asarray(resized(PIL.Image.fromarray(pixels), options))
    if dtype != "uint8":
        mean, std = (np.asarray(each, np.float32) for each in (options.mean, options.std))
        values = ((values.astype(np.float32) / 255.0 - mean) / std).astype(dtype)
    if options.channels is Channels.BGR:
        values = values[..., ::-1]
    if options.layout is Layout.NCHW:
        values = values.transpose(2, 0, 1)
    return np.ascontiguousarray(values[None])


def resized(image: "PIL.Image.Image", options: OnnxOptions) -> "PIL.Image.Image":
    """Give an image the size of the model's input."""
    import PIL.Image

    size = options.width, options.height
    filter = PIL.Image.Resampling[options.interpolation.name]
    if options.resize is Resize.SQUASH:
        return image.resize(size, filter)
    if options.resize is Resize.CROP:
        return image.resize(size, filter, box=_middle(image.size, options))
    inside = _fitted(image.size, options)
    canvas = PIL.Image.new("RGB", size, tuple(round(each) for each in options.fill))
    corner = (size[0] - inside[0]) // 2, (size[1] - inside[1]) // 2
    canvas.paste(image.resize(inside, filter), corner)
    return canvas


def _middle(size: tuple[int, int], options: OnnxOptions) -> tuple[float, float, float, float]:
    """Find the part of an image that would be seen, had it been resized whole and then cropped.

    Rounded as torchvision's Resize and CenterCrop do it; but no more is computed than is seen.
    """
    width, height = size
    larger = max(options.width / width, options.height / height)
    if options.shorter_side:
        larger = max(larger, options.shorter_side / min(width, height))
    whole = (
        max(int(width * larger + 1e-6), options.width),
        max(int(height * larger + 1e-6), options.height),
    )
    left, top = round((whole[0] - options.width) / 2), round((whole[1] - options.height) / 2)
    across, down = width / whole[0], height / whole[1]
    right, bottom = left + options.width, top + options.height
    return left * across, top * down, min(right * across, width), min(bottom * down, height)


def _fitted(size: tuple[int, int], options: OnnxOptions) -> tuple[int, int]:
    smaller = min(options.width / size[0], options.height / size[1])
    return max(round(size[0] * smaller), 1), max(round(size[1] * smaller), 1)
