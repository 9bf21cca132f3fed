"""From the contract's documents to edit requests, and from the parameters of requests to the contract's names."""

from collections.abc import Mapping
from typing import Any, Literal

from attrs import frozen

from photomill import (
    Automatic,
    Avif,
    Background,
    Blur,
    Bounds,
    Cover,
    Crop,
    Decompress,
    EditRequest,
    Enlargement,
    Fit,
    FocalPoint,
    Format,
    Hdr,
    JobState,
    Jpeg,
    OnCanvas,
    Outpainted,
    Output,
    Padding,
    Pixels,
    Png,
    Removal,
    Resizing,
    Sharpness,
    Style,
    Tiff,
    Tone,
    UriSource,
    Webp,
    parse_margins,
    parse_side,
)
from photomill import Side as RequestSide
from photomill_http.image_edit import document as contract
from photomill_http.image_edit.coercion import structured
from photomill_http.image_edit.schema import UploadedEditRequest

_PATHS: Mapping[str, str] = {
    "destination": "output.destination",
    "output": "output",
    "identity_crop": "operations.privacy.identity_crop",
    "blur_car_plate": "operations.privacy.blur_car_plate",
    "strict_privacy": "operations.privacy",
    "decompress": "operations.restorations.decompress",
    "polish": "operations.restorations.polish",
    "upscale": "operations.restorations.upscale",
    "style": "operations.generative.style_transfer",
    "style.reference": "operations.generative.style_transfer.style_reference_image",
    "hdr": "operations.adjustments.hdr",
    "tone": "operations.adjustments",
    "sharpness": "operations.adjustments.sharpness",
    "background": "operations.background",
    "background.colour": "operations.background.color",
    "background.remove.object_to_keep": "operations.background.remove.selective.object_to_keep",
    "background.blur.object_to_keep": "operations.background.blur.selective.object_to_keep",
    "resizing": "operations.resizing",
    "padding": "operations.padding",
    "speed": "operations.speed",
    "extensions": "operations.extensions",
}
"""Parameters of a request whose names the contract spells otherwise; what is below them is named alike."""

STATUSES: Mapping[JobState, str] = {
    JobState.ACCEPTED: "ACCEPTED",
    JobState.WAITING: "WAITING",
    JobState.PROCESSING: "PROCESSING",
    JobState.PAUSED: "PAUSED",
    JobState.DONE: "DONE",
    JobState.FAILED: "ERROR",
    JobState.CANCELLED: "CANCELLED",
}

# What the older contract knows; whoever reads it ends its wait at ERROR or DONE.
_OLDER_STATUSES: Mapping[JobState, str] = {
    **STATUSES,
    JobState.WAITING: "PROCESSING",
    JobState.PAUSED: "PROCESSING",
    JobState.CANCELLED: "ERROR",
}
PREFIX, OLDER_PREFIX = "/v1", "/v1-beta1"

_PHOTO_VERSIONS: Mapping[str, Literal[1, 2, 3]] = {"1": 1, "2": 2, "3": 3}
_FORMATS: Mapping[str, Format] = {
    "jpeg": Jpeg(),
    "png": Png(),
    "webp": Webp(),
    "avif": Avif(),
    "tiff": Tiff(),
    "auto": Automatic(),
}
_FITS: Mapping[str, Fit] = {
    "crop": Crop(),
    "cover": Cover(),
    "bounds": Bounds(),
    "canvas": OnCanvas(),
    "outpaint": Outpainted(),
}


@frozen
class Edit:
    """:ivar destination: ``storage://<storage>/…``; None keeps the result for a day."""

    request: EditRequest
    destination: str | None = None


def read_edit(operations: Any, output: Any = None) -> Edit:
    """Read an edit from JSON.

    :param operations: the object ``operations``; None for no operations.
    :param output: the object ``output``, or a destination; None for JPEG files that are kept for a day.
    :raises InvalidDocument: with every fault there is.
    """
    asked = structured({"operations": operations, "output": output}, UploadedEditRequest)
    return edit_of(asked.operations, asked.output)


def read_request(document: Mapping[str, Any]) -> EditRequest:
    """Read the request of a document with ``operations``, and perhaps ``output``, or of operations alone.

    :raises InvalidDocument: with every fault there is.
    """
    if "operations" in document:
        return read_edit(document["operations"], document.get("output")).request
    return read_edit(document).request


def edit_of(
    operations: contract.OperationsOptions, output: contract.OutputOptions | str | None
) -> Edit:
    """Translate options that were structured already."""
    if isinstance(output, str):
        return Edit(_request(operations, contract.OutputOptions()), output)
    wanted = output or contract.OutputOptions()
    return Edit(_request(operations, wanted), wanted.destination)


def contract_path(path: str) -> str:
    """What the contract calls a parameter of a request; other paths stay as they are."""
    known, rest = path, ""
    while known not in _PATHS:
        known, dot, last = known.rpartition(".")
        if not dot:
            return path
        rest = f".{last}{rest}"
    return _PATHS[known] + rest


