"""Colours and structure in one vector."""

from collections.abc import Callable, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import Embedder, Image, Pixels, Vectors
from photomill_descriptor import colours, layout, structure
from photomill_descriptor.oklab import Lab, to_oklab

SIDE = 64
VERSION = 1
"""Changes with whatever changes the vectors."""


@frozen
class Part:
    """One part of the vector.

    :ivar weight: its share in the similarity of two images; the parts' weights add up to 1.
    :ivar noise: the length that stands for nothing at all: what compression leaves in a plain area.
    """

    describe: Callable[[Lab], NDArray[np.float64]]
    length: int
    weight: float
    noise: float


PARTS = (
    Part(layout.colour_layout, layout.LENGTH, 0.10, 0.1),
    Part(colours.colour_distribution, colours.LENGTH, 0.30, 0.0),
    Part(structure.edges, structure.EDGE_LENGTH, 0.20, 2.0),
    Part(structure.texture, structure.TEXTURE_LENGTH, 0.40, 0.4),
)
"""Weights: the best of those tried for finding edited photographs with ``benchmarks/embedders.py``. Texture is
alike in most images, so that it counts for less than it seems to."""

DISTANCE_SCALE = 34.0
"""5.0 over the 99th percentile of the distance between 250 photographs and their mild re-encodings, as
``benchmarks/embedders.py`` measures it."""


class Descriptor(Embedder):
    """Sees colours, their places, edges and texture; knows nothing of what an image shows, and needs no weights."""

    name = "descriptor"

    @property
    def dimension(self) -> int:
        return sum(part.length for part in PARTS)

    @property
    def fingerprint(self) -> str:
        return f"descriptor-{VERSION}"

    @property
    def distance_scale(self) -> float:
        return DISTANCE_SCALE

    @property
    def decode_side(self) -> int:
        return 2 * SIDE

    def _embed(self, images: Sequence[Image]) -> Vectors:
        return np.stack([described(image.pixels) for image in images])


def described(pixels: Pixels) -> NDArray[np.float32]:
    """Describe an image: float32 (527,) of length 1."""
    import PIL.Image

    small = PIL.Image.fromarray(pixels).resize((SIDE, SIDE), PIL.Image.Resampling.BICUBIC)
    lab = to_oklab(np.asarray(small))
    vector = np.concatenate([_weighted(part, part.describe(lab)) for part in PARTS])
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _weighted(part: Part, values: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.hypot(np.linalg.norm(values), part.noise)
    return np.asarray(values * np.sqrt(part.weight) / length, np.float64)
