"""The format and quality that look the same in the fewest bytes."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.components.output import Format, Jpeg, Output, Png, Webp
from photomill.images.raster import Raster
from photomill_pillow_editor.conversion import to_pillow
from photomill_pillow_editor.metadata import Headers
from photomill_pillow_editor.similarity import structural_similarity
from photomill_pillow_editor.writing import Writer, within

_SAME = 0.985
"""The structural similarity from which a difference is hard to see side by side."""
_QUALITIES = (50, 58, 66, 74, 80, 85, 90, 95)
_SAMPLE = 512
"""Pixels a side of the part that qualities are tried on: the middle."""
_WEBP_SIDE = 16383


def smallest(raster: Raster, output: Output, headers: Headers, profile: bytes) -> bytes:
    """Encode as WebP or PNG where there is alpha, else as JPEG or WebP, whatever is smaller at the same look.

    :raises InvalidInput: even the smallest is larger than ``max_bytes`` at the lowest quality.
    """
    image = to_pillow(raster)
    candidates: list[Format] = [Png()] if raster.has_alpha else [Jpeg(_quality(image, Jpeg))]
    if max(image.size) <= _WEBP_SIDE:
        candidates.append(Webp(_quality(image, Webp)))
    writer = Writer(image, profile, headers)
    sizes = {format: len(writer.write(format)) for format in candidates}
    chosen = min(sizes, key=lambda format: sizes[format])
    if output.max_bytes is not None and isinstance(chosen, Png) and len(candidates) > 1:
        chosen = chosen if sizes[chosen] <= output.max_bytes else candidates[-1]
    return within(writer, chosen, output.max_bytes)


def _quality(image: Any, kind: "type[Jpeg] | type[Webp]") -> int:
    """The lowest quality at which the middle of the picture looks the same."""
    sample = image.convert("RGB").crop(_middle(image.size))
    original = _brightness(sample)
    writer = Writer(sample, b"", Headers())
    low, high = 0, len(_QUALITIES) - 1
    while low < high:
        middle = (low + high) // 2
        found = _brightness(_decoded(writer.write(kind(_QUALITIES[middle]))))
        if structural_similarity(original, found) >= _SAME:
            high = middle
        else:
            low = middle + 1
    return _QUALITIES[low]


def _middle(size: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = size
    left, top = max(width - _SAMPLE, 0) // 2, max(height - _SAMPLE, 0) // 2
    return left, top, min(left + _SAMPLE, width), min(top + _SAMPLE, height)


def _decoded(data: bytes) -> Any:
    import PIL.Image

    return PIL.Image.open(io.BytesIO(data))


def _brightness(image: Any) -> NDArray[np.float64]:
    return np.asarray(image.convert("L"), np.float64)
