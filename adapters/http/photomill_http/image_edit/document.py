"""What ``operations`` and ``output`` of the image edit API may say."""

import re
from typing import Annotated, Any, Literal

from attrs import Factory, frozen

from photomill import (
    MAX_LENGTH,
    Category,
    CmykProfile,
    Destination,
    InvalidInput,
    MetadataKind,
    Padding,
    Percent,
    Subsampling,
)
from photomill_http.image_edit import wording
from photomill_http.image_edit.coercion import ProblemCollector
from photomill_http.image_edit.wording import Length, Pattern, Range

_MAX_LENGTH = 4096
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.ASCII | re.IGNORECASE)
_SPACE = re.compile(r"\s")
_STORAGE = re.compile(r"storage://[^/?#]{1,50}/[^?#]*")


def check_uri(value: str) -> None:
    """Make sure that a text is an address that can be read.

    :raises ValueError: no ``http``, ``https`` or ``storage`` URI.
    """
    found = _SCHEME.match(value)
    if found is None:
        raise ValueError(wording.NO_SCHEME)
    scheme = found[1].lower()
    if scheme not in ("http", "https", "storage"):
        raise ValueError(wording.OTHER_SCHEME)
    space = _SPACE.search(value)
    if space is not None:
        raise ValueError(wording.rest_of_uri(value[space.start() :]))
    if not value[found.end() :].strip("/").split("/")[0]:
        raise ValueError(wording.NO_HOST)
    if scheme == "storage" and not _STORAGE.fullmatch(value):
        raise ValueError(wording.mismatch(f"^{_STORAGE.pattern}$"))


def check_destination(value: str) -> None:
    """Make sure that a text names a place for results.

    :raises ValueError: no folder or object in a storage.
    """
    check_uri(value)
    try:
        Destination.parse(value)
    except InvalidInput as error:
        raise ValueError(error.message) from None


Uri = Annotated[str, Length(1, _MAX_LENGTH), check_uri]
"""Where an image is."""

DestinationUri = Annotated[str, Length(1, _MAX_LENGTH), check_destination]
"""Where a result goes."""

_HALF = 50

_NUMBER = r"[0-9]+(\.[0-9]+)?"


def check_percent(text: str) -> None:
    value = float(text.rstrip("%"))
    Range(above=0, most=MAX_LENGTH)(value)


def check_margins(text: str) -> None:
    for word in text.split(" "):
        Range(most=MAX_LENGTH)(float(word.rstrip("px%")))


def check_padding(text: str) -> None:
    """Make sure that an image can have this padding.

    :raises ValueError: units that differ, or nothing left of the image.
    """
    check_margins(text)
    padding = Padding.parse(text)
    sides = (padding.left, padding.right), (padding.top, padding.bottom)
    if len({type(length) for pair in sides for length in pair}) > 1:
        raise ValueError("expected one unit, px or %, for all sides")
    for first, second in sides:
        if (
            isinstance(first, Percent)
            and isinstance(second, Percent)
            and (max(first.value, second.value) > _HALF or first.value + second.value >= 2 * _HALF)
        ):
            raise ValueError("can not be bigger than half of image width/height")


Pixels = Annotated[int, Range(above=0, most=MAX_LENGTH)]
PercentText = Annotated[str, Length(most=32), Pattern(rf"^{_NUMBER}%$"), check_percent]
MarginsText = Annotated[
    str, Length(most=64), Pattern(r"^[0-9]+(px|%)( [0-9]+(px|%))?$"), check_margins
]
PaddingText = Annotated[
    str,
    Length(most=128),
    Pattern(rf"^{_NUMBER}(px|%)(( {_NUMBER}(px|%))?|( {_NUMBER}(px|%)){{3}})$"),
    check_padding,
]
FeatheringText = Annotated[str, Length(most=32), Pattern(r"^[1-9][0-9]+[%]$|^[0-9][%]$")]

