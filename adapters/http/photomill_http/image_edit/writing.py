"""From edit requests to the contract's documents: the inverse of reading them."""

import json
import shlex
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs

from photomill import (
    Automatic,
    Avif,
    Background,
    Blur,
    Crop,
    EditRequest,
    Enlargement,
    Fit,
    Format,
    Hdr,
    InvalidInput,
    Jpeg,
    OnCanvas,
    Outpainted,
    Output,
    Padding,
    Percent,
    Pixels,
    Png,
    Removal,
    Resizing,
    Side,
    Style,
    Tiff,
    UriSource,
    Webp,
)
from photomill_http.image_edit.translate import PREFIX, read_request

Json = dict[str, Any]


def write_edit(request: EditRequest) -> Json:
    """Write an edit as the contract's document says it, without what is as it is by default.

    :returns: the objects ``operations`` and ``output``; read, they are the same request.
    :raises InvalidInput: the contract has no words for a parameter, whose path the error has.
    """
    wanted = _without_nothing(request)
    document = {"operations": _operations(wanted), "output": _output(wanted.output)}
    read = read_request(document)
    for parameter in attrs.fields(EditRequest):
        if getattr(read, parameter.name) != getattr(wanted, parameter.name):
            raise InvalidInput(
                "the image edit API has no words for what is asked", path=parameter.name
            )
    return document


def curl_command(request: EditRequest, server: str) -> str:
    """A command that sends ``photo.jpg`` to be edited, with the key from the shell's variable ``KEY``.

    :param server: the address of the server, without a path.
    :raises InvalidInput: as :func:`write_edit`.
    """
    document = json.dumps(write_edit(request), ensure_ascii=False)
    address = shlex.quote(f"{server}{PREFIX}/image/edit/upload")
    format = request.output.format
    suffix = "" if isinstance(format, Automatic) else f".{type(format).__name__.lower()}"
    # Of -F, curl would read what follows a semicolon as a type.
    return (
        f"curl --fail {address} \\\n"
        '  -H "Authorization: Bearer $KEY" -H "Accept: image/*" \\\n'
        f"  -F file=@photo.jpg --form-string {shlex.quote(f'data={document}')} \\\n"
        f"  -o edited{suffix}"
    )


def _without_nothing(request: EditRequest) -> EditRequest:
    """The same with one way to say that nothing is upscaled."""
    upscale = request.upscale
    if upscale is not None and upscale.kind == "off":
        return attrs.evolve(request, upscale=None)
    return request


def _operations(request: EditRequest) -> Json:
    tone = request.tone
    return _given(
        restorations=_given(
            decompress=None if request.decompress.mode == "off" else request.decompress.mode,
            upscale=None if request.upscale is None else _upscale(request.upscale),
            polish=request.polish or None,
        ),
        adjustments=_given(
            hdr=_hdr(request.hdr),
            exposure=tone.exposure or None,
            saturation=tone.saturation or None,
            contrast=tone.contrast or None,
            sharpness=request.sharpness.amount or None,
        ),
        background=_background(request.background),
        resizing=_resizing(request.resizing),
        padding=None if request.padding is None else _padding(request.padding),
        privacy=_given(
            blur_car_plate=request.blur_car_plate or None,
            identity_crop=request.identity_crop or None,
        ),
        generative=_given(style_transfer=None if request.style is None else _style(request.style)),
        speed=None if request.speed == "precise" else request.speed,
        extensions={name: dict(options) for name, options in request.extensions.items()},
    )


def _given(**members: Any) -> Json:
    """An object without the members that say nothing: None, and objects without members."""
    return {name: value for name, value in members.items() if value is not None and value != {}}


def _upscale(enlargement: Enlargement) -> str | Json:
    if enlargement.kind == "photo":
        return {"type": "photo", "version": str(enlargement.version)}
    return enlargement.kind


