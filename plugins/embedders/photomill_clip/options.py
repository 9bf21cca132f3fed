"""What ``plugins.toml`` says about a CLIP model."""

from enum import Enum

from attrs import field, frozen, validators

from photomill_networks.devices import DEVICE


class Precision(Enum):
    """In what numbers the model computes."""

    AUTO = "auto"
    FLOAT32 = "float32"
    FLOAT16 = "float16"


@frozen
class ClipOptions:
    """
    :ivar model: an architecture of open_clip, ``hf-hub:owner/model``, or ``local-dir:folder`` with an
        ``open_clip_config.json`` and weights.
    :ivar pretrained: a tag of open_clip, whose weights are downloaded once, or the path to a checkpoint; empty where
        ``model`` names the weights too.
    :ivar device: ``cpu``, ``cuda``, ``cuda:1`` …, or ``auto``: the first graphics card, if there is one.
    :ivar precision: ``float32``, ``float16`` (on a graphics card), or ``auto``: float16 where the device allows it.
    :ivar batch_size: images that a graphics card computes at once.
    :ivar threads: cores that one image may take, to be prepared and on the processor to be embedded, for all that torch does
        in this process. One is best where several threads embed at once, as imports and servers do.
    :ivar distance_scale: from Euclidean distance of unit vectors to the distance users see.
    """

    model: str = "ViT-B-32"
    pretrained: str = "laion2b_s34b_b79k"
    device: str = field(default="auto", validator=validators.matches_re(DEVICE))
    precision: Precision = Precision.AUTO
    batch_size: int = field(default=16, validator=validators.gt(0))
    threads: int = field(default=1, validator=validators.gt(0))
    distance_scale: float = field(default=50.0, validator=validators.gt(0))