Intensity = Annotated[int, Range(0, 100)]
Shift = Annotated[int, Range(-100, 100)]
Share = Annotated[float, Range(0, 1)]
Dotted = Annotated[str, Length(1, 128), Pattern(r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]


@frozen
class PhotoUpscale:
    """:ivar version: the higher the more is repaired."""

    type: Literal["photo"]
    version: Literal["1", "2", "3"]


Upscale = (
    Literal["smart_enhance", "smart_resize", "faces", "digital_art", "photo"] | PhotoUpscale | None
)


@frozen
class RestorationsOptions:
    """
    :ivar decompress: remove what lossy compression left; off by default.
    :ivar upscale: how an image is enlarged; plainly interpolated by default.
    :ivar polish: less noise, more detail.
    """

    decompress: Literal["moderate", "strong", "auto"] | None = None
    upscale: Upscale = None
    polish: bool = False


@frozen
class HdrOptions:
    """:ivar stitching: the image's left and right border meet, as in a panorama of 360°."""

    intensity: Intensity = 100
    stitching: bool = False


@frozen
class AdjustmentsOptions:
    """
    :ivar hdr: balance light and colour locally.
    """

    hdr: Intensity | HdrOptions = 0
    exposure: Shift = 0
    saturation: Shift = 0
    contrast: Shift = 0
    sharpness: Intensity = 0


@frozen
class SelectiveOptions:
    """:ivar object_to_keep: in words."""

    object_to_keep: Annotated[str, Length(3, 128)]


@frozen
class VersionedCategory:
    """The older form of a category; the version says nothing any more."""

    type: Category
    version: str = ""


CategoryOption = Category | VersionedCategory | None


def _check_exclusive(options: "RemovalOptions | BlurOptions") -> None:
    if options.selective is not None and options.category is not None:
        problems = ProblemCollector()
        for name in ("selective", "category"):
            problems.add("selective and category can not be used together", name)
        problems.check()


@frozen
class RemovalOptions:
    """
    :ivar clipping: cut the image to the edges of the object.
    :ivar selective: which object to keep; not together with ``category``.
    :ivar category: what the image shows.
    """

    clipping: bool = False
    selective: SelectiveOptions | None = None
    category: CategoryOption = None

    def __attrs_post_init__(self) -> None:
        _check_exclusive(self)


@frozen
class BlurOptions:
    """
    :ivar selective: which object to keep sharp; not together with ``category``.
    :ivar category: what the image shows.
    """

    selective: SelectiveOptions | None = None
    category: CategoryOption = None
    type: Literal["regular", "lens"] = "regular"
    level: Literal["low", "medium", "high"] = "medium"

    def __attrs_post_init__(self) -> None:
        _check_exclusive(self)


@frozen
class BackgroundOptions:
    """
    :ivar remove: leave only the object.
    :ivar color: by default white, or transparent where the original is.
    :ivar blur: blur everything but the object.
    :ivar use_original_alpha: what is transparent of the original is its background; nothing is looked for.
    """

    remove: bool | RemovalOptions = False
    color: Annotated[str, Pattern(r"^#[0-9a-fA-F]{6}$")] | Literal["transparent"] | None = None
    blur: bool | BlurOptions = False
    use_original_alpha: bool = False


CropMode = Literal["center", "smart", "face"]


@frozen
class FocalPointOptions:
    """What a crop keeps in its middle, as shares of the width and the height."""

    x: Share
    y: Share


@frozen
class CropOptions:
    """Cover the size asked for, and cut off the rest.

    :ivar crop: what is kept.
    :ivar focal_point: a point that is kept in the middle, as far as that can be; instead of ``crop``.
    """

    type: Literal["crop"]
    crop: CropMode = "center"
    focal_point: FocalPointOptions | None = None


@frozen
class UntypedCropOptions:
    """The older form of a crop's options."""

    crop: CropMode
    focal_point: FocalPointOptions | None = None


@frozen
class CoverOptions:
    """Cover the size asked for."""

    type: Literal["cover"]


@frozen
class BoundsOptions:
    """Fit into the size asked for."""

    type: Literal["bounds"]


@frozen
class CanvasOptions:
    """Fit into the size asked for, and fill up with the background's colour."""

    type: Literal["canvas"]


@frozen
class OutpaintOptions:
    """Fit into the size asked for, and invent the rest.

    :ivar feathering: of the seam, in percent of the image's shorter side.
    :ivar outpaint_by: what is added at each side: ``100px``, ``10% 0%`` (of the width, of the height).
    """

    type: Literal["outpaint"]
    feathering: FeatheringText = "15%"
    outpaint_by: MarginsText | None = None


FitName = Literal["crop", "cover", "bounds", "canvas", "outpaint"]
FitOptions = (
    CropOptions
    | CoverOptions
    | BoundsOptions
    | CanvasOptions
    | OutpaintOptions
    | UntypedCropOptions
)
Side = Pixels | Literal["auto"] | PercentText | None


@frozen
class ResizingOptions:
    """
    :ivar width: pixels, ``auto``, or percent of the image's own.
    :ivar height: likewise.
    :ivar fit: what happens to the proportions.
    :ivar enlarge: false leaves images that are smaller than asked for at their size.
    """

    width: Side = None
    height: Side = None
    fit: FitName | FitOptions = "crop"
    enlarge: bool = True

    def __attrs_post_init__(self) -> None:
        sides = (self.width, self.height)
        if not any(isinstance(side, str) and side != "auto" for side in sides):
            return
        if any(isinstance(side, int) for side in sides):
            message = "width and height must both be in pixels or both in percent"
        elif all(isinstance(side, str) and side != "auto" for side in sides) and (
            self.width != self.height
        ):
            message = "percentages of width and height must be equal"
        else:
            return
        problems = ProblemCollector()
        for name in ("width", "height"):
            problems.add(message, name)
        problems.check()


@frozen
class PrivacyOptions:
    """
    :ivar blur_car_plate: make number plates unreadable.
    :ivar identity_crop: cut away everything above the mouth.
    """

    blur_car_plate: bool = False
    identity_crop: bool = False


@frozen
class StyleTransferOptions:
    """
    :ivar style_reference_image: whose look is wanted.
    :ivar prompt: what else is wanted, in words.
    :ivar depth_strength: how much of composition and shape is preserved.
    :ivar denoising_strength: how far colour and texture are modified.
    :ivar style_strength: how much of the reference's style is taken.
    """

    style_reference_image: Uri
    prompt: Annotated[str, Length(3, 1024)] = ""
    depth_strength: Share = 1.0
    denoising_strength: Share = 0.75
    style_strength: Share = 0.75


@frozen
class GenerativeOptions:
    style_transfer: StyleTransferOptions | None = None


@frozen
class OperationsOptions:
    """What is done to an image; everything is off by default.

    :ivar padding: room inside the result's size: ``10%``, ``5% 15%`` (sides, then top and bottom), or, clockwise from
        the top, ``0px 400px 0px 0px``.
    :ivar speed: ``fast`` is as exact as others are, and faster.
    :ivar extensions: parameters of further operations by their dotted names.
    """

    restorations: RestorationsOptions = RestorationsOptions()
    adjustments: AdjustmentsOptions = AdjustmentsOptions()
    background: BackgroundOptions = BackgroundOptions()
    resizing: ResizingOptions = ResizingOptions()
    padding: PaddingText | None = None
    privacy: PrivacyOptions = PrivacyOptions()
    generative: GenerativeOptions = GenerativeOptions()
    speed: Literal["precise", "fast"] = "precise"
    extensions: dict[Dotted, dict[str, Any]] = Factory(dict)


Quality = Annotated[int, Range(1, 100)]
Compression = Literal["lossy", "lossless"]


@frozen
class JpegFormat:
    """:ivar subsampling: 4:2:0 stores colours at half the size, 4:4:4 whole; ``auto`` halves them where nobody can tell."""

    type: Literal["jpeg"]
    quality: Quality = 85
    progressive: bool = True
    subsampling: Subsampling = "auto"


@frozen
class PngFormat:
    type: Literal["png"]
    compression: Literal["fast", "optimal", "best"] = "optimal"


@frozen
class LossyCompression:
    """:ivar quality: None takes the format's own default: 75, and 50 of AVIF."""

    type: Literal["lossy"]
    quality: Quality | None = None


@frozen
class LosslessCompression:
    type: Literal["lossless"]


@frozen
class WebpFormat:
    type: Literal["webp"]
    compression: Compression | LossyCompression | LosslessCompression = "lossy"


@frozen
class AvifFormat:
    type: Literal["avif"]
    compression: Compression | LossyCompression | LosslessCompression = "lossy"


@frozen
class TiffFormat:
    type: Literal["tiff"]
    compression: Compression | LossyCompression | LosslessCompression = "lossless"


@frozen
class AutomaticFormat:
    """The format and quality that look the same in the fewest bytes."""

    type: Literal["auto"]


FormatName = Literal["jpeg", "png", "webp", "avif", "tiff", "auto"]
FormatOptions = JpegFormat | PngFormat | WebpFormat | AvifFormat | TiffFormat | AutomaticFormat


@frozen
class RgbColorSpace:
    type: Literal["RGB"]


@frozen
class CmykColorSpace:
    type: Literal["CMYK"]
    color_profile: CmykProfile = "USWeb_Coated"


@frozen
class MetadataOptions:
    """
    :ivar dpi: dots per inch; the original's by default.
    :ivar color_space: the original's by default.
    :ivar keep: what the original says of itself that stays in the file: true for everything, or a list; ``copyright`` is
        who made it and whose it is, ``gps`` the place, wherever it is told.
    """

    dpi: Annotated[int, Range(1, 10_000)] | None = None
    color_space: Literal["RGB", "CMYK"] | RgbColorSpace | CmykColorSpace | None = None
    keep: bool | tuple[MetadataKind, ...] = False


@frozen
class OutputOptions:
    """Customize the result.

    :ivar format: of the file.
    :ivar destination: a folder or an object in a storage; by default the result is kept for a day.
    :ivar metadata: what the file says of itself.
    :ivar max_bytes: the quality is lowered until the file is no larger.
    """

    format: FormatName | FormatOptions = "jpeg"
    destination: DestinationUri | None = None
    metadata: MetadataOptions = MetadataOptions()
    max_bytes: Annotated[int, Range(1)] | None = None