def _hdr(hdr: Hdr) -> int | Json | None:
    if hdr.stitching:
        return {"intensity": hdr.intensity, "stitching": True}
    return hdr.intensity or None


def _background(background: Background) -> Json:
    return _given(
        remove=None if background.remove is None else _removal(background.remove),
        color=background.colour,
        blur=None if background.blur is None else _blur(background.blur),
        use_original_alpha=background.use_original_alpha or None,
    )


def _removal(removal: Removal) -> bool | Json:
    return _given(clipping=removal.clipping or None, **_subject(removal)) or True


def _blur(blur: Blur) -> Json:
    return _given(type=blur.type, level=blur.level, **_subject(blur))


def _subject(options: Removal | Blur) -> Json:
    kept = options.object_to_keep
    return _given(
        selective={"object_to_keep": kept} if kept else None,
        category=None if options.category == "general" else options.category,
    )


def _resizing(resizing: Resizing) -> Json:
    return _given(
        width=_side(resizing.width),
        height=_side(resizing.height),
        fit=None if resizing.fit == Crop() else _fit(resizing.fit),
        enlarge=None if resizing.enlarge else False,
    )


def _side(side: Side) -> float | str | None:
    match side:
        case Pixels(count=count):
            return _number(count)
        case Percent():
            return _length(side)
        case _:
            return side


def _fit(fit: Fit) -> str | Json:
    match fit:
        case Crop(mode=mode, focal_point=point):
            focal_point = None if point is None else attrs.asdict(point)
            return _given(type="crop", crop=mode, focal_point=focal_point)
        case Outpainted(feathering=feathering, by=by):
            return _given(
                type="outpaint",
                feathering=f"{_decimal(feathering)}%",
                outpaint_by=None if by is None else " ".join(map(_length, by)),
            )
        case OnCanvas():
            return "canvas"
        case _:
            return type(fit).__name__.lower()


def _padding(padding: Padding) -> str:
    sides = [_length(side) for side in attrs.astuple(padding, recurse=False)]
    return sides[0] if len(set(sides)) == 1 else " ".join(sides)


def _length(length: Pixels | Percent) -> str:
    if isinstance(length, Percent):
        return f"{_decimal(length.value)}%"
    return f"{_decimal(length.count)}px"


def _number(value: float) -> float:
    return int(value) if value == int(value) else value


def _decimal(value: float) -> str:
    """The digits of a number, without an exponent."""
    return format(Decimal(str(_number(value))), "f")


def _style(style: Style) -> Json:
    if not isinstance(style.reference, UriSource):
        raise InvalidInput(
            "the image edit API takes references by their address only", path="style.reference"
        )
    return _given(
        style_reference_image=style.reference.uri,
        prompt=style.prompt or None,
        depth_strength=style.depth_strength,
        denoising_strength=style.denoising_strength,
        style_strength=style.style_strength,
    )


def _output(output: Output) -> Json:
    kept = output.keep_metadata
    return _given(
        format=_format(output.format),
        metadata=_given(
            dpi=output.dpi,
            color_space=_colour_space(output),
            keep=(kept or None) if isinstance(kept, bool) else sorted(kept),
        ),
        max_bytes=output.max_bytes,
    )


def _colour_space(output: Output) -> str | Mapping[str, str] | None:
    if output.colour_space == "CMYK" and output.cmyk_profile is not None:
        return {"type": "CMYK", "color_profile": output.cmyk_profile}
    return output.colour_space


def _format(format: Format) -> str | Json:
    match format:
        case Jpeg() | Png():
            return {"type": type(format).__name__.lower(), **attrs.asdict(format)}
        case Webp(quality=quality) | Avif(quality=quality) | Tiff(quality=quality):
            compression: str | Json = (
                "lossless" if quality is None else {"type": "lossy", "quality": quality}
            )
            return {"type": type(format).__name__.lower(), "compression": compression}
        case _:
            return "auto"