def statuses_of(prefix: str) -> Mapping[JobState, str]:
    """What the contract under a prefix calls the states of tasks."""
    return _OLDER_STATUSES if prefix == OLDER_PREFIX else STATUSES


def _request(operations: contract.OperationsOptions, output: contract.OutputOptions) -> EditRequest:
    restorations, adjustments = operations.restorations, operations.adjustments
    background, hdr = operations.background, adjustments.hdr
    style = operations.generative.style_transfer
    return EditRequest(
        identity_crop=operations.privacy.identity_crop,
        blur_car_plate=operations.privacy.blur_car_plate,
        decompress=Decompress(restorations.decompress or "off"),
        polish=restorations.polish,
        style=None if style is None else _style(style),
        hdr=Hdr(hdr) if isinstance(hdr, int) else Hdr(hdr.intensity, hdr.stitching),
        tone=Tone(adjustments.exposure, adjustments.contrast, adjustments.saturation),
        background=Background(
            remove=_removal(background.remove),
            blur=_blur(background.blur),
            colour=background.color,
            use_original_alpha=background.use_original_alpha,
        ),
        upscale=_enlargement(restorations.upscale),
        resizing=_resizing(operations.resizing),
        padding=None if operations.padding is None else Padding.parse(operations.padding),
        sharpness=Sharpness(adjustments.sharpness),
        output=_output(output),
        speed=operations.speed,
        extensions=operations.extensions,
    )


def _enlargement(option: contract.Upscale) -> Enlargement | None:
    if isinstance(option, contract.PhotoUpscale):
        return Enlargement("photo", _PHOTO_VERSIONS[option.version])
    return None if option is None else Enlargement(option)


def _style(options: contract.StyleTransferOptions) -> Style:
    return Style(
        UriSource(options.style_reference_image),
        options.prompt,
        options.depth_strength,
        options.denoising_strength,
        options.style_strength,
    )


def _removal(options: bool | contract.RemovalOptions) -> Removal | None:
    if isinstance(options, bool):
        return Removal() if options else None
    return Removal(options.clipping, **_subject(options))


def _blur(options: bool | contract.BlurOptions) -> Blur | None:
    if isinstance(options, bool):
        return Blur() if options else None
    return Blur(options.type, options.level, **_subject(options))


def _subject(options: contract.RemovalOptions | contract.BlurOptions) -> dict[str, Any]:
    category = options.category
    if isinstance(category, contract.VersionedCategory):
        category = category.type
    selective = options.selective
    return {
        "category": category or "general",
        "object_to_keep": "" if selective is None else selective.object_to_keep,
    }


def _resizing(options: contract.ResizingOptions) -> Resizing:
    return Resizing(
        _side(options.width), _side(options.height), _fit(options.fit), enlarge=options.enlarge
    )


def _side(side: contract.Side) -> RequestSide:
    if isinstance(side, int):
        return Pixels(side)
    return None if side is None else parse_side(side)


def _fit(options: contract.FitName | contract.FitOptions) -> Fit:
    match options:
        case str():
            return _FITS[options]
        case contract.OutpaintOptions(feathering=feathering, outpaint_by=by):
            margins = None if by is None else parse_margins(by)
            return Outpainted(float(feathering.rstrip("%")), margins)
        case (
            contract.CropOptions(crop=mode, focal_point=point)
            | contract.UntypedCropOptions(crop=mode, focal_point=point)
        ):
            return Crop(mode, None if point is None else FocalPoint(point.x, point.y))
        case _:
            return _FITS[options.type]


def _output(options: contract.OutputOptions) -> Output:
    metadata = options.metadata
    space, keep = metadata.color_space, metadata.keep
    return Output(
        format=_format(options.format),
        dpi=metadata.dpi,
        colour_space=space if space is None or isinstance(space, str) else space.type,
        cmyk_profile=space.color_profile if isinstance(space, contract.CmykColorSpace) else None,
        keep_metadata=keep if isinstance(keep, bool) else frozenset(keep),
        max_bytes=options.max_bytes,
    )


def _format(options: contract.FormatName | contract.FormatOptions) -> Format:
    match options:
        case str():
            return _FORMATS[options]
        case contract.JpegFormat():
            return Jpeg(options.quality, options.progressive, options.subsampling)
        case contract.PngFormat():
            return Png(options.compression)
        case contract.WebpFormat():
            return Webp(_quality(options.compression, 75))
        case contract.AvifFormat():
            return Avif(_quality(options.compression, 50))
        case contract.TiffFormat():
            return Tiff(_quality(options.compression, 75))
        case _:
            return Automatic()


def _quality(
    compression: contract.Compression | contract.LossyCompression | contract.LosslessCompression,
    default: int,
) -> int | None:
    """Of lossy compression; None for lossless."""
    if isinstance(compression, contract.LossyCompression):
        return compression.quality or default
    return default if compression == "lossy" else None
