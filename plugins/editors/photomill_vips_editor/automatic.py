"""Choosing the format."""

from typing import Any

from photomill.components import EditContext
from photomill.components.editor import Speed
from photomill.components.output import Format, Jpeg, Png, Webp
from photomill.errors import InvalidInput
from photomill_vips_editor import savers
from photomill_vips_editor.budget import within

_LOSSY: tuple[Format, ...] = (Webp(85), Jpeg(80))
"""Of about one SSIM on photographs of half a megapixel."""
_LOSSLESS: tuple[Format, ...] = (Webp(None), Png())
_FEW_COLOURS = 256
_SAMPLES = 512


def smallest(image: Any, max_bytes: int | None, context: EditContext) -> bytes:
    """Encode a picture that is in memory in each format that suits it, and keep the file of the fewest bytes.

    Drawings (up to 256 colours) stay without loss, as WebP or PNG. Photographs become JPEG or WebP at qualities that
    look the same; those with transparent parts WebP; CMYK is JPEG. Where a limit of bytes is too low for one, the other
    may do.

    :raises InvalidInput: nothing fits into ``max_bytes``, or the picture is too large for every format.
    """
    has_alpha = image.hasalpha()
    candidates = _LOSSY[:1] if has_alpha else _LOSSY
    if image.bands == 4 and not has_alpha:
        candidates = (Jpeg(80),)
    elif _colours(image) <= _FEW_COLOURS:
        candidates = _LOSSLESS
    fitting = [each for each in candidates if _fits(image, each)] or [Png()]
    found: list[tuple[bytes, Format]] = []
    refusal: InvalidInput | None = None
    for format in fitting:
        try:
            found.append((_encoded(image, format, max_bytes, context.speed), format))
        except InvalidInput as error:
            refusal = error
    if not found:
        raise refusal or InvalidInput("no format holds the picture", path="output.format")
    data, format = min(found, key=lambda pair: len(pair[0]))
    context.notes.append(f"The format was chosen: {savers.name(format)}.")
    return data


def _fits(image: Any, format: Format) -> bool:
    return max(int(image.width), int(image.height)) <= savers.largest_side(format)


def _encoded(image: Any, format: Format, max_bytes: int | None, speed: Speed) -> bytes:
    return within(max_bytes if max_bytes is not None else 2**62, image, format, speed)


def _colours(image: Any) -> int:
    """How many colours a sample of the pixels has."""
    import numpy as np

    rows, columns = (max(1, side // _SAMPLES) for side in (image.height, image.width))
    sample = image.subsample(columns, rows).numpy()
    return len(np.unique(sample.reshape(-1, image.bands), axis=0))
