"""What encoders of every library do alike: the choice of a format, limits of sides and bytes, and when inks are kept."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from photomill.components.editor import EditContext
from photomill.components.output import (
    Automatic,
    Avif,
    CmykProfile,
    Format,
    Jpeg,
    Output,
    Png,
    Tiff,
    Webp,
)
from photomill.errors import InvalidInput
from photomill.images.raster import Raster

Save = Callable[[Format], bytes]
"""Encodes an image in a format."""

_SIDES: Mapping[type, int] = MappingProxyType(
    {Jpeg: 65_500, Webp: 16_383, Avif: 16_384, Png: 1_000_000, Tiff: 1_000_000}
)
PROFILE_FILES: Mapping[CmykProfile, str] = MappingProxyType(
    {
        "ISO_Coated": "ISOcoated_v2_eci.icc",
        "ISO_Uncoated": "ISOuncoated.icc",
        "USWeb_Coated": "SWOP2006_Coated3v2.icc",
        "USWeb_Uncoated": "GRACoL2013UNC_CRPC3.icc",
    }
)
"""Where each named ink and paper is described, as Debian's package ``icc-profiles`` names the files."""
_DEFAULT_PROFILE: CmykProfile = "USWeb_Coated"

_LOSSY: tuple[Format, ...] = (Webp(85), Jpeg(80))
"""Of about one SSIM on photographs of half a megapixel."""
_LOSSLESS: tuple[Format, ...] = (Webp(None), Png())
_FEW_COLOURS = 256
_SAMPLES = 512


def name_of(format: Format) -> str:
    """A format's name in messages."""
    return type(format).__name__.upper()


def largest_side(format: Format) -> int:
    """Pixels that a format's header, or its library, can say."""
    return _SIDES[type(format)]


def check_sides(width: int, height: int, format: Format) -> None:
    """Make sure that a format can hold an image of this size.

    :raises InvalidInput: a side is longer than the format holds.
    """
    side = largest_side(format)
    if max(width, height) > side:
        raise InvalidInput(
            f"{name_of(format)} holds no more than {side} pixels a side: {width} x {height}",
            path="output.format",
        )


def becomes_cmyk(output: Output, raster: Raster, context: EditContext) -> bool:
    """Whether the file holds inks; where they were wanted and it does not, that is noted.

    An automatic format becomes JPEG where CMYK is asked for, and not merely the original's.
    """
    wanted = output.colour_space or context.origin.colour_space
    if wanted != "CMYK":
        return False
    asked = isinstance(output.format, Automatic) and output.colour_space == "CMYK"
    if not (asked or isinstance(output.format, Jpeg | Tiff)):
        context.notes.append("The format holds no CMYK: the colours are RGB.")
        return False
    if raster.has_alpha:
        context.notes.append("CMYK has no transparency here: the colours are RGB.")
        return False
    return True


def cmyk_profile(output: Output, profile_dir: str, context: EditContext, instead: str) -> bytes:
    """The profile of the inks and paper that are asked for; empty where it is not installed, which is noted.

    :param instead: for the note: what is done without.
    """
    name = output.cmyk_profile or _DEFAULT_PROFILE
    file = Path(profile_dir, PROFILE_FILES[name])
    if file.is_file():
        return file.read_bytes()
    context.notes.append(f"The profile {name} ({file}) is not installed: {instead}.")
    return b""


def within(max_bytes: int | None, size: tuple[int, int], format: Format, save: Save) -> bytes:
    """Encode with the highest quality, up to the one asked for, that fits.

    :param max_bytes: None for no limit.
    :raises InvalidInput: not even the lowest quality does, or the format is without loss.
    """
    best = save(format)
    if max_bytes is None or len(best) <= max_bytes:
        return best
    smallest = _lowest(format, best, save)
    if len(smallest) > max_bytes:
        raise InvalidInput(
            f"{size[0]} x {size[1]} pixels as {name_of(format)} take "
            f"{len(smallest)} bytes at least; {max_bytes} are allowed",
            path="output.max_bytes",
        )
    low, high = 1, getattr(format, "quality", None) or 1
    while high - low > 1:
        middle = (low + high) // 2
        data = save(_of_quality(format, middle))
        if len(data) <= max_bytes:
            low, smallest = middle, data
        else:
            high = middle
    return smallest


@frozen
class Encodable:
    """An image whose format is to be chosen.

    :ivar pixels: gives every so many columns and rows of its pixels, of shape (h, w, channels).
    """

    size: tuple[int, int]
    has_alpha: bool
    has_ink: bool
    pixels: Callable[[int, int], NDArray[Any]]

    def formats(self) -> Sequence[Format]:
        """Those that suit it."""
        if self.has_ink:
            candidates: tuple[Format, ...] = (Jpeg(80),)
        elif self._colours() <= _FEW_COLOURS:
            candidates = _LOSSLESS
        else:
            candidates = _LOSSY[:1] if self.has_alpha else _LOSSY
        return [each for each in candidates if max(self.size) <= largest_side(each)] or [Png()]

    def _colours(self) -> int:
        """How many colours a sample of the pixels has."""
        columns, rows = (max(1, side // _SAMPLES) for side in self.size)
        sample = self.pixels(columns, rows)
        return len(np.unique(sample.reshape(-1, sample.shape[2]), axis=0))


def smallest(image: Encodable, max_bytes: int | None, context: EditContext, save: Save) -> bytes:
    """Encode in each format that suits the image, and keep the file of the fewest bytes.

    Drawings (up to 256 colours) stay without loss, as WebP or PNG. Photographs become JPEG or WebP at qualities that
    look the same; those with transparent parts WebP; CMYK is JPEG. Where a limit of bytes is too low for one, the other
    may do.

    :raises InvalidInput: nothing fits into ``max_bytes``, or the image is too large for every format.
    """
    found: list[tuple[bytes, Format]] = []
    refusal: InvalidInput | None = None
    for format in image.formats():
        try:
            found.append((within(max_bytes, image.size, format, save), format))
        except InvalidInput as error:
            refusal = error
    if not found:
        raise refusal or InvalidInput("no format holds the image", path="output.format")
    data, chosen = min(found, key=lambda pair: len(pair[0]))
    context.notes.append(f"The format was chosen: {name_of(chosen)}.")
    return data


def _lowest(format: Format, best: bytes, save: Save) -> bytes:
    if isinstance(format, Png):
        return save(Png("best"))
    if getattr(format, "quality", None) is None:
        return best
    return save(_of_quality(format, 1))


def _of_quality(format: Any, quality: int) -> Format:
    changed: Format = evolve(format, quality=quality)
    return changed
