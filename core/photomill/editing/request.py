"""What an edit is asked to do."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

import attrs
from attrs import Attribute, field, frozen, validators

from photomill.components.output import Output
from photomill.config.wording import show_value
from photomill.editing.parameters import Category, Decompress, Hdr, Sharpness, Tone, UpscaleKind
from photomill.sources.source import Source

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LENGTHS = re.compile(r"([0-9]+(\.[0-9]+)?(px|%)( |$))+", re.ASCII)
_LONGEST_TEXT = 128
MAX_LENGTH = 1_000_000
"""Pixels and percent beyond which nobody means it; what an image may become is the pipeline's to limit."""

_share: Any = validators.and_(validators.ge(0), validators.le(1))
_length: Any = validators.and_(validators.ge(0), validators.le(MAX_LENGTH))


@frozen
class Pixels:
    """A length in pixels."""

    count: float = field(validator=_length)


@frozen
class Percent:
    """A length in percent of the side that it belongs to."""

    value: float = field(validator=_length)


Length = Pixels | Percent
Side = Length | Literal["auto"] | None


def _side(instance: Any, attribute: "Attribute[Side]", value: Side) -> None:
    if isinstance(value, Pixels | Percent) and not attrs.astuple(value)[0] > 0:
        raise ValueError("expected a side of more than 0")


@frozen
class FocalPoint:
    """What a crop keeps in its middle: 0 to 1 of the width from the left, and of the height from the top."""

    x: float = field(validator=_share)
    y: float = field(validator=_share)


@frozen
class Crop:
    """Cover the size asked for, and cut off the rest: at ``center``, the most interesting (``smart``), or faces."""

    mode: Literal["center", "smart", "face"] = "center"
    focal_point: FocalPoint | None = None


@frozen
class Cover:
    """Cover the size asked for."""


@frozen
class Bounds:
    """Fit into the size asked for."""


@frozen
class OnCanvas:
    """Fit into the size asked for, and fill up with the background's colour."""


@frozen
class Outpainted:
    """Fit into the size asked for, and invent the rest.

    :ivar feathering: of the seam, in percent of the image's shorter side.
    :ivar by: what is added on the left and on the right each, and above and below each.
    """

    feathering: float = field(default=15.0, validator=validators.ge(0))
    by: tuple[Length, Length] | None = None


Fit = Crop | Cover | Bounds | OnCanvas | Outpainted


@frozen
class Resizing:
    """
    :ivar width: None and ``auto`` leave it open: ``auto`` keeps the proportions, and a side that is not given may be
        kept as it is by ``[editing] crop_missing_side``.
    :ivar enlarge: False leaves images that are smaller than asked for at their size.
    """

    width: Side = field(default=None, validator=_side)
    height: Side = field(default=None, validator=_side)
    fit: Fit = Crop()
    enlarge: bool = True


@frozen
class Padding:
    """Room inside the output's size."""

    top: Length
    right: Length
    bottom: Length
    left: Length

    @classmethod
    def parse(cls, text: str) -> "Padding":
        """Read one length for all sides; or the sides', then the top's and the bottom's; or, as CSS, clockwise.

        :raises ValueError: no such text.
        """
        found = _lengths(text, (1, 2, 4), "10%, 5% 15% or 0px 400px 0px 0px")
        if len(found) == 4:
            return cls(*found)
        across, along = found[0], found[-1]
        return cls(top=along, right=across, bottom=along, left=across)


def parse_margins(text: str) -> tuple[Length, Length]:
    """Read what is added at each side: one length for all, or one for the width and one for the height.

    :raises ValueError: no such text.
    """
    found = _lengths(text, (1, 2), "100px or 10% 0%")
    return found[0], found[-1]


def parse_side(text: str) -> Side:
    """Read ``800``, ``50%`` or ``auto``; empty for ``auto`` too.

    :raises ValueError: no such text.
    """
    if text in ("", "auto"):
        return "auto"
    with suppress(ValueError):
        if _LENGTHS.fullmatch(text) and text.endswith("%") and float(text[:-1]) > 0:
            return Percent(float(text[:-1]))
        if text.isascii() and text.isdecimal() and int(text[:_LONGEST_TEXT]) >= 1:
            return Pixels(int(text[:_LONGEST_TEXT]))
    raise ValueError(
        f"expected 1 to {MAX_LENGTH} pixels, a percentage, or auto for a side, got {show_value(text)}"
    )


def _lengths(text: str, counts: tuple[int, ...], examples: str) -> list[Length]:
    words = text.split(" ")
    if len(text) > _LONGEST_TEXT or len(words) not in counts or not _LENGTHS.fullmatch(text):
        raise ValueError(f"expected lengths like {examples}, got {show_value(text)}")
    return [
        Percent(float(word[:-1])) if word.endswith("%") else Pixels(float(word[:-2]))
        for word in words
    ]


@frozen
class Removal:
    clipping: bool = False
    category: Category = "general"
    object_to_keep: str = ""


@frozen
class Blur:
    type: Literal["regular", "lens"] = "regular"
    level: Literal["low", "medium", "high"] = "medium"
    category: Category = "general"
    object_to_keep: str = ""


def _colour(instance: Any, attribute: "Attribute[str | None]", value: str | None) -> None:
    if value not in (None, "transparent") and not _COLOUR.fullmatch(str(value)):
        raise ValueError(
            f"expected a colour like '#ffffff', or 'transparent', got {show_value(value)}"
        )


@frozen
class Background:
    """
    :ivar colour: ``#rrggbb`` or ``transparent``; None is transparent where the original is and the output can be, else
        white.
    :ivar use_original_alpha: what is transparent of the original is the background that is removed or blurred.
    """

    remove: Removal | None = None
    blur: Blur | None = None
    colour: str | None = field(default=None, validator=_colour)
    use_original_alpha: bool = False


@frozen
class Style:
    """See ``parameters.StyleTransfer``; the reference is fetched by the engine."""

    reference: Source
    prompt: str = ""
    depth_strength: float = field(default=1.0, validator=_share)
    denoising_strength: float = field(default=0.75, validator=_share)
    style_strength: float = field(default=0.75, validator=_share)


@frozen
class Enlargement:
    kind: UpscaleKind
    version: Literal[1, 2, 3] = 2


@frozen
class EditRequest:
    """One edit, whatever the image. Without arguments it only converts.

    :ivar strict_privacy: where ``identity_crop`` or ``blur_car_plate`` finds nothing, the edit is an error.
    :ivar speed: ``precise`` keeps twice the size while it shrinks on load; ``fast`` keeps just enough.
    :ivar extensions: parameters of further edit operations by their dotted names, as JSON.
    """

    identity_crop: bool = False
    blur_car_plate: bool = False
    strict_privacy: bool = False
    decompress: Decompress = field(factory=Decompress)
    polish: bool = False
    style: Style | None = None
    hdr: Hdr = field(factory=Hdr)
    tone: Tone = field(factory=Tone)
    background: Background = field(factory=Background)
    upscale: Enlargement | None = None
    resizing: Resizing = field(factory=Resizing)
    padding: Padding | None = None
    sharpness: Sharpness = field(factory=Sharpness)
    output: Output = field(factory=Output)
    speed: Literal["precise", "fast"] = "precise"
    extensions: Mapping[str, Mapping[str, Any]] = field(factory=dict)
