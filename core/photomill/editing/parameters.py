"""The parameters of the edit operations that Photomill's own requests are made of.

Several plugins offer the same operation, so its parameters belong to nobody's plugin. Every default is the identity.
Operations and their stages::

    privacy.identity_crop    PRIVACY      IdentityCrop
    privacy.blur_car_plate   PRIVACY      BlurCarPlate
    restorations.decompress  RESTORE      Decompress
    restorations.polish      RESTORE      Polish
    generative.style_transfer STYLE       StyleTransfer
    adjustments.hdr          ADJUST       Hdr
    adjustments.tone         ADJUST       Tone
    background.mask          BACKGROUND   FindForeground    gives the image an alpha channel: what is foreground
    background.blur          BACKGROUND   BlurBackground    takes that alpha and leaves none
    background.remove        BACKGROUND   RemoveBackground  takes that alpha, cleans the colours of soft edges, clips
    restorations.upscale     ENLARGE      Upscale
    resizing                 RESIZE       Resize
    resizing.smart_crop      RESIZE       SmartCrop
    canvas                   FILL         Canvas
    canvas.outpaint          FILL         Outpaint
    adjustments.sharpness    SHARPEN      Sharpness
"""

from typing import Any, Literal

from attrs import field, frozen, validators

from photomill.errors import InvalidInput
from photomill.images.raster import Raster

Category = Literal["general", "cars", "products"]
SmartCropMode = Literal["attention", "face"]
UpscaleKind = Literal["off", "smart_enhance", "smart_resize", "faces", "digital_art", "photo"]


def _between(low: float, high: float) -> Any:
    return validators.and_(validators.ge(low), validators.le(high))


_size: Any = validators.ge(0)


@frozen
class IdentityCrop:
    """Cut away everything above the mouth, so that nobody is known by the face.

    :ivar strict: where no face is found, the image is an error, and not left as it is.
    """

    enabled: bool = False
    strict: bool = False


@frozen
class BlurCarPlate:
    """Make number plates unreadable.

    :ivar strict: where no plate is found, the image is an error, and not left as it is.
    """

    enabled: bool = False
    strict: bool = False


@frozen
class Decompress:
    """Remove what lossy compression left; ``auto`` only where it left something."""

    mode: Literal["off", "moderate", "strong", "auto"] = "off"


@frozen
class Polish:
    """Less noise, more detail."""

    enabled: bool = False


@frozen
class StyleTransfer:
    """Give the image the look of another.

    :ivar reference: the image whose style is wanted; None changes nothing.
    :ivar prompt: what else is wanted, in words.
    :ivar depth_strength: 0 to 1, how much of composition and shape is preserved.
    :ivar denoising_strength: 0 to 1, how far colour and texture are modified.
    :ivar style_strength: 0 to 1, how much of the reference's style is taken.
    """

    reference: Raster | None = None
    prompt: str = ""
    depth_strength: float = field(default=1.0, validator=_between(0, 1))
    denoising_strength: float = field(default=0.75, validator=_between(0, 1))
    style_strength: float = field(default=0.75, validator=_between(0, 1))


@frozen
class Hdr:
    """Balance light and colour locally.

    :ivar intensity: 0 to 100.
    :ivar stitching: the image's left and right border meet, as in a panorama of 360°, and must go on meeting.
    """

    intensity: int = field(default=0, validator=_between(0, 100))
    stitching: bool = False


@frozen
class Tone:
    """Point operations, in this order; each −100 to 100."""

    exposure: int = field(default=0, validator=_between(-100, 100))
    contrast: int = field(default=0, validator=_between(-100, 100))
    saturation: int = field(default=0, validator=_between(-100, 100))


@frozen
class Sharpness:
    """:ivar amount: 0 to 100."""

    amount: int = field(default=0, validator=_between(0, 100))


