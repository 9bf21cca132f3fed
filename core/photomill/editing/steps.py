"""The steps of a request, in the order of the pipeline.

Privacy comes before anything can sharpen or leak what must not be seen; compression is repaired before it is enlarged;
the foreground is found once for all who need it; sharpness comes last, at the final size.
"""

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from photomill.components.editor import Stage
from photomill.components.output import Output
from photomill.editing.geometry import Placement, Size
from photomill.editing.parameters import (
    BlurBackground,
    BlurCarPlate,
    Canvas,
    FindForeground,
    IdentityCrop,
    Outpaint,
    Polish,
    RemoveBackground,
    Resize,
    SmartCrop,
    StyleTransfer,
    Upscale,
)
from photomill.editing.request import Background, Blur, EditRequest, Outpainted, Removal
from photomill.images.raster import Raster

_PATHS = {
    "privacy.identity_crop": "identity_crop",
    "privacy.blur_car_plate": "blur_car_plate",
    "restorations.decompress": "decompress",
    "restorations.polish": "polish",
    "restorations.upscale": "upscale",
    "generative.style_transfer": "style",
    "adjustments.hdr": "hdr",
    "adjustments.tone": "tone",
    "adjustments.sharpness": "sharpness",
    "background.mask": "background",
    "background.remove": "background.remove",
    "background.blur": "background.blur",
    "resizing": "resizing",
    "resizing.smart_crop": "resizing.fit",
    "canvas": "resizing.fit",
    "canvas.outpaint": "resizing.fit",
}
_WHITE = (255, 255, 255, 255)
_TRANSPARENT = (255, 255, 255, 0)


@frozen
class Step:
    """One operation with its parameters."""

    operation: str
    stage: Stage
    parameters: Any

    @property
    def changes_nothing(self) -> bool:
        return bool(self.parameters == _identity(type(self.parameters)))

    @property
    def path(self) -> str:
        """Of the parameter of a request that the operation comes from."""
        return _PATHS.get(self.operation, f"extensions.{self.operation}")


def _identity(kind: type) -> Any:
    """The parameters by which nothing changes: made once, as they are frozen."""
    if kind not in _identities:
        _identities[kind] = kind()
    return _identities[kind]


_identities: dict[type, Any] = {}


@frozen
class Content:
    """What is to be placed.

    :ivar size: at the original's scale, however small it was decoded.
    :ivar has_alpha: whether the image has an alpha channel by now.
    :ivar transparent_original: whether the original had one.
    """

    size: Size
    has_alpha: bool
    transparent_original: bool


def steps_before_placing(
    request: EditRequest, reference: Raster | None, extensions: Iterable[Step]
) -> list[Step]:
    """What happens to the content before its place is known.

    :param reference: the image whose style is wanted.
    :param extensions: steps of the operations that the request names itself.
    """
    wanted = [
        *_privacy(request),
        Step("restorations.decompress", Stage.RESTORE, request.decompress),
        Step("restorations.polish", Stage.RESTORE, Polish(request.polish)),
        Step("generative.style_transfer", Stage.STYLE, _style(request, reference)),
        Step("adjustments.hdr", Stage.ADJUST, request.hdr),
        Step("adjustments.tone", Stage.ADJUST, request.tone),
        *_background(request.background),
        *(step for step in extensions if step.stage < Stage.ENLARGE),
    ]
    return _ordered(wanted)


def steps_of_placing(
    request: EditRequest,
    placement: Placement,
    content: Content,
    extensions: Iterable[Step],
) -> list[Step]:
    """What brings the content to its size and place, and what comes after."""
    wanted = [
        *_cutting(placement),
        *_enlarging(request, placement, content.size),
        *_resizing(placement),
        *_outpainting(request, placement),
        *_canvas(request, placement, content),
        Step("adjustments.sharpness", Stage.SHARPEN, request.sharpness),
        *(step for step in extensions if step.stage >= Stage.ENLARGE),
    ]
    return _ordered(wanted)


def fill_colour(
    background: Background, output: Output, *, transparent: bool
) -> tuple[int, int, int, int]:
    """The colour of what is not image: white where nobody says otherwise, or transparent where the original is.

    :param transparent: whether the original has transparent parts.
    """
    colour = background.colour or ("transparent" if transparent else "#ffffff")
    if colour == "transparent":
        return _TRANSPARENT if output.holds_alpha else _WHITE
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue, 255


