"""What an edit is asked to do."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from attrs import Attribute, field, frozen, validators

from photomill.editing.output import Output
from photomill.editing.parameters import Category, Decompress, Hdr, Sharpness, Tone, UpscaleKind
from photomill.sources.source import Source

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@frozen
class Pixels:
    """A length in pixels, ≥ 1."""

    count: int = field(validator=validators.ge(1))


@frozen
class Percent:
    """A length in percent of the picture's own side, > 0."""

    value: float = field(validator=validators.gt(0))


Length = Pixels | Percent


@frozen
class FocalPoint:
    """What a crop keeps in its middle: 0 to 1 of the width from the left, and of the height from the top."""

    x: float = field(validator=validators.and_(validators.ge(0), validators.le(1)))
    y: float = field(validator=validators.and_(validators.ge(0), validators.le(1)))


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

    :ivar feathering: of the seam, in percent of the picture's shorter side.
    :ivar by: what is added on the left and on the right each, and above and below each.
    """

    feathering: float = field(default=15.0, validator=validators.ge(0))
    by: "tuple[Margin, Margin] | None" = None


Fit = Crop | Cover | Bounds | OnCanvas | Outpainted


@frozen
class Margin:
    """Room on one side: pixels, or percent of that axis."""

    value: float = field(validator=validators.ge(0))
    unit: Literal["px", "%"] = "px"


@frozen
class Resizing:
    """
    :ivar width: None leaves it open: see ``width_auto``.
    :ivar width_auto: whoever asked said "auto", which keeps the proportions; a side nobody spoke of may be kept as it
        is by ``[editing] crop_missing_side``.
    :ivar enlarge: False leaves pictures that are smaller than asked for at their size.
    """

    width: Length | None = None
    height: Length | None = None
    width_auto: bool = False
    height_auto: bool = False
    fit: Fit = Crop()
    enlarge: bool = True


@frozen
class Padding:
    """Room inside the output's size."""

    top: Margin
    right: Margin
    bottom: Margin
    left: Margin


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
        raise ValueError("expected a colour like '#ffffff', or 'transparent'")


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
    depth_strength: float = 1.0
    denoising_strength: float = 0.75
    style_strength: float = 0.75


@frozen
class Enlargement:
    kind: UpscaleKind
    version: Literal[1, 2, 3] = 2


@frozen
class EditRequest:
    """One edit, whatever the picture. Without arguments it only converts.

    :ivar speed: ``precise`` keeps twice the size while it shrinks on load; ``fast`` keeps just enough.
    :ivar extensions: parameters of further edit operations by their dotted names, as JSON.
    """

    identity_crop: bool = False
    blur_car_plate: bool = False
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
