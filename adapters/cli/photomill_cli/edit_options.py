"""Options that say in words what an edit request says, and the request they come to."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from photomill import (
    Background,
    EditRequest,
    InvalidInput,
    Jpeg,
    MetadataKind,
    Padding,
    Percent,
    Pixels,
    decode_json,
    parse_side,
    read_request,
    request_field_name,
    request_json,
    show_value,
)
from photomill_cli.adapters import read_contract
from photomill_cli.options import ExistingPath

Function = TypeVar("Function", bound=Callable[..., Any])
Result = TypeVar("Result")

_PRODUCT, MASK = "background.product", "background.mask_image"
_PRODUCT_SHARE = 0.8
"""Of the canvas, by --product."""
_SHIFT = click.IntRange(-100, 100)
_INTENSITY = click.IntRange(0, 100)
_OPTIONS = [
    click.option(
        "--operations",
        type=ExistingPath(dir_okay=False),
        help="A JSON file with an edit request.",
    ),
    click.option(
        "--contract",
        metavar="NAME",
        help="The file says it as an HTTP API does: image-edit takes operations, or operations and output.",
    ),
    click.option("--resize", metavar="WxH", help="1000x1000, 800xauto, 50%x50%."),
    click.option(
        "--fit",
        type=click.Choice(["crop", "smart", "face", "cover", "bounds", "canvas", "outpaint"]),
        help="What becomes of the proportions; smart and face choose what a crop keeps.",
    ),
    click.option("--no-enlarge", is_flag=True, help="Leave small images at their size."),
    click.option("--padding", metavar="LENGTHS", help="10%, or 5% 15%, or four from the top."),
    click.option("--hdr", type=_INTENSITY, help="Balance light and colour, 0 to 100."),
    click.option("--exposure", type=_SHIFT, help="-100 to 100."),
    click.option("--saturation", type=_SHIFT, help="-100 to 100."),
    click.option("--contrast", type=_SHIFT, help="-100 to 100."),
    click.option("--sharpness", type=_INTENSITY, help="0 to 100."),
    click.option("--remove-background", is_flag=True, help="Keep the object only."),
    click.option(
        "--product",
        is_flag=True,
        help="Keep the object, centred on a white or --background ground, with a soft shadow.",
    ),
    click.option("--mask", is_flag=True, help="Give the object's mask, white on black."),
    click.option("--blur-background", is_flag=True, help="Blur all but the object."),
    click.option("--background", metavar="COLOUR", help="#rrggbb or transparent."),
    click.option(
        "--decompress",
        type=click.Choice(["moderate", "strong", "auto"]),
        help="Remove what lossy compression left.",
    ),
    click.option(
        "--upscale",
        type=click.Choice(["smart_enhance", "smart_resize", "faces", "digital_art", "photo"]),
        help="How images are enlarged.",
    ),
    click.option("--polish", is_flag=True, help="Less noise, more detail."),
    click.option("--blur-plates", is_flag=True, help="Make number plates unreadable."),
    click.option("--identity-crop", is_flag=True, help="Cut away all above the mouth."),
    click.option(
        "--strict",
        is_flag=True,
        help="Where --blur-plates or --identity-crop finds nothing, the image is an error.",
    ),
    click.option(
        "--fast", is_flag=True, help="Decode at just enough pixels: faster, a little less exact."
    ),
    click.option(
        "--format",
        "output_format",
        type=click.Choice(["jpeg", "png", "webp", "avif", "tiff", "auto"]),
        help="Of the results; jpeg without it.",
    ),
    click.option("--quality", type=click.IntRange(1, 100), help="Of lossy formats."),
    click.option(
        "--subsampling",
        type=click.Choice(["auto", "4:4:4", "4:2:0"]),
        help="Of a JPEG's colours: whole, halved, or as the image needs it.",
    ),
    click.option(
        "--keep-metadata",
        metavar="KINDS",
        help="all, or some of copyright, icc, exif, gps, xmp, iptc with commas between; none without it.",
    ),
]


def edit_options(function: Function) -> Function:
    """The options, in this order, as keywords of a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def edit_request(given: Mapping[str, Any], format: str = "") -> EditRequest:
    """The request that options come to; they go before what the file says.

    :param format: of the results where neither the options nor the file say one.
    :raises InvalidInput: the file holds no request, or an option cannot be understood.
    """
    if given["contract"] is not None and given["operations"] is None:
        raise InvalidInput("is of use with --operations only", path="--contract")
    asked = {} if given["operations"] is None else _file(given["operations"], given["contract"])
    _lay_over(asked, _said(given))
    _refuse_useless(given, asked)
    output = asked.setdefault("output", {})
    if (
        given["output_format"]
        or given["quality"]
        or given["subsampling"]
        or not output.get("format")
    ):
        output["format"] = _format(output.get("format"), given, format)
    if given["keep_metadata"] is not None:
        output["keep_metadata"] = _kept(given["keep_metadata"])
    return read_request(asked)