def _ordered(steps: list[Step]) -> list[Step]:
    """By stage; within one, as they stand here."""
    return sorted((step for step in steps if not step.changes_nothing), key=lambda step: step.stage)


def _privacy(request: EditRequest) -> list[Step]:
    strict = request.strict_privacy
    wanted = []
    if request.identity_crop:
        crop = IdentityCrop(True, strict)
        wanted.append(Step("privacy.identity_crop", Stage.PRIVACY, crop))
    if request.blur_car_plate:
        blur = BlurCarPlate(True, strict)
        wanted.append(Step("privacy.blur_car_plate", Stage.PRIVACY, blur))
    return wanted


def _style(request: EditRequest, reference: Raster | None) -> StyleTransfer:
    style = request.style
    if style is None:
        return StyleTransfer()
    return StyleTransfer(
        reference,
        style.prompt,
        style.depth_strength,
        style.denoising_strength,
        style.style_strength,
    )


def _background(background: Background) -> list[Step]:
    if background.remove is not None:
        # A background that is removed needs no blur.
        removal = background.remove
        removing = RemoveBackground(True, removal.clipping)
        return [
            _foreground(background, removal),
            Step("background.remove", Stage.BACKGROUND, removing),
        ]
    if background.blur is not None:
        blur = background.blur
        return [
            _foreground(background, blur),
            Step("background.blur", Stage.BACKGROUND, BlurBackground(blur.type, blur.level)),
        ]
    return []


def _foreground(background: Background, asked: Removal | Blur) -> Step:
    wanted = FindForeground(
        True, asked.category, asked.object_to_keep, background.use_original_alpha
    )
    return Step("background.mask", Stage.BACKGROUND, wanted)


def _cutting(placement: Placement) -> list[Step]:
    """What is cut off before anything is enlarged."""
    if placement.piece is None:
        return []
    cut = placement.piece.cut
    if cut.search:
        search = SmartCrop(cut.width, cut.height, cut.search)
        return [Step("resizing.smart_crop", Stage.ENLARGE, search)]
    window = Resize(0, 0, cut.left, cut.top, cut.width, cut.height)
    return [Step("resizing", Stage.ENLARGE, window)]


def _enlarging(request: EditRequest, placement: Placement, content: Size) -> list[Step]:
    piece = placement.piece
    width, height = placement.scaled if piece is None else piece.scaled
    if request.upscale is None or (width <= content[0] and height <= content[1]):
        return []
    upscale = Upscale(request.upscale.kind, request.upscale.version, width, height)
    return [Step("restorations.upscale", Stage.ENLARGE, upscale)]


def _resizing(placement: Placement) -> list[Step]:
    width, height = placement.scaled
    window = placement.window
    if window is not None and placement.piece is not None:
        piece = placement.piece
        cut = Resize(*piece.scaled, piece.left, piece.top, window.width, window.height)
        return [Step("resizing", Stage.RESIZE, cut)]
    if window is None:
        return [Step("resizing", Stage.RESIZE, Resize(width, height))]
    if window.search:
        search = SmartCrop(window.width, window.height, window.search)
        return [
            Step("resizing", Stage.RESIZE, Resize(width, height)),
            Step("resizing.smart_crop", Stage.RESIZE, search),
        ]
    cut = Resize(width, height, window.left, window.top, window.width, window.height)
    return [Step("resizing", Stage.RESIZE, cut)]


def _outpainting(request: EditRequest, placement: Placement) -> list[Step]:
    canvas, fit = placement.outpaint, request.resizing.fit
    if canvas is None or not isinstance(fit, Outpainted):
        return []
    invented = Outpaint(canvas.width, canvas.height, canvas.left, canvas.top, fit.feathering)
    return [Step("canvas.outpaint", Stage.FILL, invented)]


def _canvas(request: EditRequest, placement: Placement, content: Content) -> list[Step]:
    """The canvas under the image, and the end of transparency where none is wanted."""
    colour = fill_colour(
        request.background, request.output, transparent=content.transparent_original
    )
    canvas = placement.canvas
    if canvas is not None:
        filled = Canvas(canvas.width, canvas.height, canvas.left, canvas.top, colour)
    elif content.has_alpha and colour[3] == 255:
        filled = Canvas(colour=colour)
    else:
        return []
    return [Step("canvas", Stage.FILL, filled)]