@frozen
class FindForeground:
    """Find what the image shows: the result's alpha is 255 there, and 0 in the background.

    An image in which nothing is found comes back as it is, with a note, and so does one whose background was cut away
    already: most of its border is transparent. What is transparent is never foreground.

    :ivar object_to_keep: in words; empty for the main one.
    :ivar use_alpha: the image's own alpha is the foreground, whatever it is; all of an image without one.
    """

    enabled: bool = False
    category: Category = "general"
    object_to_keep: str = ""
    use_alpha: bool = False


@frozen
class BlurBackground:
    """Blur where alpha is low.

    :ivar level: ``off`` changes nothing.
    """

    type: Literal["regular", "lens"] = "regular"
    level: Literal["off", "low", "medium", "high"] = "off"


@frozen
class RemoveBackground:
    """Free the colours of half transparent edges from the background that was behind them.

    :ivar clipping: cut the image to the foreground's bounding box.
    """

    enabled: bool = False
    clipping: bool = False


@frozen
class Upscale:
    """Enlarge by what is known of images, to at least ``width`` × ``height``; ``resizing`` makes it exact.

    :ivar version: of ``photo``: 1 to 3, the higher the more is repaired.
    :ivar width: of the result, in pixels; where the image is as large already, nothing is done.
    """

    kind: UpscaleKind = "off"
    version: Literal[1, 2, 3] = 2
    width: int = field(default=0, validator=_size)
    height: int = field(default=0, validator=_size)


@frozen
class Resize:
    """Resample, then cut a window out.

    :ivar width: after resampling, in pixels; 0 leaves the image's.
    :ivar crop_width: of the window; 0 cuts nothing.
    :ivar crop_left: where the window begins.
    """

    width: int = field(default=0, validator=_size)
    height: int = field(default=0, validator=_size)
    crop_left: int = field(default=0, validator=_size)
    crop_top: int = field(default=0, validator=_size)
    crop_width: int = field(default=0, validator=_size)
    crop_height: int = field(default=0, validator=_size)

    def window(self, width: int, height: int) -> tuple[int, int, int, int] | None:
        """The left, top, width and height of what is cut out; None where nothing is.

        :param width: after resampling.
        :raises InvalidInput: it is not inside.
        """
        if not (self.crop_width or self.crop_height):
            return None
        left, top = self.crop_left, self.crop_top
        across, down = self.crop_width or width - left, self.crop_height or height - top
        if left + across > width or top + down > height or min(across, down) < 1:
            raise InvalidInput(
                f"a window of {across} x {down} at ({left}, {top}) is not inside "
                f"{width} x {height} pixels",
                path="crop_width",
            )
        return left, top, across, down


@frozen
class SmartCrop:
    """Cut the most interesting window of this size out of an image that was resampled already; 0 cuts nothing."""

    width: int = field(default=0, validator=_size)
    height: int = field(default=0, validator=_size)
    mode: SmartCropMode = "attention"

    def size_in(self, raster: Raster) -> tuple[int, int]:
        """Width and height of the window: no larger than the image."""
        width = min(self.width or raster.width, raster.width)
        return width, min(self.height or raster.height, raster.height)


@frozen
class Canvas:
    """Put the image on a larger ground, and fill what is transparent.

    :ivar width: of the ground, in pixels; 0 leaves the image's.
    :ivar left: where the image begins on it.
    :ivar colour: red, green, blue and opacity, 0 to 255; opaque colours fill transparent parts of the image too.
    """

    width: int = field(default=0, validator=_size)
    height: int = field(default=0, validator=_size)
    left: int = field(default=0, validator=_size)
    top: int = field(default=0, validator=_size)
    colour: tuple[int, int, int, int] = (255, 255, 255, 0)


@frozen
class Outpaint:
    """Like ``canvas``, but what is around the image is invented to go on with it.

    :ivar feathering: how wide the seam is blended, in percent of the image's shorter side.
    """

    width: int = field(default=0, validator=_size)
    height: int = field(default=0, validator=_size)
    left: int = field(default=0, validator=_size)
    top: int = field(default=0, validator=_size)
    feathering: float = field(default=15.0, validator=_size)