def _refuse_useless(given: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Refuse options that change nothing of what the options and the file ask for."""
    sides = asked.get("resizing", {})
    is_sized = any(sides.get(side) not in (None, "auto") for side in ("width", "height"))
    for name in ("fit", "no_enlarge", "upscale"):
        if given[name] and not is_sized:
            raise InvalidInput("is of use with --resize only", path=f"--{name.replace('_', '-')}")
    if given["strict"] and not (asked.get("blur_car_plate") or asked.get("identity_crop")):
        raise InvalidInput("is of use with --blur-plates and --identity-crop only", path="--strict")
    if given["upscale"] and sides.get("enlarge") is False:
        raise InvalidInput("is of no use where nothing is enlarged", path="--upscale")
    background = asked.get("background", {})
    if given["blur_background"] and background.get("remove") is not None:
        raise InvalidInput("is of no use where the background is removed", path="--blur-background")
    if given["background"] and asked.get("extensions", {}).get(MASK, {}).get("enabled"):
        raise InvalidInput("is of no use with a mask", path="--background")


def _file(path: Path, contract: str | None) -> dict[str, Any]:
    try:
        document = decode_json(path.read_bytes())
        if not isinstance(document, dict):
            raise InvalidInput("expected an object")
        request = read_contract(contract, document) if contract else read_request(document)
    except InvalidInput as error:
        if error.path == "--contract":
            raise
        if error.path == "operations" and not contract:
            raise InvalidInput(
                f"{path}: 'operations' is a key of another contract; --contract image-edit reads it",
                path="--operations",
            ) from None
        raise InvalidInput(f"{path}: {error}", path="--operations") from None
    return request_json(request)


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the options say of the image, as the JSON of a request."""
    fit = given["fit"]
    tone = {name: given[name] for name in ("exposure", "saturation", "contrast")}
    flags: tuple[tuple[Any, dict[str, Any]], ...] = (
        (given["polish"], {"polish": True}),
        (given["blur_plates"], {"blur_car_plate": True}),
        (given["identity_crop"], {"identity_crop": True}),
        (given["strict"], {"strict_privacy": True}),
        (given["fast"], {"speed": "fast"}),
        (given["no_enlarge"], {"resizing": {"enlarge": False}}),
        (given["resize"], {"resizing": _sides(given["resize"])}),
        (fit, {"resizing": {"fit": fit}}),
        (fit in ("smart", "face"), {"resizing": {"fit": {"type": "crop", "mode": fit}}}),
        (given["padding"] is not None, {"padding": _padding(given["padding"])}),
        (given["hdr"] is not None, {"hdr": {"intensity": given["hdr"]}}),
        (True, {"tone": {name: value for name, value in tone.items() if value is not None}}),
        (given["sharpness"] is not None, {"sharpness": {"amount": given["sharpness"]}}),
        (given["remove_background"], {"background": {"remove": {}}}),
        (given["product"], _product(given["background"])),
        (given["mask"], {"background": {"remove": {}}, "extensions": {MASK: {"enabled": True}}}),
        (given["blur_background"], {"background": {"blur": {}}}),
        (given["background"] is not None, {"background": {"colour": _colour(given["background"])}}),
        (given["decompress"], {"decompress": {"mode": given["decompress"]}}),
        (given["upscale"], {"upscale": {"kind": given["upscale"]}}),
    )
    said: dict[str, Any] = {}
    for is_said, value in flags:
        if is_said:
            _lay_over(said, value)
    return said


def _product(colour: str | None) -> dict[str, Any]:
    shot: dict[str, Any] = {"share": _PRODUCT_SHARE}
    if colour is not None:
        shot["ground"] = colour
    return {"background": {"remove": {}}, "extensions": {_PRODUCT: shot}}


def _sides(size: str | None) -> dict[str, Any]:
    if not size:
        return {}
    width, times, height = size.partition("x")
    if not times:
        raise InvalidInput(f"expected WxH, got {show_value(size)}", path="--resize")
    sides = [_parsed("--resize", parse_side, text) for text in (width, height)]
    if len({type(side) for side in sides if isinstance(side, Pixels | Percent)}) > 1:
        raise InvalidInput("expected both sides in pixels, or both in percent", path="--resize")
    texts = (text or "auto" for text in (width, height))
    return {
        name: int(text) if text.isdecimal() else text
        for name, text in zip(("width", "height"), texts, strict=True)
    }


def _padding(text: str | None) -> str | None:
    if text is not None:
        _parsed("--padding", Padding.parse, text)
    return text


def _colour(text: str | None) -> str | None:
    _parsed("--background", lambda colour: Background(colour=colour), text)
    return text


def _parsed(option: str, parse: Callable[[Any], Result], text: Any) -> Result:
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidInput(str(error), path=option) from None


def _format(below: Any, given: Mapping[str, Any], default: str) -> Any:
    """
    :param below: the format of the file; None where it says none.
    """
    name = below["type"] if isinstance(below, dict) else below
    kind = given["output_format"] or name or default or request_field_name(Jpeg)
    quality, subsampling = given["quality"], given["subsampling"]
    if subsampling is not None and kind != "jpeg":
        raise InvalidInput(f"{kind} has no subsampling to choose", path="--subsampling")
    if quality is not None and kind in ("png", "auto"):
        raise InvalidInput(f"{kind} has no quality", path="--quality")
    said = {"type": kind, "quality": quality, "subsampling": subsampling}
    chosen = below if isinstance(below, dict) and name == kind else {}
    return {**chosen, **{key: value for key, value in said.items() if value is not None}}


def _kept(kinds: str) -> bool | list[str]:
    if kinds == "all":
        return True
    chosen = [kind.strip() for kind in kinds.split(",")]
    known = get_args(MetadataKind)
    for kind in chosen:
        if kind not in known:
            raise InvalidInput(
                f"expected all, or some of {', '.join(known)}, got {kinds!r}",
                path="--keep-metadata",
            )
    return chosen


def _lay_over(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, dict):
            inner = below.get(key)
            below[key] = inner = inner if isinstance(inner, dict) else {}
            _lay_over(inner, value)
        else:
            below[key] = value
