"""What ``plugins.toml`` says about a model in ONNX."""

import math
from enum import Enum
from pathlib import Path
from typing import Any

from attrs import Attribute, field, frozen, validators

from photomill_networks.devices import DEVICE


class Resize(Enum):
    """How an image gets the size of the model's input."""

    SQUASH = "squash"
    """Both sides, whatever becomes of the proportions."""
    CROP = "crop"
    """The middle."""
    PAD = "pad"
    """All of it, with borders."""


class Interpolation(Enum):
    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    LANCZOS = "lanczos"


class Layout(Enum):
    """The order of an input's axes."""

    NCHW = "nchw"
    NHWC = "nhwc"


class Channels(Enum):
    RGB = "rgb"
    BGR = "bgr"


class Pooling(Enum):
    """How an output of many positions becomes one vector."""

    NONE = "none"
    """The output is one vector already."""
    MEAN = "mean"
    """Over all positions; of a text, over its tokens without the padding."""
    FIRST = "first"
    """The first position: a class token."""
    LAST = "last"
    """The last position; of a text, its last token."""


def _three(minimum: float) -> Any:
    def check(instance: Any, attribute: "Attribute[Any]", value: tuple[float, ...]) -> None:
        if len(value) != 3 or not all(math.isfinite(each) and each > minimum for each in value):
            raise ValueError(f"expected three numbers above {minimum}, got {list(value)}")

    return check


def _one_or_two(instance: Any, attribute: "Attribute[Any]", value: tuple[int, ...]) -> None:
    if len(value) not in {1, 2} or min(value) < 1:
        raise ValueError(f"expected a side or a height and a width, got {list(value)}")


@frozen
class TextOptions:
    """The encoder of texts.

    :ivar model: path to the text encoder.
    :ivar tokenizer: path to a ``tokenizer.json`` of the ``tokenizers`` library.
    :ivar length: tokens of a text; longer ones are cut, shorter ones padded.
    :ivar input: the input that takes the tokens; empty for ``input_ids`` or the only one. An ``attention_mask`` and
        ``token_type_ids`` are given where the model has such inputs.
    :ivar output: empty for the first.
    """

    model: Path
    tokenizer: Path
    length: int = field(default=77, validator=validators.gt(0))
    input: str = ""
    output: str = ""
    pooling: Pooling = Pooling.NONE


@frozen
class OnnxOptions:
    """
    :ivar model: path to the image encoder.
    :ivar size: of its input: ``[side]`` or ``[height, width]``.
    :ivar resize: how an image gets the size of the input.
    :ivar shorter_side: with ``crop``: what the shorter side is resized to before the middle is taken; 0 takes as much
        of the image as fits.
    :ivar fill: with ``pad``: the borders' red, green and blue, 0 to 255.
    :ivar interpolation: how pixels are resampled.
    :ivar mean: subtracted from values between 0 and 1, in the order red, green, blue.
    :ivar std: what they are divided by then. A model that takes uint8 gets neither.
    :ivar layout: the order of the input's axes.
    :ivar channels: the order of the colours.
    :ivar input: empty for the only one.
    :ivar output: empty for the first.
    :ivar pooling: how an output of many positions becomes one vector.
    :ivar device: ``cpu``, ``cuda``, ``cuda:1`` …, or ``auto``: the first graphics card that onnxruntime can use, if there
        is one.
    :ivar batch_size: images that a graphics card computes at once, where the model takes as many as it is given.
    :ivar threads: cores that one image may take.
    :ivar decode_side: the shorter side in pixels that decoding may shrink an image to; 0 keeps every pixel.
    :ivar distance_scale: from Euclidean distance of unit vectors to the distance users see.
    :ivar text: the encoder of texts into the same space, if there is one.
    """

    model: Path
    size: tuple[int, ...] = field(default=(224,), validator=_one_or_two)
    resize: Resize = Resize.SQUASH
    shorter_side: int = field(default=0, validator=validators.ge(0))
    fill: tuple[float, ...] = field(default=(0.0, 0.0, 0.0), validator=_three(-1))
    interpolation: Interpolation = Interpolation.BICUBIC
    mean: tuple[float, ...] = field(default=(0.485, 0.456, 0.406), validator=_three(-math.inf))
    std: tuple[float, ...] = field(default=(0.229, 0.224, 0.225), validator=_three(0))
    layout: Layout = Layout.NCHW
    channels: Channels = Channels.RGB
    input: str = ""
    output: str = ""
    pooling: Pooling = Pooling.NONE
    device: str = field(default="cpu", validator=validators.matches_re(DEVICE))
    batch_size: int = field(default=16, validator=validators.gt(0))
    threads: int = field(default=1, validator=validators.gt(0))
    decode_side: int = field(default=0, validator=validators.ge(0))
    distance_scale: float = field(default=50.0, validator=validators.gt(0))
    text: TextOptions | None = None

    @property
    def height(self) -> int:
        return self.size[0]

    @property
    def width(self) -> int:
        return self.size[-1]
