"""From the words of a document to an edit request."""

from collections.abc import Mapping
from typing import Literal

from photomill.editing.document import lengths
from photomill.editing.document.operations import (
    AdjustmentsOptions,
    BackgroundOptions,
    BlurOptions,
    BoundsOptions,
    CanvasOptions,
    CategoryOption,
    CoverOptions,
    CropOptions,
    FitName,
    FitOptions,
    HdrOptions,
    OperationsOptions,
    OutpaintOptions,
    PhotoUpscale,
    RemovalOptions,
    ResizingOptions,
    RestorationsOptions,
    SelectiveOptions,
    Side,
    StyleTransferOptions,
    UntypedCropOptions,
    VersionedCategory,
)
from photomill.editing.document.output import OutputOptions
from photomill.editing.document.translate_output import output
from photomill.editing.parameters import Category, Decompress, Hdr, Sharpness, Tone
from photomill.editing.request import (
    Background,
    Blur,
    Bounds,
    Cover,
    Crop,
    EditRequest,
    Enlargement,
    Fit,
    FocalPoint,
    Length,
    OnCanvas,
    Outpainted,
    Pixels,
    Removal,
    Resizing,
    Style,
)
from photomill.sources.source import UriSource

_PHOTO_VERSIONS: Mapping[str, Literal[1, 2, 3]] = {"1": 1, "2": 2, "3": 3}
_AUTO = "auto"


def request(operations: OperationsOptions, wanted: OutputOptions) -> EditRequest:
    """Make the request of one edit."""
    restorations, adjustments = operations.restorations, operations.adjustments
    style = operations.generative.style_transfer
    return EditRequest(
        identity_crop=operations.privacy.identity_crop,
        blur_car_plate=operations.privacy.blur_car_plate,
        decompress=Decompress(restorations.decompress or "off"),
        polish=restorations.polish,
        style=_style(style) if style is not None else None,
        hdr=_hdr(adjustments),
        tone=Tone(adjustments.exposure, adjustments.contrast, adjustments.saturation),
        background=_background(operations.background),
        upscale=_enlargement(restorations),
        resizing=_resizing(operations.resizing),
        padding=lengths.padding(operations.padding) if operations.padding is not None else None,
        sharpness=Sharpness(adjustments.sharpness),
        output=output(wanted),
        speed=operations.speed,
        extensions=operations.extensions,
    )


def _style(options: StyleTransferOptions) -> Style:
    return Style(
        UriSource(options.style_reference_image),
        options.prompt,
        options.depth_strength,
        options.denoising_strength,
        options.style_strength,
    )


def _hdr(options: AdjustmentsOptions) -> Hdr:
    if isinstance(options.hdr, HdrOptions):
        return Hdr(options.hdr.intensity, options.hdr.stitching)
    return Hdr(options.hdr)


def _enlargement(options: RestorationsOptions) -> Enlargement | None:
    if isinstance(options.upscale, PhotoUpscale):
        return Enlargement("photo", _PHOTO_VERSIONS[options.upscale.version])
    return None if options.upscale is None else Enlargement(options.upscale)


def _background(options: BackgroundOptions) -> Background:
    return Background(
        remove=_removal(options.remove),
        blur=_blur(options.blur),
        colour=options.color,
        use_original_alpha=options.use_original_alpha,
    )


def _removal(options: bool | RemovalOptions) -> Removal | None:
    if isinstance(options, bool):
        return Removal() if options else None
    return Removal(options.clipping, _category(options.category), _object(options.selective))


def _blur(options: bool | BlurOptions) -> Blur | None:
    if isinstance(options, bool):
        return Blur() if options else None
    return Blur(
        options.type, options.level, _category(options.category), _object(options.selective)
    )


def _category(option: CategoryOption) -> Category:
    return option.type if isinstance(option, VersionedCategory) else option or "general"


def _object(options: SelectiveOptions | None) -> str:
    return options.object_to_keep if options is not None else ""


def _resizing(options: ResizingOptions) -> Resizing:
    # Both sides "auto" is what clients send who do not want to resize.
    automatic = options.width in (None, _AUTO) and options.height in (None, _AUTO)
    return Resizing(
        width=_length(options.width),
        height=_length(options.height),
        width_auto=options.width == _AUTO and not automatic,
        height_auto=options.height == _AUTO and not automatic,
        fit=_fit(options.fit),
        enlarge=options.enlarge,
    )


def _length(side: Side) -> Length | None:
    if isinstance(side, int):
        return Pixels(side)
    return None if side is None or side == _AUTO else lengths.percent(side)


def _fit(options: FitName | FitOptions) -> Fit:
    match options:
        case "cover" | CoverOptions():
            return Cover()
        case "bounds" | BoundsOptions():
            return Bounds()
        case "canvas" | CanvasOptions():
            return OnCanvas()
        case "outpaint":
            return Outpainted()
        case OutpaintOptions(feathering=feathering, outpaint_by=by):
            both = lengths.both_axes(by) if by is not None else None
            return Outpainted(float(feathering.rstrip("%")), both)
        case (
            CropOptions(crop=mode, focal_point=point)
            | UntypedCropOptions(crop=mode, focal_point=point)
        ):
            return Crop(mode, FocalPoint(point.x, point.y) if point is not None else None)
        case _:
            return Crop()
